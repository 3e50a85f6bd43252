#pragma once

#include "log/snapshot_catalog.hpp"
#include "log/snapshot_reader.hpp"
#include "log/snapshot_writer.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <string>
#include <vector>

namespace daybook::test {

using messages = std::vector<std::string>;

/// A book's directory `/books/b` on a disk in memory.
struct snapshot_fixture {
  snapshot_fixture() {
    require(disk.create_directory("/books"));
    require(disk.create_directory(directory));
    require(disk.sync_directory("/"));
    require(disk.sync_directory("/books"));
  }

  result<log::snapshot_writer> create(log::storage& through, std::uint64_t last_seq) {
    return log::snapshot_writer::create(through, directory, event_seq{last_seq}, book, salt);
  }

  result<void> try_write(log::storage& through, std::uint64_t last_seq, const messages& content) {
    auto writer = create(through, last_seq);
    if (!writer)
      return fail(writer.error());
    for (auto& message : content)
      if (auto added = writer->add(as_bytes(message)); !added)
        return added;
    return writer->finish();
  }

  void write(std::uint64_t last_seq, const messages& content) {
    require(try_write(disk, last_seq, content));
  }

  static result<messages> try_read(log::storage& through, const std::string& path) {
    auto reader = log::snapshot_reader::open(through, path);
    if (!reader)
      return fail(reader.error());
    messages content;
    for (;;) {
      auto message = reader->next();
      if (!message)
        return fail(message.error());
      if (!*message)
        return content;
      content.emplace_back(as_text(**message));
    }
  }

  result<messages> try_read(std::uint64_t last_seq) { return try_read(disk, path_of(last_seq)); }

  std::string path_of(std::uint64_t last_seq) {
    return directory + "/" + log::snapshot_name(event_seq{last_seq});
  }

  std::vector<std::uint64_t> list() {
    std::vector<std::uint64_t> seqs;
    for (auto& entry : require(log::list_snapshots(disk, directory)))
      seqs.push_back(entry.last_seq.value());
    return seqs;
  }

  memory_storage disk;
  std::string directory = "/books/b";
  book_id book{0x0123456789abcdef};
  std::uint64_t salt = 0x8877665544332211;
};

} // namespace daybook::test
