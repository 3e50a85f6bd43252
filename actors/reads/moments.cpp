// Balances as they were: at an event, or at a time.

#include "actors/reader.hpp"
#include "actors/reads/indexed_history.hpp"
#include "actors/reads/log_walk.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>

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

/// Some events in a row, the last one too.
struct event_range {
  event_seq first;
  event_seq last;
};

/// The batch of an event that belongs to the same unit as the one before it; else nothing.
result<std::optional<event_range>> batch_of_joined(const environment& env, const log_scan& scan,
                                                   event_seq seq) {
  std::optional<event_range> batch;
  auto done = each_event(env, scan, seq, seq, [&](auto& event, auto& at) {
    if (event.joined)
      batch = event_range{at.batch.first_seq, at.batch.last_seq()};
    return false;
  });
  if (!done)
    return fail(std::move(done.error()));
  return batch;
}

/// The unit of an event in a batch.
result<event_range> unit_of(const environment& env, const log_scan& scan, event_seq seq,
                            const event_range& batch) {
  auto unit = batch;
  auto done = each_event(env, scan, batch.first, batch.last, [&](auto& event, auto& at) {
    if (event.joined)
      return true;
    if (at.seq <= seq)
      unit.first = at.seq;
    else
      unit.last = event_seq{at.seq.value() - 1};
    return at.seq <= seq;
  });
  if (!done)
    return fail(std::move(done.error()));
  return unit;
}

/// Nobody has seen what was between two events of a unit, and nobody is to see it afterwards.
result<void> check_border(const environment& env, const log_scan& scan, event_seq seq) {
  if (seq == event_seq{} || seq >= scan.last)
    return {};
  auto batch = batch_of_joined(env, scan, seq.next());
  if (!batch)
    return fail(std::move(batch.error()));
  if (!*batch)
    return {};
  auto unit = unit_of(env, scan, seq, **batch);
  if (!unit)
    return fail(std::move(unit.error()));
  auto before = std::to_string(unit->first.value() - 1);
  auto after = std::to_string(unit->last.value());
  return fail(ec::invalid_argument,
              "event " + std::to_string(seq.value()) +
                  " is within a unit, of which everything became visible at once: ask for event " +
                  before + " or " + after,
              {{"field", "seq"}, {"before", before}, {"after", after}});
}

/// Follows one account through events.
struct account_follower {
  account_no account;
  ledger::side normal;
  account_at& now;

  void operator()(const ledger::asset_registered&, event_seq) {}
  void operator()(const ledger::account_opened&, event_seq) {}

  void operator()(const ledger::transaction_posted& x, event_seq seq) {
    auto after = static_cast<ledger::uint128>(now.balance.value());
    for (auto& entry : x.entries) {
      if (entry.account != account)
        continue;
      auto change = static_cast<ledger::uint128>(entry.value.value());
      after += entry.direction == normal ? change : -change;
      now.updated_seq = seq;
    }
    now.balance = ledger::amount::from_int128(static_cast<ledger::int128>(after))
                      .value_or(ledger::amount::max());
  }

  void operator()(const ledger::account_closed& x, event_seq) {
    now.closed |= x.account == account;
  }

  void operator()(const ledger::account_reopened& x, event_seq) {
    now.closed &= x.account != account;
  }
};

result<account_at> account_after(const environment& env, const log_scan& scan, account_no n,
                                 event_seq at) {
  account_at now;
  auto indexed = indexed_up_to(env, scan, at);
  if (indexed > event_seq{}) {
    auto found = indexed_history{*env.index, scan.id}.account(n, indexed);
    if (!found)
      return found;
    now = *found;
  }
  account_follower follow{n, *(*scan.chart)[n].definition.normal_side, now};
  auto done = each_event(env, scan, indexed.next(), at, [&](auto& event, auto& place) {
    std::visit([&](auto& x) { follow(x, place.seq); }, event.content);
    return true;
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
  if (account.opened_at > *at)
    return fail(ec::unknown_account,
                "account '" + account.definition.path + "' was opened later, by event " +
                    std::to_string(account.opened_at.value()),
                {{"account", account.definition.path},
                 {"opened_at", std::to_string(account.opened_at.value())},
                 {"seq", std::to_string(at->value())}});
  auto found = account_after(env, job.scan, job.account, *at);
  if (!found)
    return fail(std::move(found.error()));
  return account_view{
      account.definition, job.scan.chart->asset_of(job.account).definition.precision,
      found->balance,     found->updated_seq,
      job.account,        found->closed};
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
