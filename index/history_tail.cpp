#include "index/history_tail.hpp"

#include "base/check.hpp"

#include <utility>

namespace daybook::index {

namespace {

/// A chunk of this size is searched fast enough by itself.
constexpr std::size_t small_chunk_bytes = 256 * 1024;

} // namespace

/// The last one takes in what is at least as large, so that each row is copied a few times at most.
void history_tail::add(std::shared_ptr<const history_chunk> x) {
  DAYBOOK_CHECK(chunks_.empty() || chunks_.back()->up_to().seq == x->after());
  while (chunks_.size() > sealed_ && x->size_bytes() < small_chunk_bytes &&
         chunks_.back()->size_bytes() <= 2 * x->size_bytes()) {
    size_bytes_ -= chunks_.back()->size_bytes();
    x = history_chunk::merge(*chunks_.back(), *x);
    chunks_.pop_back();
  }
  size_bytes_ += x->size_bytes();
  chunks_.push_back(std::move(x));
}

history_chunks history_tail::seal() {
  sealed_ = chunks_.size();
  return chunks_;
}

void history_tail::drop_sealed() {
  for (std::size_t i = 0; i < sealed_; ++i)
    size_bytes_ -= chunks_[i]->size_bytes();
  chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(sealed_));
  sealed_ = 0;
}

} // namespace daybook::index
