#include "tests/simulation/bank.hpp"

#include "tests/simulation/reopening.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace daybook::simulation {

using namespace actors;

namespace {

std::vector<ledger::command> commands_of(const request& x) {
  std::vector<ledger::command> all;
  for (auto& item : x.items)
    all.push_back(item.what);
  return all;
}

} // namespace

bank::bank(machine& on, workload& asks, std::size_t clients, std::uint64_t seed)
    : on_(&on), asks_(&asks), dice_(seed, "clients"), ports_(clients), causes_(on) {}

// -- the book -----------------------------------------------------------------------------------

void bank::ask_for_book() {
  if (book_ || is_opening_ || !on_->is_running())
    return;
  is_opening_ = true;
  ask<book_actor>(
      lasting_client(), on_->now().node, [] {},
      [this](const result<book_actor>& opened) {
        is_opening_ = false;
        open_error_.reset();
        if (!opened) {
          open_error_ = opened.error();
          on_->told().event("book   does not open: " + to_string(opened.error()));
          if (auto wrong = causes_.missing_for_opening(opened.error()); !wrong.empty())
            on_->told().violation(wrong);
          return;
        }
        book_ = *opened;
        ++incarnation_;
        causes_.book_begins();
        is_to_stop_ = false;
        on_->told().event(fmt::format("book   is open, incarnation {}", incarnation_));
        auto watcher = on_->now().system.spawn(
            [this, book = book_, process = &on_->now()](caf::event_based_actor* self) {
              self->monitor(book);
              self->set_down_handler([=, this](const caf::down_msg& down) {
                if (process->is_over)
                  return;
                on_->told().event("book   ended: " +
                                  to_string(from_caf(down.reason, ec::outcome_unknown)));
                book_ = nullptr;
                causes_.book_ended();
              });
              return caf::behavior{[](caf::tick_atom) {}};
            });
        on_->now().clients.push_back(watcher);
      },
      atom::open_v, std::string{book_name}, open_mode::create);
}

void bank::lift_failure() {
  if (!on_->is_running())
    return;
  ask<std::vector<book_info>>(
      lasting_client(), on_->now().node, [] {},
      [this](const result<std::vector<book_info>>& books) {
        if (!books || books->empty() || books->front().phase != book_phase::failed)
          return;
        on_->told().event("book   is to be restarted");
        doubt_fences([](auto&) { return true; });
        causes_.stop_begins();
        ask<book_actor>(
            lasting_client(), on_->now().node, [] {},
            [this](const result<book_actor>&) {
              causes_.stop_ends();
              causes_.is_forgiven();
            },
            atom::restart_v, std::string{book_name});
      },
      atom::books_v);
}

void bank::kill_book() {
  if (!book_)
    return;
  on_->told().event("book   is killed");
  causes_.book_is_killed();
  caf::anon_send_exit(book_, caf::exit_reason::kill);
}

void bank::forget_process() {
  book_ = nullptr;
  is_opening_ = false;
  open_error_.reset();
  for (auto& x : ports_)
    x = {};
  for (auto& x : arrived_)
    x.is_orphaned = x.is_orphaned || !x.is_answered;
  *unanswered_ = 0;
  causes_.process_begins();
}

// -- what is expected of all answers --------------------------------------------------------------

/// What its client does not wait for any more is the book's to do all the same.
causes::asking bank::asking(std::uint64_t incarnation) const {
  auto x = causes_.begin(incarnation);
  for (auto& sent : arrived_) {
    if (sent.asked.incarnation != incarnation)
      continue;
    x.is_fenced = x.is_fenced || may_be_fenced_by(sent);
    if (sent.is_answered)
      continue;
    ++x.others;
    x.items += sent.how == form::commit_fence ? on_->options().batch.events_max : sent.items.size();
  }
  return x;
}

bool bank::may_be_fenced_by(const request& begin) const {
  auto ends_it = [&](const request& x) {
    return (x.how == form::commit_fence || x.how == form::cancel_fence) && x.is_answered &&
           !x.failed && x.fence == begin.began;
  };
  return begin.how == form::begin_fence && !begin.failed && std::ranges::none_of(arrived_, ends_it);
}

void bank::expect_cause(const error& x, const causes::asking& when, const std::string& of) {
  if (auto wrong = causes_.missing(x, when); !wrong.empty())
    on_->told().violation(wrong + ": " + of);
}

