// Balances as they were: at an event, or at a time.

#include "actors/reader.hpp"
#include "actors/reads/indexed_history.hpp"
#include "actors/reads/log_walk.hpp"
#include "actors/reads/posting_sum.hpp"
#include "actors/reads/unit_border.hpp"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace daybook::actors {

namespace {

/// The last event committed at or before a time, found in the log behind `from`.
result<event_seq> last_at_in_log(const environment& env, const log_scan& scan, event_seq from,
                                 timestamp time) {
  auto found = from;
  if (from >= scan.last)
    return found;
  auto reader = read_batches(env, scan, from.next(), scan.last);
  if (!reader)
    return fail(std::move(reader.error()));
  for (;;) {
    auto batch = reader->next();
    if (!batch)
      return fail(std::move(batch.error()));
    if (!*batch || (*batch)->committed_at > time)
      return found;
    found = std::min(std::max(found, (*batch)->last_seq()), scan.last);
  }
}

result<event_seq> last_at(const environment& env, const log_scan& scan, timestamp time) {
  auto indexed = indexed_up_to(env, scan, scan.last);
  if (indexed == event_seq{})
    return last_at_in_log(env, scan, {}, time);
  auto found = env.index->last_at(scan.id, time);
  if (!found || *found < indexed)
    return found;
  return last_at_in_log(env, scan, indexed, time);
}

/// Follows some accounts through events.
class accounts_follower {
public:
  accounts_follower(const ledger::chart& names, std::vector<account_at>& now)
      : names_(names), now_(now) {}

  /// The account of the `row`th of the balances.
  void add(account_no n, std::size_t row) { rows_[n] = row; }

  result<void> operator()(const ledger::event& event, event_seq seq) {
    if (auto* posted = std::get_if<ledger::transaction_posted>(&event))
      return apply(*posted, seq);
    if (auto* closed = std::get_if<ledger::account_closed>(&event))
      set_closed(closed->account, true);
    if (auto* reopened = std::get_if<ledger::account_reopened>(&event))
      set_closed(reopened->account, false);
    return {};
  }

private:
  /// A balance is one after a whole transaction; between two postings it may be none.
  result<void> apply(const ledger::transaction_posted& x, event_seq seq) {
    for (auto& entry : x.entries)
      if (auto row = rows_.find(entry.account);
          row != rows_.end() && now_[row->second].updated_seq != seq)
        if (auto moved = move(row->first, now_[row->second], x, seq); !moved)
          return moved;
    return {};
  }

  result<void> move(account_no n, account_at& now, const ledger::transaction_posted& x,
                    event_seq seq) {
    posting_sum sum{now.balance, names_[n].normal_side};
    for (auto& entry : x.entries)
      if (entry.account == n)
        sum.add(entry.direction, entry.value);
    auto after = sum.balance();
    if (!after)
      return fail(balance_out_of_range(n, seq));
    now.balance = *after;
    now.updated_seq = seq;
    return {};
  }

  void set_closed(account_no n, bool closed) {
    if (auto row = rows_.find(n); row != rows_.end())
      now_[row->second].closed = closed;
  }

  const ledger::chart& names_;
  std::vector<account_at>& now_;
  absl::flat_hash_map<account_no, std::size_t> rows_;
};

/// Some accounts right after an event: from the index as far as that goes, and then with one pass
/// over the log.
result<std::vector<account_at>> accounts_after(const environment& env, const log_scan& scan,
                                               std::span<const account_no> wanted, event_seq at) {
  std::vector<account_at> now(wanted.size());
  accounts_follower follow{*scan.chart, now};
  auto indexed = indexed_up_to(env, scan, at);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    follow.add(wanted[i], i);
    if (indexed == event_seq{})
      continue;
    auto found = indexed_history{*env.index, scan.id}.account(wanted[i], indexed);
    if (!found)
      return fail(std::move(found.error()));
    now[i] = *found;
  }
  auto done = each_event(env, scan, indexed.next(), at, [&](auto& event, auto& place) {
    return follow(event.content, place.seq).map([] { return true; });
  });
  if (!done)
    return fail(std::move(done.error()));
  return now;
}

/// Where the sums of all assets are known, at or before an event, and what they are there.
struct known_sums {
  event_seq at;
  running_balances::start start = running_balances::nothing();
};

