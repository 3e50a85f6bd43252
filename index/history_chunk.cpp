#include "index/history_chunk.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <limits>

namespace daybook::index {

namespace {

template <class T>
void append(std::vector<T>& to, std::span<const T> more) {
  to.insert(to.end(), more.begin(), more.end());
}

} // namespace

std::shared_ptr<const history_chunk> history_chunk::make(const history_update& update,
                                                         event_seq after, const mark& up_to) {
  DAYBOOK_CHECK(update.values_.size() <= std::numeric_limits<std::uint32_t>::max());
  DAYBOOK_CHECK(after < up_to.seq && update.last_ <= up_to.seq);
  auto x = std::make_shared<history_chunk>();
  x->rows_.reserve(update.changes_.size());
  for (auto& change : update.changes_) {
    DAYBOOK_CHECK(change.seq > after);
    x->rows_.push_back({change.of, change.number, static_cast<std::uint32_t>(change.offset),
                        static_cast<std::uint32_t>(change.size), change.seq});
  }
  std::ranges::sort(x->rows_, {}, &row::place);
  x->values_ = update.values_;
  x->batches_ = update.batches_;
  x->boundaries_ = {up_to.seq};
  x->after_ = after;
  x->up_to_ = up_to;
  return x;
}

std::shared_ptr<const history_chunk> history_chunk::merge(const history_chunk& a,
                                                          const history_chunk& b) {
  DAYBOOK_CHECK(a.up_to_.seq == b.after_);
  auto x = std::make_shared<history_chunk>();
  x->rows_.reserve(a.rows_.size() + b.rows_.size());
  x->values_.reserve(a.values_.size() + b.values_.size());
  auto from_b = b.rows_.begin();
  for (auto& row : a.rows_) {
    for (; from_b != b.rows_.end() && from_b->place() < row.place(); ++from_b)
      x->add_row(b, *from_b);
    x->add_row(a, row);
  }
  for (; from_b != b.rows_.end(); ++from_b)
    x->add_row(b, *from_b);
  for (auto* part : {&a, &b}) {
    append(x->batches_, part->batches());
    append(x->boundaries_, part->boundaries());
  }
  x->after_ = a.after_;
  x->up_to_ = b.up_to_;
  return x;
}

void history_chunk::add_row(const history_chunk& from, const row& x) {
  auto value = from.value_of(x);
  rows_.push_back(x);
  rows_.back().offset = static_cast<std::uint32_t>(values_.size());
  append(values_, value);
}

std::span<const history_chunk::row> history_chunk::rows_of(history_part of,
                                                           std::uint32_t number) const {
  auto found = std::ranges::equal_range(rows_, owner_of(of, number), {}, &row::owner);
  return {found.begin(), found.end()};
}

std::size_t history_chunk::size_bytes() const {
  return rows_.size() * sizeof(row) + values_.size() + batches_.size() * sizeof(batch_end) +
         boundaries_.size() * sizeof(event_seq) + sizeof(history_chunk);
}

} // namespace daybook::index