void bank::expect_answers_of_ended() const {
  for (auto& x : arrived_)
    if (!x.is_answered && !x.is_orphaned && (!book_ || x.asked.incarnation != incarnation_))
      on_->told().violation("the book has ended, and this is not answered: " + describe(x));
}

// -- clients ------------------------------------------------------------------------------------

void bank::spawn(port& x) {
  x = {};
  x.jobs = std::make_shared<std::deque<job>>();
  x.handle = on_->now().system.spawn([jobs = x.jobs](caf::event_based_actor* self) {
    return caf::behavior{[self, jobs](caf::tick_atom) {
      if (jobs->empty())
        return; // it is killed, and has not heard of it
      auto next = std::move(jobs->front());
      jobs->pop_front();
      next(self);
    }};
  });
  on_->now().clients.push_back(x.handle);
}

bank::port& bank::port_of(std::size_t client) {
  auto& x = ports_[client];
  if (!x.handle)
    spawn(x);
  return x;
}

void bank::kill_client() {
  auto client = any_client();
  auto& x = ports_[client];
  if (!x.handle || client == lasting_client())
    return;
  on_->told().event(fmt::format("c{}     is killed", client));
  x.jobs->clear();
  caf::anon_send_exit(x.handle, caf::exit_reason::kill);
  for (auto& sent : arrived_)
    if (sent.client == client && !sent.is_answered && !sent.is_orphaned) {
      sent.is_orphaned = true;
      --*unanswered_;
    }
  doubt_fences([client](auto& sent) { return sent.client == client; });
  x = {};
}

/// Their fences may end whenever the book hears of it.
void bank::doubt_fences(const std::function<bool(const request&)>& whose) {
  for (auto& sent : arrived_)
    if (sent.how == form::begin_fence && sent.is_answered && whose(sent))
      sent.is_orphaned = true;
}

void bank::stop_book() {
  on_->told().event("book   is to stop");
  expect_stop();
  ask<void>(
      lasting_client(), on_->now().node, [] {},
      [this](const result<void>&) { causes_.stop_ends(); }, atom::stop_v, std::string{book_name});
}

void bank::expect_stop() {
  causes_.stop_begins();
  is_to_stop_ = true;
  doubt_fences([](auto&) { return true; });
}

void bank::write() {
  auto client = any_client();
  auto& x = port_of(client);
  if (!x.fence) {
    if (!x.is_beginning && dice_.chance(30)) {
      request begin;
      begin.how = form::begin_fence;
      begin.client = client;
      begin.timeout_us = static_cast<std::int64_t>(dice_.between(1, 60)) * 1'000'000;
      x.is_beginning = true;
      return send(begin);
    }
    return send(asks_->next(client));
  }
  if (x.submissions < 4 && dice_.chance(700)) {
    ++x.submissions;
    return send(asks_->next_submission(client, *x.fence));
  }
  // Nobody commits what is not known to be there.
  if (x.answered_submissions < x.submissions)
    return;
  if (dice_.chance(100))
    return; // forgotten, until its time is over
  request end;
  end.how = dice_.chance(750) ? form::commit_fence : form::cancel_fence;
  end.client = client;
  end.fence = *std::exchange(x.fence, std::nullopt);
  send(end);
}

void bank::end_fences() {
  for (std::size_t client = 0; client < ports_.size(); ++client)
    if (auto& x = ports_[client]; x.fence && book_) {
      request end;
      end.how = form::cancel_fence;
      end.client = client;
      end.fence = *std::exchange(x.fence, std::nullopt);
      send(end);
    }
}

void bank::send(request x) {
  if (!book_)
    return;
  x.number = ++numbers_;
  x.asked.incarnation = incarnation_;
  auto changed = x;
  if (on_->bugs().outgoing)
    on_->bugs().outgoing(changed, arrived_);
  send_to_book(std::make_shared<request>(std::move(x)), changed);
}

/// It has just come to the book: the order of these calls is the order in which they are judged.
request& bank::arrive(const request& sent) {
  auto asked = asking(sent.asked.incarnation);
  asked.items += sent.items.size();
  auto& x = arrived_.emplace_back(sent);
  x.asked = asked;
  x.arrived_us = on_->elapsed_us();
  on_->told().event("send   " + describe(x));
  ++*unanswered_;
  return x;
}

