#include "tests/simulation/questions.hpp"

#include "tests/simulation/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::simulation {

using namespace actors;

namespace {

/// Errors with which any question may fail, if there is a cause: the book ended, the disk failed,
/// too many asked.
bool is_excused(ec x) {
  return x == ec::outcome_unknown || x == ec::restarting || x == ec::io || x == ec::overloaded;
}

std::string wrong(const error& x) { return "fails with " + to_string(x); }

bool is_opened(const model& known, const std::string& path, event_seq at) {
  auto found = known.accounts().find(path);
  return found != known.accounts().end() && found->second.opened_at <= at;
}

bool same(const trial_balance_view& x, const trial_balance_view& y) {
  return x.asset == y.asset && x.debit_turnover == y.debit_turnover &&
         x.credit_turnover == y.credit_turnover && x.debit_balances == y.debit_balances &&
         x.credit_balances == y.credit_balances;
}

bool same(const std::vector<trial_balance_view>& xs, const std::vector<trial_balance_view>& ys) {
  return std::ranges::equal(xs, ys, [](auto& x, auto& y) { return same(x, y); });
}

/// Whether a trial balance is that of some moment.
bool is_of_some_moment(const model& known, const std::vector<trial_balance_view>& rows,
                       event_seq from, event_seq to) {
  for (auto at = from; at <= to; at = at.next())
    if (same(rows, known.trial_balance_at(at)))
      return true;
  return false;
}

std::string check_view(const model& known, const account_view& x, event_seq floor,
                       event_seq ceiling) {
  auto found = known.accounts().find(x.definition.path);
  if (found == known.accounts().end())
    return "there is no such account";
  auto& mine = found->second;
  if (x.definition != mine.definition || x.number != mine.number)
    return "the account is defined otherwise";
  if (x.updated_seq > ceiling || x.updated_seq < known.updated_at(mine, floor) ||
      known.updated_at(mine, x.updated_seq) != x.updated_seq)
    return fmt::format("updated by event {}, which is not so", x.updated_seq.value());
  ledger::amount expected{known.balance_at(mine, x.updated_seq)};
  if (x.balance != expected)
    return fmt::format("the balance after event {} is wrong", x.updated_seq.value());
  for (auto at = std::max(floor, x.updated_seq); at <= ceiling; at = at.next())
    if (known.updated_at(mine, at) == x.updated_seq && known.closed_at(mine, at) == x.closed)
      return {};
  return x.closed ? "closed, which is not so" : "open, which is not so";
}

} // namespace

std::string check_event(const model& known, const recorded_event& x) {
  auto seq = x.receipt.id.seq;
  if (seq == event_seq{} || seq > known.last())
    return fmt::format("event {} is not in the log", seq.value());
  auto& mine = known.event_at(seq);
  if (!same_event(mine, x) || mine.joined != x.joined)
    return fmt::format("event {} is another one", seq.value());
  auto expected = mine.receipt;
  if (x.receipt.balances.empty())
    expected.balances.clear();
  auto differs = difference(expected, x.receipt);
  return differs.empty() ? differs : fmt::format("event {}: {}", seq.value(), differs);
}

std::string check_page(const model& known, const events_page& page, event_seq from,
                       event_seq floor) {
  auto next = std::max(from, event_seq{1});
  for (auto& x : page.items) {
    if (x.receipt.id.seq != next)
      return fmt::format("event {} comes where {} should", x.receipt.id.seq.value(), next.value());
    if (auto found = check_event(known, x); !found.empty())
      return found;
    next = next.next();
  }
  event_seq last{next.value() - 1};
  if (!page.items.empty() && !known.ends_unit(last))
    return fmt::format("the page ends in the middle of a unit, at {}", last.value());
  if (page.next && *page.next != next)
    return "the next page begins elsewhere";
  if (!page.next && last < floor)
    return fmt::format("the page ends at {} and {} was acknowledged", last.value(), floor.value());
  return {};
}

template <class T, class... Words>
void questions::ask(std::string what,
                    std::function<std::string(const model&, const result<T>&)> check,
                    Words... words) {
  if (!bank_->has_book())
    return;
  bank_->ask_book<T>(
      what, [this] { ++unanswered_; },
      [this, what, check](const result<T>& got) {
        --unanswered_;
        on_->told().detail("asked  " + what + (got ? "" : ": " + to_string(got.error())));
        if (!got && is_excused(got.error().code()))
          return;
        answers_.push_back([what, check, got](const model& known) {
          auto found = check(known, got);
          return found.empty() ? found : what + ": " + found;
        });
      },
      words...);
}

