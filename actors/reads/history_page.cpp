// The postings of an account, page by page: from the history index as far as that goes, and from
// the log behind it.

#include "actors/reader.hpp"
#include "actors/reads/indexed_history.hpp"
#include "actors/reads/log_walk.hpp"
#include "actors/reads/posting_sum.hpp"

#include <algorithm>
#include <utility>

namespace daybook::actors {

namespace {

/// The postings of one account in order, a page of them kept.
class history_filler {
public:
  explicit history_filler(const history_job& job)
      : job_(job),
        limit_(std::clamp<std::uint32_t>(job.limit, 1, page_items_max)),
        side_((*job.scan.chart)[job.account].normal_side) {}

  /// What the account holds before the first posting it is given.
  void start_at(ledger::amount balance) { balance_ = balance; }

  /// Each gives whether to go on. Errors: `corrupt`.
  result<bool> operator()(event_seq seq, const protocol::history_entry& x) {
    if (!admit(seq))
      return false;
    // The index has the balance after the transaction; each posting has its own.
    posting_sum taken_back{x.balance_after, opposite(side_)};
    for (auto& posting : x.postings)
      taken_back.add(posting.direction, posting.value);
    auto before = taken_back.balance();
    if (!before)
      return fail(balance_out_of_range(job_.account, seq));
    posting_sum sum{*before, side_};
    for (auto& posting : x.postings)
      add({{job_.scan.id, seq}, x.committed_at, x.occurred_at, x.key}, posting.direction,
          posting.value, sum);
    return true;
  }

  result<bool> operator()(const ledger::event& event, const event_place& at) {
    auto* posted = std::get_if<ledger::transaction_posted>(&event);
    auto is_ours = [this](auto& x) { return x.account == job_.account; };
    if (!posted || std::ranges::none_of(posted->entries, is_ours))
      return true;
    auto is_kept = at.seq > job_.after;
    if (is_kept && !admit(at.seq))
      return false;
    posting_sum sum{balance_, side_};
    for (auto& entry : posted->entries) {
      if (!is_ours(entry))
        continue;
      if (is_kept)
        add({{job_.scan.id, at.seq}, at.batch.committed_at, posted->occurred_at, posted->key},
            entry.direction, entry.value, sum);
      else
        sum.add(entry.direction, entry.value);
    }
    auto after = sum.balance();
    if (!after)
      return fail(balance_out_of_range(job_.account, at.seq));
    balance_ = *after;
    return true;
  }

  bool is_done() const { return page_.next.has_value(); }

  history_page take() {
    auto& asset = job_.scan.chart->asset_of(job_.account).definition;
    page_.asset = asset.id;
    page_.precision = asset.precision;
    return std::move(page_);
  }

private:
  struct source {
    transaction_id id;
    timestamp committed_at;
    std::optional<timestamp> occurred_at;
    const std::string& key;
  };

  /// A transaction begins. False when the page ends before it.
  bool admit(event_seq seq) {
    if (transactions_ == limit_ || page_.entries.size() >= page_items_max) {
      page_.next = last_kept_;
      return false;
    }
    ++transactions_;
    last_kept_ = seq;
    return true;
  }

  static ledger::side opposite(ledger::side x) {
    return x == ledger::side::debit ? ledger::side::credit : ledger::side::debit;
  }

  void add(const source& from, ledger::side direction, ledger::amount value, posting_sum& sum) {
    sum.add(direction, value);
    page_.entries.push_back({from.id, from.committed_at, from.occurred_at, from.key, direction,
                             value, sum.nearest_balance()});
  }

  const history_job& job_;
  std::uint32_t limit_;
  ledger::side side_;
  ledger::amount balance_;
  std::uint32_t transactions_ = 0;
  event_seq last_kept_;
  history_page page_;
};

} // namespace

result<history_page> read_history(const environment& env, const history_job& job) {
  history_filler page{job};
  auto indexed = indexed_up_to(env, job.scan, job.scan.last);
  if (indexed > event_seq{}) {
    indexed_history known{*env.index, job.scan.id};
    auto start = known.account(job.account, indexed);
    if (!start)
      return fail(std::move(start.error()));
    result<bool> kept = true;
    auto done = known.each_entry(job.account, job.after, indexed, [&](auto seq, auto& entry) {
      kept = page(seq, entry);
      return kept && *kept;
    });
    if (!done || !kept)
      return fail(std::move(done ? kept.error() : done.error()));
    page.start_at(start->balance);
  }
  if (page.is_done())
    return page.take();
  auto done = each_event(env, job.scan, indexed.next(), job.scan.last,
                         [&](auto& event, auto& at) { return page(event.content, at); });
  if (!done)
    return fail(std::move(done.error()));
  return page.take();
}

} // namespace daybook::actors
