#include "tests/simulation/simulation.hpp"

#include "log/verify.hpp"
#include "tests/simulation/explanation.hpp"
#include "tests/simulation/reopening.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace daybook::simulation {

using namespace actors;
using namespace std::chrono_literals;

simulation::simulation(const run_options& options, trace& told)
    : options_(options),
      told_(&told),
      dice_(options.seed, "driver"),
      machine_(options.seed, draw_options(), options.bugs, told),
      workload_(options.seed),
      bank_(machine_, workload_, 2 + dice_.below(4), options.seed),
      questions_(machine_, bank_, workload_, options.seed),
      followers_(machine_, bank_, options.seed),
      actions_left_(options.actions) {}

simulation::~simulation() {
  forget_process();
  if (machine_.is_running())
    machine_.kill_process();
}

/// Everything small, so that every limit is met.
node_options simulation::draw_options() {
  node_options x;
  x.data = "/data";
  x.log.segment_bytes = 4096 + dice_.between(1'500, 12'000);
  x.hot_keys_max = dice_.between(4, 50);
  x.snapshot_events = dice_.chance(200) ? 0 : dice_.between(7, 60);
  x.batch.events_max = dice_.between(8, 64);
  x.batch.bytes_max = dice_.between(2'000, 20'000);
  x.recent_bytes_max = dice_.chance(300) ? 0 : dice_.between(500, 20'000);
  x.flushed_keys_min = dice_.between(15, 60);
  x.index = dice_.chance(880);
  if (auto what = dice_.below(10); what < 5)
    x.restarts.kind = what == 0 ? restart_kind::never : restart_kind::once;
  else
    x.restarts.restarts_max = static_cast<std::uint32_t>(dice_.between(1, 8));
  return x;
}

// -- the course of a run ------------------------------------------------------------------------

void simulation::run() {
  if (!machine_.start())
    return;
  settle();
  if (!bank_.has_book())
    return;
  request founding;
  founding.how = form::batch;
  founding.client = bank_.lasting_client();
  founding.items = workload_.foundations();
  founding.items.resize(std::min<std::size_t>(founding.items.size(), 7));
  bank_.send(founding);
  wait_for_answers();
  judge();
  while (actions_left_ > 0 && !is_wrong()) {
    play_round();
    settle();
    if (!is_wrong())
      judge();
  }
  if (is_wrong())
    return;
  machine_.stop_in_order();
  forget_process();
  machine_.end_process();
  check_files();
  if (options_.with.rot && dice_.chance(300) && !is_wrong())
    let_rot();
}

void simulation::play_round() {
  ++rounds_;
  told_->event(fmt::format("-- round {}", rounds_));
  trouble_disk(50);
  auto actions = std::min(actions_left_, dice_.between(10, 60));
  actions_left_ -= actions;
  for (; actions > 0 && !is_wrong(); --actions) {
    if (!machine_.is_running()) {
      trouble_disk(12);
      start_again();
    }
    if (machine_.is_running()) {
      act();
      for (auto steps = dice_.below(14); steps > 0; --steps)
        machine_.step();
    }
    if (machine_.disk().is_dark())
      lose_power();
  }
  if (!is_wrong())
    end_round();
}

/// What goes wrong with the disk from now on. The power goes within so many changes, if it does.
void simulation::trouble_disk(std::uint64_t changes_max) {
  if (options_.with.disk_faults && dice_.chance(350)) {
    fault_rates rates;
    rates.read = dice_.chance(300) ? dice_.below(30) : 0;
    rates.write = dice_.chance(500) ? dice_.below(30) : 0;
    rates.sync = dice_.chance(600) ? dice_.below(60) : 0;
    rates.other = dice_.chance(300) ? dice_.below(30) : 0;
    machine_.disk().set_faults(rates);
  }
  if (options_.with.index_faults && dice_.chance(300))
    machine_.trouble_index(dice_.between(50, 500));
  if (options_.with.power_losses && dice_.chance(500))
    machine_.disk().lose_power_at(dice_.between(1, changes_max));
}

void simulation::lose_power() {
  forget_process();
  machine_.lose_power();
}

void simulation::act() {
  if (!bank_.has_book()) {
    if (bank_.open_error() && !is_not_open(bank_.open_error()->code()))
      told_->violation("the book does not open: " + to_string(*bank_.open_error()));
    return bank_.ask_for_book();
  }
  auto what = dice_.below(1000);
  if (what < 600)
    return bank_.write();
  if (what < 800)
    return questions_.ask();
  if (what < 880)
    return followers_.act();
  if (what < 900)
    return questions_.ask_for_snapshot();
  if (what < 940)
    return machine_.advance(
        std::chrono::microseconds{dice_.below(dice_.chance(100) ? 30'000'000 : 2'000)});
  if (what < 960) {
    machine_.drain();
    return expect_answers_of_ended();
  }
  misfortune();
}

void simulation::misfortune() {
  auto& with = options_.with;
  auto what = dice_.below(100);
  if (what < 12 && with.book_kills)
    bank_.kill_book();
  else if (what < 15)
    bank_.lift_failure();
  else if (what < 30 && with.client_kills)
    bank_.kill_client();
  else if (what < 50 && with.clock_jumps)
    machine_.jump_wall_clock(static_cast<std::int64_t>(dice_.below(20'000'000)) - 10'000'000);
  else if (what < 62 && with.full_disks) {
    told_->event("disk   is full");
    machine_.disk().set_full(true);
  } else if (what < 80) {
    machine_.disk().set_full(false);
  } else if (what < 88) {
    bank_.stop_book();
  }
}

void simulation::end_round() {
  auto& with = options_.with;
  auto what = dice_.below(100);
  if (!machine_.is_running())
    return;
  if (what < 30)
    return;
  auto is_killed = what >= 40 && what < 60 && with.process_kills;
  auto loses_power = what >= 60 && with.power_losses;
  if (!is_killed && !loses_power) {
    bank_.expect_stop();
    machine_.stop_in_order();
    loses_power = machine_.disk().is_dark();
  }
  if (loses_power)
    return lose_power();
  forget_process();
  is_killed ? machine_.kill_process() : machine_.end_process();
}

/// No handle of an actor outlives the process.
void simulation::forget_process() {
  questions_.forget_process();
  bank_.forget_process();
  followers_.forget_process();
}

void simulation::start_again() {
  auto& with = options_.with;
  if (with.lost_indexes)
    machine_.treat_index(dice_.chance(120)   ? machine::index_fate::deleted
                         : dice_.chance(120) ? machine::index_fate::rolled_back
                                             : machine::index_fate::kept);
  if (with.lost_snapshots && dice_.chance(100))
    machine_.delete_snapshots();
  machine_.start();
}

/// Everything is repaired and comes to rest.
void simulation::settle() {
  machine_.disk().set_faults({});
  machine_.disk().set_full(false);
  machine_.disk().lose_power_at(0);
  machine_.repair_index();
  if (!machine_.is_running())
    start_again();
  if (is_wrong())
    return;
  machine_.drain();
  bank_.lift_failure();
  wait_for_answers();
  bank_.end_fences();
  machine_.advance(70s); // a fence that nobody ends any more
  wait_for_answers();
  wait_for_writing();
  bank_.all_rests();
}

/// A book whose disk works and has space is written again, and nobody has to ask for it: the disk
/// is looked at every thirty seconds at least.
void simulation::wait_for_writing() {
  for (auto i = 0; i < 3 && !is_wrong(); ++i) {
    auto books =
        must_answer_of<std::vector<book_info>>(machine_.now().node, "the books", atom::books_v);
    if (!books || books->front().phase == book_phase::running)
      return;
    machine_.advance(30s);
    machine_.drain();
  }
  if (!is_wrong())
    told_->violation("the book is not written again");
}

void simulation::wait_for_answers() {
  for (auto i = 0; i < 50; ++i) {
    machine_.drain();
    expect_answers_of_ended();
    if (is_wrong())
      return;
    if (bank_.has_book() && bank_.unanswered() == 0 && questions_.unanswered() == 0)
      return;
    if (bank_.open_error() && !is_not_open(bank_.open_error()->code()))
      return told_->violation("the book does not open: " + to_string(*bank_.open_error()));
    bank_.ask_for_book();
    machine_.advance(i < 10 ? 1s : 60s);
  }
  if (!bank_.has_book())
    return told_->violation("the book does not come back" +
                            (bank_.open_error() ? ": " + to_string(*bank_.open_error()) : ""));
  if (bank_.unanswered() + questions_.unanswered() > 0) {
    for (auto& x : bank_.requests())
      if (!x.is_answered && !x.is_orphaned)
        told_->event("open   " + describe(x));
    told_->violation(
        fmt::format("{} requests are not answered", bank_.unanswered() + questions_.unanswered()));
  }
}

/// No caller waits for a timeout: an incarnation that has ended has answered everybody, when nobody
/// has anything to do and before any time has passed.
void simulation::expect_answers_of_ended() {
  if (!machine_.is_running() || machine_.disk().is_dark())
    return;
  bank_.expect_answers_of_ended();
  if (!bank_.has_book() && questions_.unanswered() > 0)
    told_->violation(fmt::format("the book has ended, and {} questions are not answered",
                                 questions_.unanswered()));
}

// -- judging ------------------------------------------------------------------------------------

template <class T, class Target, class... Words>
std::optional<T> simulation::must_answer_of(const Target& whom, const char* what, Words... words) {
  std::optional<T> answer;
  std::optional<error> refused;
  bank_.ask<T>(
      bank_.lasting_client(), whom, [] {},
      [&](const result<T>& got) {
        if (got)
          answer = *got;
        else
          refused = got.error();
      },
      words...);
  for (auto i = 0; i < 50 && !answer && !refused; ++i) {
    machine_.drain();
    if (!answer && !refused)
      machine_.advance(60s);
  }
  if (!answer)
    told_->violation(std::string{what} + ": " + (refused ? to_string(*refused) : "no answer"));
  return answer;
}

template <class T, class... Words>
std::optional<T> simulation::must_answer(const char* what, Words... words) {
  return must_answer_of<T>(bank_.book(), what, std::move(words)...);
}

std::optional<std::vector<recorded_event>> simulation::read_log() {
  std::vector<recorded_event> log;
  std::optional<event_seq> next{1};
  while (next) {
    events_query query{*next, static_cast<std::uint32_t>(dice_.between(20, 400))};
    auto page = must_answer<events_page>("reading the log", atom::events_v, query);
    if (!page)
      return std::nullopt;
    log.insert(log.end(), page->items.begin(), page->items.end());
    next = page->next;
  }
  return log;
}

/// What must hold of any log [I3] [I4] [I5] [I10].
void simulation::check_log(const std::vector<recorded_event>& log) {
  std::set<std::string> keys;
  for (std::size_t i = 0; i < log.size(); ++i) {
    auto& receipt = log[i].receipt;
    if (receipt.id.seq.value() != i + 1)
      return told_->violation(
          fmt::format("event {} stands where {} should", receipt.id.seq.value(), i + 1));
    if (auto* posted = std::get_if<ledger::transaction>(&log[i].content))
      if (!keys.insert(posted->key).second)
        return told_->violation("the key " + posted->key + " was posted twice");
    if (i == 0)
      continue;
    auto& before = log[i - 1].receipt;
    if (receipt.epoch < before.epoch)
      return told_->violation(fmt::format("the epoch goes back at event {}", i + 1));
    if (receipt.committed_at < before.committed_at)
      return told_->violation(fmt::format("time goes back at event {}", i + 1));
  }
}

/// A new incarnation writes under a higher epoch than all before it [I10].
void simulation::check_epochs() {
  for (auto& x : bank_.requests()) {
    if (x.how == form::rehearsal || x.how == form::submit)
      continue;
    for (auto& outcome : x.outcomes) {
      auto* receipt = std::get_if<ledger::receipt>(&outcome);
      if (!receipt || receipt->deduplicated)
        continue;
      auto is_new = x.asked.incarnation > checked_incarnation_;
      if (is_new ? receipt->epoch <= last_epoch_ : receipt->epoch != last_epoch_)
        told_->violation(fmt::format("incarnation {} writes under epoch {} after {}",
                                     x.asked.incarnation, receipt->epoch.value(),
                                     last_epoch_.value()));
      checked_incarnation_ = x.asked.incarnation;
      last_epoch_ = receipt->epoch;
    }
  }
}

void simulation::judge() {
  auto log = read_log();
  if (!log)
    return;
  check_log(*log);
  if (!model_)
    model_.emplace(log->empty() ? book_id{} : log->front().receipt.id.book);
  for (auto& mine : model_->events()) {
    auto at = mine.receipt.id.seq.value();
    if (at > log->size())
      return told_->violation(fmt::format("event {} is no longer in the log", at));
    if (auto found = check_event(*model_, (*log)[at - 1]); !found.empty())
      return told_->violation("what was in the log has changed: " + found);
  }
  if (!is_wrong())
    explanation{*model_, *log, *told_}.explain(bank_.requests());
  if (is_wrong())
    return;
  check_epochs();
  questions_.check(*model_);
  followers_.check(*model_, false);
  followers_.satisfy();
  followers_.check(*model_, true);
  check_state();
  check_history();
  bank_.acknowledge(model_->last());
  bank_.requests().clear();
  told_->event(fmt::format("judged {} events", model_->last().value()));
}

/// The state that came from a snapshot and what is behind it is the one that the log makes.
void simulation::check_state() {
  auto page = must_answer<accounts_page>("accounts", atom::accounts_v, accounts_query{});
  if (!page)
    return;
  if (page->items.size() != model_->accounts().size())
    return told_->violation("there are other accounts");
  for (auto& x : page->items) {
    auto found = model_->accounts().find(x.definition.path);
    if (found == model_->accounts().end())
      return told_->violation("nobody opened " + x.definition.path);
    auto& mine = found->second;
    if (x.definition != mine.definition || x.number != mine.number ||
        x.balance != ledger::amount{mine.balance()} || x.updated_seq != mine.updated() ||
        x.closed != mine.is_closed())
      return told_->violation("the state of " + x.definition.path + " is wrong");
  }
  auto rows = must_answer<std::vector<trial_balance_view>>("trial balance", atom::trial_balance_v);
  if (!rows)
    return;
  auto mine = model_->trial_balance_at(model_->last());
  for (auto& row : *rows)
    if (row.debit_turnover != row.credit_turnover || row.debit_balances != row.credit_balances)
      return told_->violation("the trial balance of " + row.asset + " is not zero");
  for (std::size_t i = 0; i < std::max(rows->size(), mine.size()); ++i)
    if (i >= rows->size() || i >= mine.size() ||
        (*rows)[i].debit_turnover != mine[i].debit_turnover ||
        (*rows)[i].debit_balances != mine[i].debit_balances)
      return told_->violation("the trial balance is wrong");
}

/// A few looks at what the index says.
void simulation::check_history() {
  if (model_->accounts().empty())
    return;
  auto i = model_->accounts().begin();
  std::advance(i, static_cast<std::ptrdiff_t>(dice_.below(model_->accounts().size())));
  auto& [path, mine] = *i;
  std::vector<history_entry> all;
  std::optional<event_seq> after{0};
  while (after) {
    auto page = must_answer<history_page>(
        "history", atom::history_v,
        history_query{path, *after, static_cast<std::uint32_t>(dice_.between(1, 50))});
    if (!page)
      return;
    all.insert(all.end(), page->entries.begin(), page->entries.end());
    after = page->next;
  }
  auto same = [](const history_entry& x, const model::entry& y) {
    return x.id.seq == y.seq && x.direction == y.direction && x.value == ledger::amount{y.value} &&
           x.balance_after == ledger::amount{y.balance_after};
  };
  if (!std::ranges::equal(all, mine.entries, same))
    told_->violation("the history of " + path + " is wrong");
}

/// Whoever has nothing but the files comes to the same end [I11].
void simulation::check_files() {
  chain_hash chain{}; // a record without events may come behind it
  auto visit = [&chain](const log::stored_batch& batch) -> result<void> {
    if (batch.event_count > 0)
      chain = batch.chain;
    return {};
  };
  auto verified =
      log::verify(machine_.disk().memory(), std::string{"/data/books/"} + bank::book_name,
                  bank::book_name, visit);
  if (!verified)
    return told_->violation("the files do not verify: " + to_string(verified.error()));
  auto last = model_->last();
  if (verified->last_seq != last ||
      (last != event_seq{} && chain != model_->event_at(last).receipt.chain))
    told_->violation("the files hold another log");
}

/// A byte of a segment that is full changes. The book may refuse to open, naming the file; or it
/// opens, and whoever reads the place is told. Nobody is told anything wrong [I8].
void simulation::let_rot() {
  std::vector<std::string> segments;
  for (auto& [path, content] : machine_.disk().memory().files())
    if (path.ends_with(".log"))
      segments.push_back(path);
  if (segments.size() < 2)
    return;
  segments.pop_back();
  machine_.disk().rot(dice_.pick(segments));
  auto before = machine_.disk().memory().files();
  if (!machine_.start())
    return;
  for (auto i = 0; i < 3 && !bank_.has_book() && !bank_.open_error(); ++i) {
    bank_.ask_for_book();
    machine_.drain();
  }
  if (auto refused = bank_.open_error()) {
    if (refused->code() != ec::corrupt || refused->get("file").empty())
      told_->violation("rot is called " + to_string(*refused));
    if (machine_.disk().memory().files() != before)
      told_->violation("a book that is corrupt was changed");
    return;
  }
  for (std::optional<event_seq> next{1}; next;) {
    std::optional<result<events_page>> got;
    bank_.ask<events_page>(
        bank_.lasting_client(), bank_.book(), [] {}, [&](const result<events_page>& x) { got = x; },
        atom::events_v, events_query{*next, 30});
    machine_.drain();
    if (!got)
      return told_->violation("a page of a log that has rot is never answered");
    if (!*got) {
      if (got->error().code() != ec::corrupt)
        told_->violation("rot is called " + to_string(got->error()));
      return;
    }
    if (auto found = check_page(*model_, **got, *next, model_->last()); !found.empty())
      return told_->violation("a log that has rot is read: " + found);
    next = (*got)->next;
  }
}

std::string simulation::summary() const {
  return fmt::format("{} events, {} rounds, {} lives, {} incarnations",
                     model_ ? model_->last().value() : 0, rounds_, machine_.lives(),
                     bank_.incarnation());
}

} // namespace daybook::simulation