void bank::answer(request& x, std::optional<error> failed, std::vector<outcome> outcomes) {
  if (x.is_orphaned)
    return;
  --*unanswered_;
  x.is_answered = true;
  x.answered_us = on_->elapsed_us();
  x.failed = std::move(failed);
  x.outcomes = std::move(outcomes);
  if (x.how == form::submit)
    ++ports_[x.client].answered_submissions;
  if (x.how == form::submit && x.failed && (!x.atomic || is_unknown(x.failed->code())))
    ports_[x.client].fence.reset(); // over, or nobody knows what is behind it
  on_->told().event(fmt::format("answer #{} {}", x.number, describe_answer(x)));
  if (x.failed)
    expect_cause(*x.failed, x.asked, describe(x));
  for (auto& one : x.outcomes)
    if (auto* refused = std::get_if<error>(&one))
      expect_cause(*refused, x.asked, describe(x));
  asks_->learn(x);
  if (x.how != form::rehearsal)
    for (auto& one : x.outcomes)
      if (auto* receipt = std::get_if<ledger::receipt>(&one))
        acknowledge(receipt->id.seq);
}

template <class... Words>
void bank::send_single(std::shared_ptr<request> x, Words... words) {
  auto at = std::make_shared<request*>(nullptr);
  ask<ledger::receipt>(
      x->client, book_, [this, x, at] { *at = &arrive(*x); },
      [this, at](const result<ledger::receipt>& got) {
        if (got)
          return answer(**at, {}, {*got});
        if (is_turned_away(got.error().code()) || is_unknown(got.error().code()))
          return answer(**at, got.error(), {});
        answer(**at, {}, {got.error()});
      },
      words...);
}

template <class... Words>
void bank::send_many(std::shared_ptr<request> x, Words... words) {
  auto at = std::make_shared<request*>(nullptr);
  ask<std::vector<outcome>>(
      x->client, book_, [this, x, at] { *at = &arrive(*x); },
      [this, at](const result<std::vector<outcome>>& got) {
        got ? answer(**at, {}, *got) : answer(**at, got.error(), {});
      },
      words...);
}

/// `changed` is what goes to the book; without a deliberate bug it is the same.
void bank::send_to_book(std::shared_ptr<request> x, const request& changed) {
  auto at = std::make_shared<request*>(nullptr);
  auto on_sent = [this, x, at] { *at = &arrive(*x); };
  auto batch = [&] { return write_batch{changed.items, changed.atomic}; };
  switch (changed.how) {
  case form::single: {
    auto& item = changed.items.front();
    auto* posted = std::get_if<ledger::transaction>(&item.what);
    auto* account = std::get_if<ledger::account_definition>(&item.what);
    if (posted && item == ledger::write{*posted})
      return send_single(x, atom::commit_v, *posted);
    if (account && item == ledger::write{*account})
      return send_single(x, atom::commit_v, *account);
    return send_single(x, atom::commit_v, item);
  }
  case form::many:
    return send_many(x, atom::commit_v, commands_of(changed));
  case form::batch:
    return send_many(x, atom::commit_v, batch());
  case form::rehearsal:
    return send_many(x, atom::rehearse_v, batch());
  case form::submit:
    return send_many(x, atom::submit_v, changed.fence, batch());
  case form::begin_fence:
    return ask<fence_id>(
        x->client, book_, on_sent,
        [this, at, client = x->client](const result<fence_id>& got) {
          if ((*at)->is_orphaned)
            return; // to a client that is killed and has not heard of it
          auto& port = ports_[client];
          port.is_beginning = false;
          if (got) {
            (*at)->began = *got;
            port.fence = *got;
            port.submissions = port.answered_submissions = 0;
            answer(**at, {}, {});
            (*at)->is_orphaned = is_to_stop_;
            return;
          }
          answer(**at, got.error(), {});
        },
        atom::begin_fence_v,
        fence_options{
            std::chrono::duration_cast<caf::timespan>(std::chrono::microseconds{x->timeout_us})});
  case form::commit_fence:
    return ask<std::vector<ledger::receipt>>(
        x->client, book_, on_sent,
        [this, at](const result<std::vector<ledger::receipt>>& got) {
          if (got)
            return answer(**at, {}, {got->begin(), got->end()});
          answer(**at, got.error(), {});
        },
        atom::commit_fence_v, x->fence);
  case form::cancel_fence:
    return ask<void>(
        x->client, book_, on_sent,
        [this, at](const result<void>& got) {
          answer(**at, got ? std::nullopt : std::optional{got.error()}, {});
        },
        atom::cancel_fence_v, x->fence);
  }
}

} // namespace daybook::simulation
