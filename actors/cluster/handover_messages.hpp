#pragma once

#include "actors/cluster/cluster_messages.hpp"
#include "base/bytes.hpp"

#include <cstdint>
#include <string>
#include <vector>

// What the carrier of one node and the intake of another say to each other about a book.

namespace daybook::actors {

/// A piece of a file of a book. Pieces of a file come in order, from its beginning or from a place
/// that the intake has named.
struct file_chunk {
  std::string file; ///< its name in the book's directory
  std::uint64_t offset = 0;
  byte_buffer bytes;
  std::uint64_t checksum = 0; ///< XXH3-64 of the bytes
};

/// Up to where a copy of a log is certain: what stands behind it has to come again. An empty
/// `segment`: nothing is.
struct copied_end {
  std::string segment; ///< the file; all segments before it are whole
  std::uint64_t offset = 0;
  std::uint64_t seq = 0; ///< of the last event before it
};

struct copied_file {
  std::string file;
  std::uint64_t bytes = 0;
};

/// What became of a handover.
struct settlement {
  bool was_taken = false;
  cluster_news news; ///< what the node has by its own report
};

template <class Inspector>
bool inspect(Inspector& f, file_chunk& x) {
  return f.object(x).fields(f.field("file", x.file), f.field("offset", x.offset),
                            f.field("bytes", x.bytes), f.field("checksum", x.checksum));
}

template <class Inspector>
bool inspect(Inspector& f, copied_end& x) {
  return f.object(x).fields(f.field("segment", x.segment), f.field("offset", x.offset),
                            f.field("seq", x.seq));
}

template <class Inspector>
bool inspect(Inspector& f, copied_file& x) {
  return f.object(x).fields(f.field("file", x.file), f.field("bytes", x.bytes));
}

template <class Inspector>
bool inspect(Inspector& f, settlement& x) {
  return f.object(x).fields(f.field("was_taken", x.was_taken), f.field("news", x.news));
}

} // namespace daybook::actors
