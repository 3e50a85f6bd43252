#include "index/history_tail.hpp"

#include "base/check.hpp"

#include <utility>

namespace daybook::index {

namespace {

/// A chunk of this size is searched fast enough by itself.
constexpr std::size_t small_chunk_bytes = 256 * 1024;

} // namespace

/// The last one takes in what is at least half as large, so that each row is copied a few times at
/// most. Nothing has changed when memory gives out.
void history_tail::add(std::shared_ptr<const history_chunk> x) {
  DAYBOOK_CHECK(chunks_.empty() || chunks_.back()->up_to().seq == x->after());
  chunks_.reserve(chunks_.size() + 1);
  auto kept = chunks_.size();
  std::size_t taken_in = 0;
  for (; kept > sealed_ && x->size_bytes() < small_chunk_bytes &&
         chunks_[kept - 1]->size_bytes() <= 2 * x->size_bytes();
       --kept) {
    x = history_chunk::merge(*chunks_[kept - 1], *x);
    taken_in += chunks_[kept - 1]->size_bytes();
  }
  chunks_.resize(kept);
  size_bytes_ += x->size_bytes() - taken_in;
  chunks_.push_back(std::move(x));
}

history_chunks history_tail::seal(std::size_t bytes) {
  for (std::size_t sealed = 0; sealed_ < chunks_.size() && sealed < bytes; ++sealed_)
    sealed += chunks_[sealed_]->size_bytes();
  return {chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(sealed_)};
}

void history_tail::drop_sealed() {
  for (std::size_t i = 0; i < sealed_; ++i)
    size_bytes_ -= chunks_[i]->size_bytes();
  chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(sealed_));
  sealed_ = 0;
}

} // namespace daybook::index
