#include "log/format.hpp"

#include "base/limits.hpp"
#include "log/chain.hpp"
#include "log/event_list.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>
#include <rapidcheck.h>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

constexpr std::uint64_t salt = 0x1122334455667788;

segment_header some_header() {
  segment_header x;
  x.first_seq = event_seq{17};
  x.first_index = log_index{5};
  x.epoch = writer_epoch{3};
  x.previous_chain.fill(std::byte{0xab});
  x.salt = salt;
  x.book = book_id{0xfeed};
  x.created_at = timestamp{-5};
  x.book_name = "kasse";
  return x;
}

record_header some_record(byte_span payload) {
  record_header x;
  x.payload_bytes = payload.size();
  x.event_count = 2;
  x.first_seq = event_seq{17};
  x.epoch = writer_epoch{3};
  x.index = log_index{5};
  x.committed_at = timestamp{123};
  x.previous_chain.fill(std::byte{0xcd});
  return x;
}

/// Changes bytes as one could who knows the salt: the header's checksum is made right again.
byte_buffer forged(byte_buffer record, std::size_t at, std::uint8_t value) {
  record[at] = static_cast<std::byte>(value);
  store_le(record.data() + 120, checksum(byte_span{record}.first(120), salt));
  return record;
}

} // namespace

TEST_CASE("a header page comes back as it was") {
  auto header = some_header();
  header.book_name = GENERATE(std::string("x"), std::string(255, 'n'));
  auto page = encode_segment_header(header);
  CHECK(require(decode_segment_header(page)) == header);
}

TEST_CASE("a header page with any byte changed does not verify") {
  auto page = encode_segment_header(some_header());
  for (std::size_t i = 0; i < page.size(); ++i) {
    page[i] ^= std::byte{0x01};
    auto decoded = decode_segment_header(page);
    CAPTURE(i);
    CHECK(decoded.has_value());
    CHECK_FALSE(decoded->has_value());
    page[i] ^= std::byte{0x01};
  }
}

TEST_CASE("a page of the wrong size or with reserved bytes in use does not verify") {
  auto page = encode_segment_header(some_header());
  CHECK_FALSE(require(decode_segment_header(byte_span{page}.first(4095))));
  CHECK_FALSE(require(decode_segment_header({})));
  auto at = GENERATE(12, 102, 351, 2000, 4087);
  page[at] = std::byte{1};
  store_le(page.data() + 4088, checksum(byte_span{page}.first(4088), salt));
  CHECK_FALSE(require(decode_segment_header(page)));
}

TEST_CASE("a newer format is refused by name and not as corruption") {
  auto page = encode_segment_header(some_header());
  page[8] = std::byte{2};
  store_le(page.data() + 4088, checksum(byte_span{page}.first(4088), salt));
  auto decoded = decode_segment_header(page);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code() == ec::invalid_argument);
  CHECK(decoded.error().get("field") == "format_version");

  byte_buffer record;
  auto payload = make_payload(17, 2, 20);
  encode_record(some_record(payload), payload, salt, 4096, record);
  CHECK_FALSE(decode_record_header(forged(record, 4, 2), salt));
  CHECK_FALSE(decode_record_header(forged(record, 6, 3), salt));
}

TEST_CASE("a record comes back as it was") {
  auto payload = make_payload(17, 2, GENERATE(0, 1, 5, 6, 7, 8, 1000));
  byte_buffer record;
  encode_record(some_record(payload), payload, salt, 4096, record);
  CHECK(record.size() == record_bytes(payload.size()));
  CHECK(record.size() % record_alignment == 0);
  auto header = require(decode_record_header(record, salt));
  REQUIRE(header);
  auto expected = some_record(payload);
  expected.payload_checksum = checksum(payload, salt);
  CHECK(*header == expected);
  CHECK(payload_verifies(*header, record, salt));
}

TEST_CASE("a record with any byte changed, or read with another salt, does not verify") {
  auto payload = make_payload(17, 2, 20);
  byte_buffer record;
  encode_record(some_record(payload), payload, salt, 4096, record);
  CHECK_FALSE(require(decode_record_header(record, salt + 1)));
  for (std::size_t i = 0; i < record.size(); ++i) {
    record[i] ^= std::byte{0x10};
    auto header = require(decode_record_header(record, salt));
    CAPTURE(i);
    CHECK_FALSE((header && payload_verifies(*header, record, salt)));
    record[i] ^= std::byte{0x10};
  }
}

TEST_CASE("a record header that no writer writes does not verify") {
  auto payload = make_payload(17, 2, 20);
  byte_buffer record;
  encode_record(some_record(payload), payload, salt, 4096, record);
  auto decodes = [](const byte_buffer& x) {
    return require(decode_record_header(x, salt)).has_value();
  };
  CHECK(decodes(forged(record, 16, 2)));
  CHECK_FALSE(decodes(forged(record, 16, 0)));    // a batch without events
  CHECK_FALSE(decodes(forged(record, 16, 200)));  // more events than bytes
  CHECK_FALSE(decodes(forged(record, 11, 0x7f))); // 2 GiB of payload
  CHECK_FALSE(decodes(forged(record, 15, 0xff)));
  CHECK_FALSE(decodes(forged(record, 20, 1))); // reserved
  CHECK_FALSE(decodes(forged(record, 110, 1)));
  CHECK_FALSE(decodes(forged(record, 6, 0))); // no kind
  CHECK_FALSE(decodes(forged(record, 6, 2))); // an epoch with a payload
}

TEST_CASE("sectors that are zero by right are counted, wherever the record lies") {
  REQUIRE(rc::check([] {
    auto offset = *rc::gen::inRange<std::uint64_t>(512, 2000) * 8;
    auto runs = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 900));
    byte_buffer event;
    for (auto run : runs) {
      event.insert(event.end(), run, std::byte{0});
      event.push_back(std::byte{1});
    }
    event.resize(event.size() + 600);
    byte_buffer payload;
    append_event(payload, event);
    auto header = some_record(payload);
    header.event_count = 1;
    byte_buffer record;
    encode_record(header, payload, salt, offset, record);
    // The plain definition: sector by sector of the file, those behind the header's last one.
    std::uint32_t expected = 0;
    for (auto s = (offset + 127) / 512 + 1; s * 512 < offset + record.size(); ++s) {
      auto zero = true;
      for (auto i = s * 512; i < s * 512 + 512 && i < offset + record.size(); ++i)
        zero = zero && record[i - offset] == std::byte{0};
      expected += zero;
    }
    RC_ASSERT(require(decode_record_header(record, salt))->zero_sectors == expected);
  }));
}

TEST_CASE("the chain is a function of content", "[I11]") {
  chain_hasher hasher;
  auto payload = make_payload(17, 2, 20);
  byte_buffer here;
  byte_buffer there;
  encode_record(some_record(payload), payload, salt, 4096, here);
  encode_record(some_record(payload), payload, salt + 1, 4096 + 504, there);
  CHECK(here != there);
  auto chain = hasher.next(here, payload);
  CHECK(chain == hasher.next(there, payload));
  CHECK(chain == chain_hasher{}.next(here, payload));
  for (std::size_t i = 0; i < chained_header_bytes; ++i) {
    here[i] ^= std::byte{1};
    CHECK(chain != hasher.next(here, payload));
    here[i] ^= std::byte{1};
  }
  CHECK(hasher.first(book_id{1}) != hasher.first(book_id{2}));
}