result<known_sums> sums_before(const environment& env, const log_scan& scan, event_seq at) {
  auto indexed = indexed_up_to(env, scan, at);
  if (indexed == event_seq{})
    return known_sums{};
  auto boundary = env.index->last_boundary(scan.id, indexed);
  if (!boundary)
    return fail(std::move(boundary.error()));
  if (*boundary == event_seq{})
    return known_sums{};
  return known_sums{*boundary, indexed_history{*env.index, scan.id}.sums_at(*boundary)};
}

/// The rows of the assets that were registered at an event.
result<std::vector<trial_balance_view>> rows_of(const trial_balance_job& job, event_seq at,
                                                running_balances& balances) {
  std::vector<trial_balance_view> rows;
  for (asset_no n; n.value() < job.assets; n = n.next()) {
    auto& asset = (*job.scan.chart)[n];
    if (asset.registered_at > at)
      break;
    auto sums = balances.sums_of(n);
    if (!sums)
      return fail(std::move(sums.error()));
    rows.push_back({asset.definition.id, asset.definition.precision, sums->debit_turnover,
                    sums->credit_turnover, sums->debit_balances, sums->credit_balances});
  }
  return rows;
}

} // namespace

result<event_seq> seq_at(const environment& env, const log_scan& scan, const moment& at) {
  if (at.seq && at.time)
    return fail(ec::invalid_argument,
                "a moment is after an event or at a time: leave out one of them",
                {{"field", "moment"}});
  if (at.time)
    return last_at(env, scan, *at.time);
  if (at.seq && *at.seq > scan.last)
    return fail(ec::invalid_argument,
                "event " + std::to_string(at.seq->value()) + " is yet to come: the last one is " +
                    std::to_string(scan.last.value()),
                {{"field", "seq"}, {"durable", std::to_string(scan.last.value())}});
  if (!at.seq)
    return scan.last;
  return check_border(env, scan, *at.seq).map([&] { return *at.seq; });
}

result<account_view> read_balance(const environment& env, const balance_job& job) {
  auto at = seq_at(env, job.scan, job.at);
  if (!at)
    return fail(std::move(at.error()));
  auto& account = (*job.scan.chart)[job.account];
  if (account.opened_at > *at) {
    std::string path{account.path()};
    auto opened_at = std::to_string(account.opened_at.value());
    return fail(
        ec::unknown_account, "account '" + path + "' was opened later, by event " + opened_at,
        {{"account", path}, {"opened_at", opened_at}, {"seq", std::to_string(at->value())}});
  }
  auto found = accounts_after(env, job.scan, {&job.account, 1}, *at);
  if (!found)
    return fail(std::move(found.error()));
  auto& then = found->front();
  return account_view{job.scan.chart->definition_of(job.account),
                      job.scan.chart->asset_of(job.account).definition.precision,
                      then.balance,
                      then.updated_seq,
                      job.account,
                      then.closed};
}

result<accounts_page> read_accounts(const environment& env, const accounts_job& job) {
  auto at = seq_at(env, job.scan, job.at);
  if (!at)
    return fail(std::move(at.error()));
  accounts_page page{{}, job.next, *at};
  std::vector<account_no> changed;
  std::vector<std::size_t> items; // of the page, those that have changed
  for (auto& row : job.rows) {
    if ((*job.scan.chart)[row.now.number].opened_at > *at)
      continue;
    if (row.changed_at > *at) {
      changed.push_back(row.now.number);
      items.push_back(page.items.size());
    }
    page.items.push_back(row.now);
  }
  if (changed.empty())
    return page;
  auto then = accounts_after(env, job.scan, changed, *at);
  if (!then)
    return fail(std::move(then.error()));
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto& view = page.items[items[i]];
    view.balance = (*then)[i].balance;
    view.updated_seq = (*then)[i].updated_seq;
    view.closed = (*then)[i].closed;
  }
  return page;
}

result<std::vector<trial_balance_view>> read_trial_balance(const environment& env,
                                                           const trial_balance_job& job) {
  auto at = seq_at(env, job.scan, job.at);
  if (!at)
    return fail(std::move(at.error()));
  auto known = sums_before(env, job.scan, *at);
  if (!known)
    return fail(std::move(known.error()));
  running_balances balances{job.scan.chart, std::move(known->start)};
  auto done =
      each_event(env, job.scan, known->at.next(), *at, [&](auto& event, auto&) -> result<bool> {
        auto* posted = std::get_if<ledger::transaction_posted>(&event.content);
        if (!posted)
          return true;
        return balances.apply(*posted).map([] { return true; });
      });
  if (!done)
    return fail(std::move(done.error()));
  return rows_of(job, *at, balances);
}

} // namespace daybook::actors
