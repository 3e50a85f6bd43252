#pragma once

#include "log/format.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace daybook::test {

/// Where a record lies.
struct place {
  std::string file;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// Three segments with a few batches in each, closed, so that no zeros are behind the last record.
struct small_log : book_fixture {
  small_log() {
    options.segment_bytes = log::header_page_bytes + 1200;
    auto opened = open();
    for (int i = 0; i < 7; ++i)
      require(append(*opened.log, 2, 100 + 10 * static_cast<std::size_t>(i)));
    opened.log->close();
    opened.log.reset();
    REQUIRE(segments().size() == 3);
    remember();
  }

  /// Where every record lies, and what all files hold.
  void remember() {
    records.clear();
    auto reader = require(log::batch_reader::read_all(disk, directory, "b"));
    while (auto batch = require(reader.next()))
      records.push_back(
          {std::string{batch->file}, batch->offset, log::record_bytes(batch->payload.size())});
    last_file = records.back().file;
    original = disk.files();
  }

  /// Behind the last record of a segment.
  std::uint64_t records_end(const std::string& file) const {
    std::uint64_t end = log::header_page_bytes;
    for (auto& x : records)
      if (x.file == file)
        end = x.offset + x.bytes;
    return end;
  }

  /// The book opens with all its batches, and nothing is reported.
  void require_whole() {
    REQUIRE_FALSE(require(verify()).torn);
    kept_batches found;
    auto opened = open(&found);
    REQUIRE(found == acknowledged);
    REQUIRE_FALSE(opened.report.cut);
  }

  void restore() {
    for (auto& [path, content] : original)
      disk.replace(path, content);
  }

  /// The book does not open, says where, and nothing on disk has changed.
  void require_corrupt(const std::string& file, std::optional<std::uint64_t> offset = {}) {
    auto before = disk.files();
    auto opened = try_open();
    REQUIRE_FALSE(opened);
    REQUIRE(opened.error().code() == ec::corrupt);
    REQUIRE(opened.error().get("file") == file);
    if (offset)
      REQUIRE(opened.error().get("offset") == std::to_string(*offset));
    auto verified = verify();
    REQUIRE_FALSE(verified);
    REQUIRE(verified.error() == opened.error());
    REQUIRE(disk.files() == before);
  }

  /// The book opens with everything but the last batch, and goes on.
  void require_cut(bool reported = true) {
    auto& torn = records.back();
    auto verified = require(verify());
    REQUIRE(verified.torn.has_value() == reported);
    kept_batches found;
    auto opened = open(&found);
    kept_batches expected(acknowledged.begin(), acknowledged.end() - 1);
    REQUIRE(found == expected);
    REQUIRE(opened.report.cut.has_value() == reported);
    if (reported) {
      REQUIRE(opened.report.cut->file == torn.file);
      REQUIRE(opened.report.cut->offset == torn.offset);
      REQUIRE_FALSE(opened.report.cut->whole_file);
      REQUIRE(disk.content(torn.file).size() == torn.offset);
    }
    auto kept = acknowledged;
    require(append(*opened.log, 1, 30));
    acknowledged = kept;
    expected.push_back(pending);
    found.clear();
    REQUIRE_FALSE(require(verify(&found)).torn);
    found.back().chain = expected.back().chain;
    REQUIRE(found == expected);
  }

  std::vector<place> records;
  std::string last_file;
  std::map<std::string, byte_buffer> original;
};

inline void zero(byte_buffer& bytes, std::uint64_t from, std::uint64_t until) {
  for (auto i = from; i < until && i < bytes.size(); ++i)
    bytes[i] = std::byte{0};
}

} // namespace daybook::test
