#include "log/segment_name.hpp"
#include "tests/unit/log/small_log.hpp"

#include <catch2/catch_all.hpp>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

TEST_CASE("a last record cut short anywhere is cut off, and all before it stays", "[I8]") {
  small_log book;
  auto& last = book.records.back();
  for (auto length = last.offset; length < last.offset + last.bytes; ++length) {
    CAPTURE(length);
    auto content = book.original[last.file];
    content.resize(length);
    book.disk.replace(last.file, content);
    book.require_cut(length > last.offset);
    book.restore();
  }
}

TEST_CASE("one changed bit in any record or header page is refused", "[I8][I11]") {
  small_log book;
  for (auto& segment : book.segments()) {
    std::vector<place> places{{segment, 0, header_page_bytes}};
    for (auto& record : book.records)
      if (record.file == segment)
        places.push_back(record);
    for (auto& [file, offset, bytes] : places)
      for (auto at = offset; at < offset + bytes; at += at % 4096 > 400 && offset == 0 ? 13 : 1) {
        CAPTURE(file, offset, at);
        auto content = book.original[file];
        content[at] ^= static_cast<std::byte>(1 << at % 8);
        book.disk.replace(file, content);
        book.require_corrupt(file, offset);
        book.disk.replace(file, book.original[file]);
      }
  }
}

TEST_CASE("a last record with any of its sectors missing is cut off", "[I8]") {
  book_fixture plain;
  for (std::size_t shift = 0; shift < 520; shift += 56) {
    small_log book;
    {
      auto opened = book.open();
      require(book.append(*opened.log, 1, shift + 1));
      require(book.append(*opened.log, 3, 560));
      opened.log.reset();
      book.remember();
    }
    auto& last = book.records.back();
    auto first_sector = last.offset / sector_bytes;
    auto sectors = (last.offset + last.bytes - 1) / sector_bytes - first_sector + 1;
    for (std::uint64_t lost = 1; lost < std::uint64_t{1} << sectors; ++lost) {
      CAPTURE(shift, last.offset, lost);
      auto content = book.original[last.file];
      for (std::uint64_t s = 0; s < sectors; ++s)
        if ((lost >> s & 1) != 0)
          zero(content, std::max(last.offset, (first_sector + s) * sector_bytes),
               std::min(last.offset + last.bytes, (first_sector + s + 1) * sector_bytes));
      book.disk.replace(last.file, content);
      // With every sector lost there is nothing to report.
      book.require_cut(lost + 1 != std::uint64_t{1} << sectors);
      book.restore();
    }
  }
}

TEST_CASE("zeros in a payload are no missing sectors", "[I8]") {
  small_log book;
  byte_buffer event(3000);
  event.back() = std::byte{1};
  byte_buffer payload;
  append_event(payload, event);
  {
    auto opened = book.open();
    auto first = opened.log->last_seq().next();
    timestamp now{static_cast<std::int64_t>(2000 + first.value())};
    book.pending = {first.value(), 1, now.us(), {}, payload};
    book.pending.chain = require(opened.log->append({first, 1, now, payload})).chain;
    book.acknowledged.push_back(book.pending);
  }
  book.remember();
  auto& last = book.records.back();
  CHECK_FALSE(require(book.verify()).torn);

  auto content = book.original[last.file];
  content[last.offset + 700] ^= std::byte{4};
  book.disk.replace(last.file, content);
  book.require_corrupt(last.file, last.offset);

  content = book.original[last.file];
  content[last.offset + 20] ^= std::byte{4};
  book.disk.replace(last.file, content);
  book.require_corrupt(last.file, last.offset);

  content = book.original[last.file];
  auto end = last.offset + last.bytes;
  zero(content, (end - 1) / sector_bytes * sector_bytes, end);
  book.disk.replace(last.file, content);
  book.require_cut();
}

