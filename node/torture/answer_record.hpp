#pragma once

#include "node/torture/operation.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace daybook::node::torture {

/// How much of the time books answered, in seconds of books: two books in ten seconds are twenty.
struct availability {
  std::uint64_t seconds = 0;          ///< under faults
  std::uint64_t answered_seconds = 0; ///< in which the book answered a call
  instant longest_silence = 0;        ///< of a book, in nanoseconds

  void merge(const availability& other);
};

/// Notes when books answer, while there are faults. Any thread.
class answer_record {
public:
  explicit answer_record(std::size_t books) : books_(books) {}

  void begin(instant at);
  void end(instant at);

  /// A call to a book, a write or a read, has been answered by it.
  void answered(std::size_t book, instant at);

  /// A write that was sent then has been accepted; also without faults.
  void written(std::size_t book, instant sent);
  /// Whether each book has accepted a write that was sent after `at`.
  bool all_written_since(instant at) const;

  availability sum() const;

private:
  struct book {
    std::uint64_t seconds = 0;
    std::int64_t last_second = -1;
    instant last = 0;
    instant longest_silence = 0;
    instant last_written = 0; ///< when the last one was sent
  };

  mutable std::mutex mutex_;
  std::vector<book> books_;
  instant begun_ = 0;
  instant ended_ = 0;
};

} // namespace daybook::node::torture
