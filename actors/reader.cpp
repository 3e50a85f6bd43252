#include "actors/reader.hpp"

#include "actors/errors.hpp"
#include "log/batch_reader.hpp"
#include "log/event_list.hpp"
#include "protocol/event_codec.hpp"

#include <algorithm>

namespace daybook::actors {

namespace {

/// Where an event stands.
struct place {
  event_seq seq;
  std::size_t bytes = 0; ///< of the event in the log
  const log::stored_batch& batch;
};

/// Hands the events from `from` to the scan's end to `visit(event, place)`, which says whether to
/// go on.
template <class Visit>
result<void> scan(const environment& env, const log_scan& job, event_seq from, Visit visit) {
  auto reader =
      log::batch_reader::read_range(*env.storage, job.directory, job.name, from, job.last);
  if (!reader)
    return fail(std::move(reader.error()));
  ledger::event event;
  for (;;) {
    auto batch = reader->next();
    if (!batch)
      return fail(std::move(batch.error()));
    if (!*batch)
      return {};
    auto seq = (*batch)->first_seq;
    log::event_list events{(*batch)->payload};
    for (auto bytes = events.next(); bytes && seq <= job.last; bytes = events.next()) {
      if (seq >= from) {
        if (auto decoded = protocol::decode(*bytes, event); !decoded)
          return fail(std::move(decoded.error())
                          .with("file", std::string{(*batch)->file})
                          .with("offset", std::to_string((*batch)->offset)));
        if (!visit(event, place{seq, bytes->size(), **batch}))
          return {};
      }
      seq = seq.next();
    }
  }
}

/// The postings of one account in the order of the log, a page of them kept.
class history {
public:
  explicit history(const history_job& job)
      : job_(job), side_(*(*job.scan.chart)[job.account].definition.normal_side) {}

  bool operator()(const ledger::event& event, const place& at) {
    auto* posted = std::get_if<ledger::transaction_posted>(&event);
    if (!posted || std::ranges::none_of(posted->entries, [this](auto& x) { return is_ours(x); }))
      return true;
    if (at.seq > job_.after && is_full()) {
      page_.next = last_kept_;
      return false;
    }
    for (auto& entry : posted->entries)
      if (is_ours(entry))
        add(*posted, entry, at);
    transactions_ += at.seq > job_.after;
    return true;
  }

  history_page take() {
    auto& asset = job_.scan.chart->asset_of(job_.account).definition;
    page_.asset = asset.id;
    page_.precision = asset.precision;
    return std::move(page_);
  }

private:
  bool is_ours(const ledger::posted_entry& x) const { return x.account == job_.account; }

  bool is_full() const {
    return transactions_ == job_.limit || page_.entries.size() >= page_items_max;
  }

  void add(const ledger::transaction_posted& posted, const ledger::posted_entry& entry,
           const place& at) {
    // Modular, because only the balance after the whole transaction is known to be an amount.
    auto change = static_cast<ledger::uint128>(entry.value.value());
    balance_ += entry.direction == side_ ? change : -change;
    if (at.seq <= job_.after)
      return;
    last_kept_ = at.seq;
    auto balance = ledger::amount::from_int128(static_cast<ledger::int128>(balance_));
    page_.entries.push_back({{job_.scan.id, at.seq},
                             at.batch.committed_at,
                             posted.occurred_at,
                             posted.key,
                             entry.direction,
                             entry.value,
                             balance.value_or(ledger::amount::max())});
  }

  const history_job& job_;
  ledger::side side_;
  ledger::uint128 balance_ = 0;
  std::uint32_t transactions_ = 0;
  event_seq last_kept_;
  history_page page_;
};

} // namespace

reader_state::reader_state(reader_actor::pointer, std::shared_ptr<const environment> env)
    : env_(std::move(env)) {}

reader_actor::behavior_type reader_state::make_behavior() {
  return {
      [this](atom::events, const events_job& job) { return to_answer(read_events(*env_, job)); },
      [this](atom::history, const history_job& job) { return to_answer(read_history(*env_, job)); },
  };
}

result<events_page> read_events(const environment& env, const events_job& job) {
  events_page page;
  std::size_t bytes = 0;
  auto add = [&](const ledger::event& event, const place& at) {
    if (page.items.size() == job.limit || bytes >= page_bytes_max) {
      page.next = at.seq;
      return false;
    }
    bytes += at.bytes;
    ledger::receipt receipt{
        {job.scan.id, at.seq}, at.batch.epoch, at.batch.committed_at, false, at.batch.chain};
    page.items.push_back({receipt, ledger::to_command(event, *job.scan.chart)});
    return true;
  };
  if (auto done = scan(env, job.scan, job.from, add); !done)
    return fail(std::move(done.error()));
  return page;
}

result<history_page> read_history(const environment& env, const history_job& job) {
  history entries{job};
  if (auto done = scan(env, job.scan, event_seq{1}, std::ref(entries)); !done)
    return fail(std::move(done.error()));
  return entries.take();
}

} // namespace daybook::actors
