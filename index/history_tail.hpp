#pragma once

#include "index/history_chunk.hpp"

#include <cstddef>

namespace daybook::index {

/// The end of one book's history, which the database does not have yet. For one thread at a time;
/// the chunks it gives stay as they are.
class history_tail {
public:
  /// `x` comes right after the others. Small ones are put together, so that there are few.
  void add(std::shared_ptr<const history_chunk> x);

  const history_chunks& chunks() const { return chunks_; }
  bool empty() const { return chunks_.empty(); }

  /// The first ones, of about so many bytes, will be written: they are not put together with later
  /// ones until then.
  history_chunks seal(std::size_t bytes);

  /// They have been written.
  void drop_sealed();

  /// They could not be written.
  void unseal() { sealed_ = 0; }

  std::size_t size_bytes() const { return size_bytes_; }

private:
  history_chunks chunks_;
  std::size_t sealed_ = 0;
  std::size_t size_bytes_ = 0;
};

} // namespace daybook::index
