#include "log/segment_footer.hpp"
#include "tests/unit/log/small_log.hpp"

#include <catch2/catch_all.hpp>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

TEST_CASE("a sealed segment cut short anywhere in its records is refused", "[I8]") {
  small_log book;
  auto sealed = book.segments().front();
  auto size = book.records_end(sealed);
  for (std::size_t length = 0; length < size; length += length < header_page_bytes ? 61 : 1) {
    CAPTURE(length);
    auto content = book.original[sealed];
    content.resize(length);
    book.disk.replace(sealed, content);
    book.require_corrupt(sealed);
  }
}

TEST_CASE("a footer that is missing, torn or damaged changes nothing", "[I8]") {
  small_log book;
  auto sealed = book.segments().front();
  auto& whole = book.original[sealed];
  auto end = book.records_end(sealed);
  REQUIRE(whole.size() == end + footer_place_bytes + footer_trailer_bytes);
  auto last = book.acknowledged.back().first_seq + 1;
  auto require_readable = [&](byte_buffer content) {
    book.disk.replace(sealed, std::move(content));
    book.require_whole();
    auto reader = require(
        batch_reader::read_range(book.disk, book.directory, "b", event_seq{3}, event_seq{last}));
    auto expected = kept_batches(book.acknowledged.begin() + 1, book.acknowledged.end());
    REQUIRE(require(read_rest(reader)) == expected);
  };
  for (auto at = end; at < whole.size(); ++at) {
    CAPTURE(at);
    auto content = whole;
    content[at] ^= static_cast<std::byte>(1 << at % 8);
    require_readable(content);
    content = whole;
    content.resize(at);
    require_readable(content);
    content.resize(at + 5000);
    require_readable(content);
    zero(content = whole, end, at);
    require_readable(content);
  }
}

TEST_CASE("a damaged record in a sealed segment is refused, whatever its footer says", "[I8]") {
  small_log book;
  auto sealed = book.segments().front();
  place last;
  for (auto& x : book.records)
    if (x.file == sealed)
      last = x;
  auto content = book.original[sealed];
  SECTION("damaged") { content[last.offset + 200] ^= std::byte{1}; }
  SECTION("zero") { zero(content, last.offset, last.offset + last.bytes); }
  SECTION("zero, and without a footer") {
    zero(content, last.offset, last.offset + last.bytes);
    content.resize(last.offset + last.bytes);
  }
  book.disk.replace(sealed, content);
  book.require_corrupt(sealed, last.offset);
}

TEST_CASE("a damaged start of an epoch at the end of a sealed segment is refused", "[I8]") {
  small_log book;
  // No seq is missing without it.
  auto sealed = book.segments().back();
  {
    auto opened = book.open();
    require(book.append(*opened.log, 2, 1000));
  }
  book.remember();
  auto epoch = book.records[book.records.size() - 2];
  REQUIRE(epoch.file == sealed);
  REQUIRE(epoch.bytes == record_header_bytes);
  auto content = book.original[sealed];
  content[epoch.offset + 50] ^= std::byte{1};
  book.disk.replace(sealed, content);
  book.require_corrupt(sealed, epoch.offset);
}

TEST_CASE("a sealed segment without a segment after it is refused", "[I8]") {
  small_log book;
  auto paths = book.segments();
  require(book.disk.remove(paths.back()));
  auto before = paths[paths.size() - 2];
  book.require_corrupt(before, book.records_end(before));
}