void questions::check(const model& known) {
  for (auto& x : answers_)
    if (auto found = x(known); !found.empty())
      on_->told().violation("an answer is wrong: " + found);
  answers_.clear();
}

event_seq questions::any_seq() { return event_seq{dice_.below(bank_->acknowledged().value() + 2)}; }

void questions::ask() {
  switch (dice_.below(9)) {
  case 0:
    return ask_balance();
  case 1:
    return ask_balance_at();
  case 2:
    return ask_events();
  case 3:
    return ask_history();
  case 4:
    return ask_transaction();
  case 5:
    return ask_by_key();
  case 6:
    return ask_trial_balance();
  case 7:
    return ask_trial_balance_at();
  default:
    return ask_accounts();
  }
}

void questions::ask_balance() {
  auto path = workload_->any_path();
  auto floor = bank_->acknowledged();
  ask<account_view>(
      "balance of " + path,
      [=](const model& known, const result<account_view>& got) -> std::string {
        if (got)
          return check_view(known, *got, floor, known.last());
        auto excused = got.error().code() == ec::unknown_account && !is_opened(known, path, floor);
        return excused ? "" : wrong(got.error());
      },
      atom::balance_v, path);
}

void questions::ask_balance_at() {
  auto path = workload_->any_path();
  auto floor = bank_->acknowledged();
  auto seq = any_seq();
  if (seq == event_seq{})
    return;
  ask<account_view>(
      fmt::format("balance of {} at {}", path, seq.value()),
      [=](const model& known, const result<account_view>& got) -> std::string {
        if (!got) {
          auto code = got.error().code();
          auto excused =
              (code == ec::unknown_account && !is_opened(known, path, std::min(seq, floor))) ||
              (code == ec::invalid_argument &&
               (seq > floor || seq > known.last() || !known.ends_unit(seq)));
          return excused ? "" : wrong(got.error());
        }
        if (seq > known.last() || !known.ends_unit(seq))
          return "is answered within a unit, or beyond the end";
        return check_view(known, *got, seq, seq);
      },
      atom::balance_v, path, moment{seq, {}});
}

void questions::ask_events() {
  auto floor = bank_->acknowledged();
  auto from = any_seq();
  ask<events_page>(
      fmt::format("events from {}", from.value()),
      [=](const model& known, const result<events_page>& got) -> std::string {
        auto is_within = from > event_seq{1} && !known.ends_unit(event_seq{from.value() - 1});
        if (!got) {
          auto excused =
              got.error().code() == ec::invalid_argument && (is_within || from > floor.next());
          return excused ? "" : wrong(got.error());
        }
        return is_within ? "begins within a unit" : check_page(known, *got, from, floor);
      },
      atom::events_v, events_query{from, static_cast<std::uint32_t>(dice_.between(1, 40))});
}

void questions::ask_history() {
  auto path = workload_->any_path();
  auto floor = bank_->acknowledged();
  auto after = any_seq();
  ask<history_page>(
      fmt::format("history of {} after {}", path, after.value()),
      [=](const model& known, const result<history_page>& got) -> std::string {
        if (!got) {
          auto code = got.error().code();
          auto excused = (code == ec::unknown_account && !is_opened(known, path, floor)) ||
                         (code == ec::invalid_argument && after > floor);
          return excused ? "" : wrong(got.error());
        }
        if (!is_opened(known, path, known.last()))
          return "there is no such account";
        if (after > known.last())
          return "is answered beyond the end";
        auto& mine = known.accounts().at(path).entries;
        auto at = std::ranges::find_if(mine, [&](auto& x) { return x.seq > after; });
        for (auto& x : got->entries) {
          if (at == mine.end() || x.id.seq != at->seq || x.direction != at->direction ||
              x.value != ledger::amount{at->value} ||
              x.balance_after != ledger::amount{at->balance_after})
            return fmt::format("the entry of event {} is wrong", x.id.seq.value());
          if (x.committed_at != known.event_at(at->seq).receipt.committed_at)
            return fmt::format("event {} has another time", x.id.seq.value());
          ++at;
        }
        if (!got->next && at != mine.end() && at->seq <= floor)
          return fmt::format("event {} is missing", at->seq.value());
        return "";
      },
      atom::history_v,
      history_query{path, after, static_cast<std::uint32_t>(dice_.between(1, 40))});
}

