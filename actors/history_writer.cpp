#include "actors/history_writer.hpp"

#include "actors/logging.hpp"
#include "actors/reads/indexed_history.hpp"
#include "log/event_list.hpp"
#include "log/log_point.hpp"
#include "protocol/event_codec.hpp"
#include "protocol/history_codec.hpp"

namespace daybook::actors {

namespace {

/// A chunk is what other books of the same indexer wait for at most, but for a larger batch.
constexpr std::uint64_t chunk_events = 8'192;
constexpr std::size_t chunk_bytes = 4 * 1024 * 1024;

/// Where the index says that the history ends; nothing when what it says is damaged, or the log has
/// no such place.
result<std::optional<event_seq>> trusted_end(const environment& env, const log_scan& scan) {
  auto mark = env.index->history_mark(scan.id);
  if (!mark && mark.error().code() == ec::corrupt)
    return std::nullopt;
  if (!mark)
    return fail(std::move(mark.error()));
  // Ahead of the log. What is behind the durable end may be half written at this moment.
  if (mark->seq > scan.last)
    return std::nullopt;
  auto known = log::contains_point(*env.storage, scan.directory, scan.name,
                                   {mark->seq, mark->chain}, scan.live.get());
  if (!known)
    return fail(std::move(known.error()));
  return *known ? std::optional{mark->seq} : std::nullopt;
}

/// What an account has of a transaction.
protocol::history_entry entry_of(const ledger::transaction_posted& x, account_no n,
                                 timestamp committed_at, ledger::amount after) {
  protocol::history_entry entry{.balance_after = after,
                                .committed_at = committed_at,
                                .occurred_at = x.occurred_at,
                                .key = x.key,
                                .postings = {}};
  for (auto& posting : x.entries)
    if (posting.account == n)
      entry.postings.push_back({posting.direction, posting.value});
  return entry;
}

} // namespace

result<event_seq> find_history_end(const environment& env, const log_scan& scan) {
  auto end = trusted_end(env, scan);
  if (!end)
    return fail(std::move(end.error()));
  if (*end)
    return **end;
  logger()->warn("book={} event=history_index_forgotten", scan.name);
  if (auto forgotten = env.index->forget_history(scan.id); !forgotten)
    return fail(std::move(forgotten.error()));
  return event_seq{};
}

history_writer::history_writer(index::side_index& index, book_id book,
                               std::shared_ptr<const ledger::chart> names, event_seq end)
    : index_(&index),
      book_(book),
      names_(std::move(names)),
      balances_(names_, end == event_seq{} ? running_balances::nothing()
                                           : indexed_history{index, book}.sums_at(end)),
      end_{.seq = end, .epoch = {}, .chain = {}} {}

result<void> history_writer::add(const ledger::batch_info& batch, byte_span payload) {
  log::event_list events{payload};
  ledger::stored_event event;
  auto seq = batch.first_seq;
  while (auto bytes = events.next()) {
    if (auto decoded = protocol::decode(*bytes, event); !decoded)
      return decoded;
    if (auto added = add(event.content, seq, batch.committed_at); !added)
      return added;
    ++events_;
    end_ = {seq, batch.epoch, batch.chain};
    seq = seq.next();
  }
  update_.batch(batch.committed_at, end_.seq);
  return {};
}

bool history_writer::is_full() const {
  return events_ >= chunk_events || update_.size_bytes() >= chunk_bytes;
}

result<event_seq> history_writer::write() {
  if (events_ == 0)
    return end_.seq;
  if (auto added = add_sums(); !added)
    return fail(std::move(added.error()));
  if (auto written = index_->add_history(book_, update_, end_); !written)
    return fail(std::move(written.error()));
  update_.clear();
  events_ = 0;
  return end_.seq;
}

result<void> history_writer::add(const ledger::event& x, event_seq seq, timestamp committed_at) {
  if (auto* posted = std::get_if<ledger::transaction_posted>(&x))
    return add(*posted, seq, committed_at);
  if (auto* closed = std::get_if<ledger::account_closed>(&x))
    update_.posting(closed->account, seq, encode(lifecycle_mark::closed));
  if (auto* reopened = std::get_if<ledger::account_reopened>(&x))
    update_.posting(reopened->account, seq, encode(lifecycle_mark::reopened));
  return {};
}

result<void> history_writer::add(const ledger::transaction_posted& x, event_seq seq,
                                 timestamp committed_at) {
  if (auto applied = balances_.apply(x); !applied)
    return applied;
  auto touched = balances_.touched();
  for (std::size_t i = 0; i < touched.size(); ++i) {
    auto n = touched[i];
    scratch_.clear();
    protocol::encode(entry_of(x, n, committed_at, balances_.balance_after(i)), scratch_);
    update_.posting(n, seq, scratch_);
    changed_.insert((*names_)[n].asset);
  }
  return {};
}

/// The sums are only written where a chunk ends, which the index keeps as a boundary: whoever wants
/// them elsewhere goes on from there with the log.
result<void> history_writer::add_sums() {
  for (auto n : changed_) {
    auto sums = balances_.sums_of(n);
    if (!sums)
      return fail(std::move(sums.error()));
    scratch_.clear();
    protocol::encode(*sums, scratch_);
    update_.sums(n, end_.seq, scratch_);
  }
  changed_.clear();
  return {};
}

} // namespace daybook::actors