TEST_CASE("an incomplete record with a valid one behind it is corruption", "[I8]") {
  small_log book;
  book.options.segment_bytes = 100'000;
  {
    auto opened = book.open();
    require(book.append(*opened.log, 1, 1500));
    require(book.append(*opened.log, 1, 10));
  }
  book.remember();
  auto& damaged = book.records[book.records.size() - 2];
  REQUIRE(damaged.file == book.last_file);
  for (auto s = damaged.offset / sector_bytes; s * sector_bytes < damaged.offset + damaged.bytes;
       ++s) {
    CAPTURE(s);
    auto content = book.original[damaged.file];
    zero(content, std::max(damaged.offset, s * sector_bytes),
         std::min(damaged.offset + damaged.bytes, (s + 1) * sector_bytes));
    book.disk.replace(damaged.file, content);
    book.require_corrupt(damaged.file, damaged.offset);
  }
}

TEST_CASE("a last segment whose creation was interrupted is removed", "[I8]") {
  small_log book;
  auto next = book.acknowledged.back().first_seq + 2;
  auto path = join(book.directory, segment_name(event_seq{next}));
  auto page = encode_segment_header(
      {event_seq{next}, log_index{9}, writer_epoch{1}, {}, 77, book_id{5}, timestamp{1}, "b"});
  byte_buffer content(page.begin(), page.end());
  SECTION("empty") { content.clear(); }
  SECTION("short") { content.resize(GENERATE(1, 511, 512, 4095)); }
  SECTION("all zero") { zero(content, 0, 4096); }
  SECTION("without its first sector") { zero(content, 0, 512); }
  SECTION("without its last sector") { zero(content, 3584, 4096); }
  SECTION("and zeros after it") {
    zero(content, 0, 512);
    content.resize(10000);
  }
  require(book.disk.open(path, open_mode::create_new));
  book.disk.replace(path, content);
  CHECK(require(book.verify()).torn->whole_file);
  CHECK(book.disk.content(path) == content);
  kept_batches found;
  auto opened = book.open(&found);
  CHECK(found == book.acknowledged);
  REQUIRE(opened.report.cut);
  CHECK(opened.report.cut->file == path);
  CHECK(opened.report.cut->whole_file);
  CHECK(opened.report.cut->bytes == content.size());
  CHECK(require(book.disk.kind(path)) == entry_kind::none);
  // The next segment may take the name.
  for (int i = 0; i < 6; ++i)
    require(book.append(*opened.log, 2, 200));
  found.clear();
  require(book.verify(&found));
  CHECK(found == book.acknowledged);
}

TEST_CASE("an incomplete header page is corruption where creation cannot have left it", "[I8]") {
  small_log book;
  auto paths = book.segments();
  auto content = book.original[paths.back()];
  SECTION("with records behind it") {
    auto from = GENERATE(0, 3584);
    zero(content, from, from + sector_bytes);
    book.disk.replace(paths.back(), content);
    book.require_corrupt(paths.back(), 0);
  }
  SECTION("in the first segment") {
    content = book.original[paths.front()];
    content.resize(GENERATE(0, 100, 4095));
    book.disk.replace(paths.front(), content);
    book.require_corrupt(paths.front(), 0);
  }
  SECTION("in the only segment") {
    for (std::size_t i = 1; i < paths.size(); ++i)
      require(book.disk.remove(paths[i]));
    book.disk.replace(paths.front(), byte_buffer(GENERATE(0, 4096)));
    book.require_corrupt(paths.front(), 0);
  }
  SECTION("with a torn record in the segment before") {
    auto before = paths[paths.size() - 2];
    book.disk.replace(paths.back(), {});
    auto shorter = book.original[before];
    shorter.resize(shorter.size() - 1);
    book.disk.replace(before, shorter);
    book.require_corrupt(before);
  }
  SECTION("with a segment missing before it") {
    require(book.disk.remove(paths[paths.size() - 2]));
    book.disk.replace(paths.back(), {});
    book.require_corrupt(paths.back(), 0);
  }
}
