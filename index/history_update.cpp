#include "index/history_update.hpp"

#include <algorithm>

namespace daybook::index {

void history_update::posting(account_no account, event_seq seq, byte_span value) {
  add(history_part::posting, account.value(), seq, value);
}

void history_update::sums(asset_no asset, event_seq seq, byte_span value) {
  add(history_part::sums, asset.value(), seq, value);
}

void history_update::batch(timestamp committed_at, event_seq last) {
  batches_.push_back({committed_at, last});
  last_ = std::max(last_, last);
}

void history_update::add(history_part of, std::uint32_t number, event_seq seq, byte_span value) {
  changes_.push_back({of, number, seq, values_.size(), value.size()});
  values_.insert(values_.end(), value.begin(), value.end());
  last_ = std::max(last_, seq);
}

std::size_t history_update::size_bytes() const {
  return changes_.size() * sizeof(change) + batches_.size() * sizeof(batch_end) + values_.size();
}

void history_update::clear() {
  changes_.clear();
  batches_.clear();
  values_.clear();
  last_ = {};
}

} // namespace daybook::index