void questions::ask_transaction() {
  auto floor = bank_->acknowledged();
  auto seq = any_seq();
  if (seq == event_seq{} || seq > floor)
    return;
  // The book's id is in every receipt; here the model's is as good.
  auto found =
      std::ranges::find_if(bank_->requests(), [&](auto& x) { return !x.outcomes.empty(); });
  if (found == bank_->requests().end())
    return;
  auto* receipt = std::get_if<ledger::receipt>(&found->outcomes.front());
  if (!receipt)
    return;
  ask<recorded_event>(
      fmt::format("event {}", seq.value()),
      [=](const model& known, const result<recorded_event>& got) -> std::string {
        if (!got)
          return wrong(got.error());
        return got->receipt.id.seq == seq ? check_event(known, *got) : "another event";
      },
      atom::transaction_v, transaction_id{receipt->id.book, seq});
}

void questions::ask_by_key() {
  auto floor = bank_->acknowledged();
  auto key = workload_->any_key();
  ask<recorded_event>(
      "transaction " + key,
      [=](const model& known, const result<recorded_event>& got) -> std::string {
        auto mine = known.keys().find(key);
        if (!got) {
          auto excused = got.error().code() == ec::not_found &&
                         (mine == known.keys().end() || mine->second > floor);
          return excused ? "" : wrong(got.error());
        }
        if (mine == known.keys().end() || mine->second != got->receipt.id.seq)
          return "another event";
        return check_event(known, *got);
      },
      atom::transaction_v, key);
}

void questions::ask_trial_balance() {
  auto floor = bank_->acknowledged();
  ask<std::vector<trial_balance_view>>(
      "trial balance",
      [=](const model& known, const result<std::vector<trial_balance_view>>& got) -> std::string {
        if (!got)
          return wrong(got.error());
        return is_of_some_moment(known, *got, floor, known.last()) ? "" : "is of no moment";
      },
      atom::trial_balance_v);
}

void questions::ask_trial_balance_at() {
  auto floor = bank_->acknowledged();
  auto seq = any_seq();
  if (seq == event_seq{} || seq > floor)
    return;
  ask<std::vector<trial_balance_view>>(
      fmt::format("trial balance at {}", seq.value()),
      [=](const model& known, const result<std::vector<trial_balance_view>>& got) -> std::string {
        if (!got)
          return got.error().code() == ec::invalid_argument && !known.ends_unit(seq)
                     ? ""
                     : wrong(got.error());
        if (!known.ends_unit(seq))
          return "is answered within a unit";
        return same(*got, known.trial_balance_at(seq)) ? "" : "is wrong";
      },
      atom::trial_balance_v, moment{seq, {}});
}

void questions::ask_accounts() {
  auto floor = bank_->acknowledged();
  ask<accounts_page>(
      "accounts",
      [=](const model& known, const result<accounts_page>& got) -> std::string {
        if (!got)
          return wrong(got.error());
        for (auto& x : got->items)
          if (auto found = check_view(known, x, floor, known.last()); !found.empty())
            return x.definition.path + ": " + found;
        for (auto& [path, mine] : known.accounts())
          if (mine.opened_at <= floor &&
              std::ranges::none_of(got->items, [&](auto& x) { return x.definition.path == path; }))
            return path + " is missing";
        return "";
      },
      atom::accounts_v, accounts_query{});
}

void questions::ask_for_snapshot() {
  ask<snapshot_info>(
      "for a snapshot",
      [](const model& known, const result<snapshot_info>& got) -> std::string {
        // The book is empty, or could only be opened to be read.
        auto excused = !got && (got.error().code() == ec::invalid_argument ||
                                got.error().code() == ec::failed);
        if (!got)
          return excused ? "" : wrong(got.error());
        return got->seq <= known.last() ? "" : "it is of an event that is not in the log";
      },
      atom::snapshot_v);
}

} // namespace daybook::simulation
