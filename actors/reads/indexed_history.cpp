#include "actors/reads/indexed_history.hpp"

#include <algorithm>

namespace daybook::actors {

namespace {

/// Shorter than any transaction's entry.
constexpr std::size_t mark_bytes = 1;

bool is_mark(byte_span bytes) { return bytes.size() == mark_bytes; }

tl::unexpected<error> unknown_mark() {
  return fail(ec::corrupt, "an entry of the history index is of an unknown kind: delete the index "
                           "while the node is stopped");
}

result<lifecycle_mark> mark_in(byte_span bytes) {
  auto mark = static_cast<lifecycle_mark>(bytes.front());
  if (mark == lifecycle_mark::closed || mark == lifecycle_mark::reopened)
    return mark;
  return unknown_mark();
}

} // namespace

byte_buffer encode(lifecycle_mark x) { return {static_cast<std::byte>(x)}; }

event_seq indexed_up_to(const environment& env, const log_scan& scan, event_seq at) {
  return env.index ? std::min(scan.indexed, at) : event_seq{};
}

result<account_at> indexed_history::account(account_no n, event_seq at) const {
  std::optional<lifecycle_mark> last_mark;
  for (;;) {
    auto found = index_->last_posting(book_, n, at);
    if (!found)
      return fail(std::move(found.error()));
    auto closed = last_mark == lifecycle_mark::closed;
    if (!*found)
      return account_at{.balance = {}, .updated_seq = {}, .closed = closed};
    auto& [seq, value] = **found;
    if (!is_mark(value)) {
      auto entry = protocol::decode_history_entry(value);
      if (!entry)
        return fail(std::move(entry.error()));
      return account_at{.balance = entry->balance_after, .updated_seq = seq, .closed = closed};
    }
    auto mark = mark_in(value);
    if (!mark)
      return fail(std::move(mark.error()));
    last_mark = last_mark.value_or(*mark);
    at = event_seq{seq.value() - 1};
  }
}

result<ledger::lifecycle> indexed_history::lifecycle(account_no n, event_seq at,
                                                     event_seq opened_at) const {
  auto last = index_->last_posting(book_, n, at);
  if (!last)
    return fail(std::move(last.error()));
  if (!*last)
    return ledger::lifecycle{};
  // A closed account has its mark there. An open one may have many transactions since, which are
  // read in one go: one by one, each would be a search.
  auto after = is_mark((*last)->value) ? event_seq{(*last)->seq.value() - 1} : opened_at;
  std::optional<index::history_value> mark;
  auto read = index_->each_posting(book_, n, after, at, [&](event_seq seq, byte_span value) {
    if (is_mark(value))
      mark = index::history_value{seq, {value.begin(), value.end()}};
    return true;
  });
  if (!read)
    return fail(std::move(read.error()));
  if (!mark)
    return ledger::lifecycle{};
  return mark_in(mark->value).map([&](lifecycle_mark x) {
    return ledger::lifecycle{x == lifecycle_mark::closed, mark->seq};
  });
}

result<asset_sums> indexed_history::sums(asset_no n, event_seq boundary) const {
  auto found = index_->last_sums(book_, n, boundary);
  if (!found)
    return fail(std::move(found.error()));
  if (!*found)
    return asset_sums{};
  return protocol::decode_asset_sums((*found)->value);
}

result<void> indexed_history::each_entry(account_no n, event_seq after, event_seq last,
                                         const entry_visitor& visit) const {
  std::optional<error> failed;
  auto read = index_->each_posting(book_, n, after, last, [&](event_seq seq, byte_span value) {
    if (is_mark(value))
      return true;
    auto entry = protocol::decode_history_entry(value);
    if (entry)
      return visit(seq, *entry);
    failed = std::move(entry.error());
    return false;
  });
  if (failed)
    return fail(std::move(*failed));
  return read;
}

running_balances::start indexed_history::balances_at(event_seq at) const {
  return {[*this, at](account_no n) {
            return account(n, at).map([](const account_at& x) { return x.balance; });
          },
          {}};
}

running_balances::start indexed_history::sums_at(event_seq boundary) const {
  auto before = balances_at(boundary);
  before.sums = [*this, boundary](asset_no n) { return sums(n, boundary); };
  return before;
}

} // namespace daybook::actors
