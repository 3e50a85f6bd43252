#include "log/segment_footer.hpp"

#include "log/format.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>
#include <rapidcheck.h>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

constexpr std::uint64_t salt = 0x1122334455667788;
constexpr std::uint64_t records_end = 300'000;

log_position some_position() {
  chain_hash chain;
  chain.fill(std::byte{0xab});
  return {event_seq{90}, log_index{17}, writer_epoch{3}, timestamp{-5}, chain};
}

sparse_index some_index() {
  sparse_index index;
  index.add(event_seq{5}, 4224);
  index.add(event_seq{40}, 100'000);
  index.add(event_seq{77}, 200'000);
  return index;
}

struct footer {
  footer_trailer trailer;
  sparse_index index;
};

/// As a reader does it: from the end of the file.
std::optional<footer> decode(byte_span bytes, std::uint64_t file_bytes, std::uint64_t with = salt) {
  if (bytes.size() < footer_trailer_bytes)
    return std::nullopt;
  auto trailer = decode_footer_trailer(bytes.last(footer_trailer_bytes), with, file_bytes);
  if (!trailer || trailer->places_bytes() > bytes.size() - footer_trailer_bytes)
    return std::nullopt;
  auto places = bytes.first(bytes.size() - footer_trailer_bytes).last(trailer->places_bytes());
  auto index = decode_footer_places(places, *trailer, with);
  if (!index)
    return std::nullopt;
  return footer{*trailer, *index};
}

byte_buffer some_footer() {
  byte_buffer bytes;
  encode_footer(records_end, some_position(), some_index(), salt, bytes);
  return bytes;
}

} // namespace

TEST_CASE("a footer comes back as it was") {
  REQUIRE(rc::check([] {
    sparse_index index;
    std::uint64_t offset = header_page_bytes;
    std::uint64_t seq = 1;
    for (auto step : *rc::gen::container<std::vector<std::uint32_t>>(
             rc::gen::inRange<std::uint32_t>(1, 1'000'000))) {
      index.add(event_seq{seq}, offset);
      seq += step;
      offset += std::uint64_t{step} * 8;
    }
    auto end = some_position();
    end.next_seq = event_seq{seq};
    end.committed_at = timestamp{*rc::gen::arbitrary<std::int64_t>()};
    byte_buffer bytes;
    encode_footer(offset, end, index, salt, bytes);
    auto found = decode(bytes, offset + bytes.size());
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->trailer.records_end == offset);
    RC_ASSERT(found->trailer.end.objection(record_header{}) == end.objection(record_header{}));
    RC_ASSERT(found->trailer.end.next_seq == end.next_seq);
    RC_ASSERT(found->trailer.end.next_index == end.next_index);
    RC_ASSERT(found->trailer.end.epoch == end.epoch);
    RC_ASSERT(found->trailer.end.committed_at == end.committed_at);
    RC_ASSERT(found->trailer.end.chain == end.chain);
    RC_ASSERT(found->index == index);
  }));
}

TEST_CASE("a footer with any bit changed does not verify") {
  auto bytes = some_footer();
  auto file_bytes = records_end + bytes.size();
  REQUIRE(decode(bytes, file_bytes));
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (auto bit = 0; bit < 8; ++bit) {
      bytes[at] ^= static_cast<std::byte>(1 << bit);
      CAPTURE(at, bit);
      REQUIRE_FALSE(decode(bytes, file_bytes));
      bytes[at] ^= static_cast<std::byte>(1 << bit);
    }
  CHECK_FALSE(decode(bytes, file_bytes, salt + 1));
}

TEST_CASE("a footer that does not fill the file from its records' end is none") {
  auto bytes = some_footer();
  auto file_bytes = records_end + bytes.size();
  CHECK_FALSE(decode(bytes, file_bytes + 8));
  CHECK_FALSE(decode(bytes, file_bytes - 8));
  CHECK_FALSE(decode(bytes, records_end - 8));
}

TEST_CASE("a trailer of another version is none, and so is one that cannot be") {
  auto bytes = some_footer();
  auto file_bytes = records_end + bytes.size();
  auto* trailer = bytes.data() + bytes.size() - footer_trailer_bytes;
  auto forge = [&](std::size_t at, std::uint64_t value, std::size_t width) {
    std::memcpy(trailer + at, &value, width);
    store_le(trailer + 120, checksum({trailer, 120}, salt));
  };
  struct change {
    std::size_t at;
    std::uint64_t value;
    std::size_t width;
  };
  auto x = GENERATE(change{4, 2, 2}, change{4, 0, 2}, change{6, 1, 2}, change{8, 4, 4},
                    change{8, 0xffffffff, 4}, change{12, 1, 4}, change{16, 8, 8},
                    change{16, records_end + 1, 8}, change{16, ~std::uint64_t{}, 8},
                    change{96, 1, 8}, change{112, 1, 8});
  CAPTURE(x.at, x.value);
  forge(x.at, x.value, x.width);
  CHECK_FALSE(decode(bytes, file_bytes));
}

TEST_CASE("a footer of an older life with the same length says nothing about places") {
  auto bytes = some_footer();
  auto places = byte_span{bytes}.first(3 * footer_place_bytes);
  auto trailer = decode(bytes, records_end + bytes.size())->trailer;
  CHECK(decode_footer_places(places, trailer, salt));
  CHECK_FALSE(decode_footer_places(places.first(2 * footer_place_bytes), trailer, salt));
  trailer.places_checksum ^= 1;
  CHECK_FALSE(decode_footer_places(places, trailer, salt));
}
