#include "tests/simulation/followers.hpp"

#include "actors/event_matcher.hpp"
#include "tests/simulation/questions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::simulation {

using namespace actors;

namespace {

struct wish {
  const event_filter& filter;

  bool kind(event_kind x) const {
    return filter.kinds.empty() || std::ranges::find(filter.kinds, x) != filter.kinds.end();
  }

  bool path(const std::string& x) const {
    return filter.account_prefixes.empty() ||
           std::ranges::any_of(filter.account_prefixes,
                               [&](auto& prefix) { return path_is_within(prefix, x); });
  }

  bool operator()(const ledger::asset_definition&) const {
    return kind(event_kind::asset_registered) && filter.account_prefixes.empty();
  }
  bool operator()(const ledger::account_definition& x) const {
    return kind(event_kind::account_opened) && path(x.path);
  }
  bool operator()(const ledger::transaction& x) const {
    return kind(event_kind::transaction_posted) &&
           std::ranges::any_of(x.postings, [&](auto& posting) { return path(posting.account); });
  }
  bool operator()(const ledger::account_closing& x) const {
    return kind(event_kind::account_closed) && path(x.path);
  }
  bool operator()(const ledger::account_reopening& x) const {
    return kind(event_kind::account_reopened) && path(x.path);
  }
  bool operator()(const ledger::reversal&) const { return false; }
};

} // namespace

followers::followers(machine& on, bank& from, std::uint64_t seed)
    : on_(&on), bank_(&from), dice_(seed, "followers") {
  for (auto n = dice_.between(2, 4); n > 0; --n) {
    auto x = std::make_shared<follower>();
    x->wanted.mode = dice_.chance(250) ? delivery_mode::lossy : delivery_mode::guaranteed;
    x->wanted.credit = static_cast<std::uint32_t>(dice_.between(1, dice_.chance(500) ? 3 : 100));
    if (dice_.chance(400))
      x->wanted.filter.account_prefixes = {workload::path_of(dice_.below(4))};
    if (dice_.chance(300))
      x->wanted.filter.kinds = {event_kind::transaction_posted, event_kind::account_closed};
    all_.push_back(std::move(x));
  }
}

subscriber_actor followers::spawn_subscriber(const std::shared_ptr<follower>& x) {
  auto& process = on_->now();
  auto listens = [x, p = &process, mine = ++x->subscriptions] {
    return !p->is_over && x->subscriptions == mine;
  };
  subscriber_actor made = process.system.spawn(
      [x, listens](subscriber_actor::pointer) -> subscriber_actor::behavior_type {
        return {
            [x, listens](atom::deliver, const delivery& told) -> caf::result<void> {
              if (listens())
                x->told.push_back(told);
              return caf::unit;
            },
            [x, listens](atom::ended, const error&) {
              if (!listens())
                return;
              x->follows = false;
              x->has_ended = true;
            },
        };
      });
  process.clients.push_back(caf::actor_cast<caf::actor>(made));
  return made;
}

void followers::subscribe(const std::shared_ptr<follower>& x) {
  if (!bank_->has_book() || x->is_subscribing)
    return;
  x->is_subscribing = true;
  x->has_ended = false;
  x->self = spawn_subscriber(x);
  auto wanted = x->wanted;
  // What was told and not yet judged counts too.
  auto next = x->told.empty() ? x->next : x->told.back().last.next();
  wanted.from = next;
  auto target =
      on_->bugs().subscriber ? on_->bugs().subscriber(on_->now().system, x->self) : x->self;
  bank_->ask_book<subscription_actor>(
      "to follow", [] {},
      [this, x](const result<subscription_actor>& got) {
        x->is_subscribing = false;
        on_->told().event(got ? "follow begins" : "follow refused: " + to_string(got.error()));
        if (!got)
          return;
        x->feed = *got;
        x->follows = !x->has_ended;
        if (x->wanted.mode == delivery_mode::lossy)
          x->next = {}; // wherever it begins
      },
      atom::subscribe_v, target, wanted);
}

void followers::act() {
  if (dice_.chance(250))
    return use_cursor();
  auto& x = dice_.pick(all_);
  if (!x->follows)
    return subscribe(x);
  if (dice_.chance(30)) {
    on_->told().event("follow is cancelled");
    caf::anon_send_exit(x->self, caf::exit_reason::kill);
    x->follows = false;
    x->feed = nullptr;
    return;
  }
  caf::anon_send(x->feed, atom::credit_v, static_cast<std::uint32_t>(dice_.between(1, 30)));
}

void followers::satisfy() {
  for (auto& x : all_) {
    if (!x->follows)
      subscribe(x);
    on_->drain();
    if (x->follows)
      caf::anon_send(x->feed, atom::credit_v, std::uint32_t{1'000'000});
    on_->drain();
  }
}

void followers::forget_process() {
  for (auto& x : all_) {
    x->self = nullptr;
    x->feed = nullptr;
    x->follows = false;
    x->is_subscribing = false;
  }
  cursor_->is_held = cursor_->is_busy = false;
}

// -- a durable cursor ---------------------------------------------------------------------------

void followers::use_cursor() {
  auto c = cursor_;
  if (c->is_busy || !bank_->has_book())
    return;
  c->is_busy = true;
  if (!c->is_held) {
    c->client = bank_->lasting_client();
    cursor_request request;
    request.name = "worker";
    bank_->ask<cursor_info>(
        c->client, bank_->book(), [] {},
        [this, c](const result<cursor_info>& got) {
          c->is_busy = false;
          if (!got)
            return;
          c->is_held = true;
          on_->told().event(fmt::format("cursor is at {}", got->position.value()));
          if (!c->may_be.contains(got->position.value()))
            on_->told().violation(
                fmt::format("the cursor is at {}, where it never was", got->position.value()));
        },
        atom::open_cursor_v, request);
    return;
  }
  auto seq = event_seq{dice_.below(bank_->acknowledged().value() + 1)};
  c->may_be.insert(seq.value());
  bank_->ask<void>(
      c->client, bank_->book(), [] {},
      [this, c, seq](const result<void>& got) {
        c->is_busy = false;
        if (got) {
          on_->told().event(fmt::format("cursor is stored at {}", seq.value()));
          c->may_be = {seq.value()};
        } else {
          c->is_held = false;
        }
      },
      atom::store_cursor_v, std::string{"worker"}, seq);
}

// -- judging ------------------------------------------------------------------------------------

std::string followers::check_delivery(const model& known, follower& x, const delivery& one) const {
  auto is_lossy = x.wanted.mode == delivery_mode::lossy;
  if (is_lossy && x.next == event_seq{})
    x.next = one.first;
  if (is_lossy && one.first > x.next)
    x.next = one.first; // it subscribed again in between
  if (one.first != x.next)
    return fmt::format("it begins with {} and should with {}", one.first.value(), x.next.value());
  if (one.last > known.last() || one.durable > known.last())
    return fmt::format("event {} is not in the log", std::max(one.last, one.durable).value());
  if (!known.ends_unit(one.last))
    return fmt::format("it ends in the middle of a unit, at {}", one.last.value());
  std::vector<event_seq> wanted;
  for (auto at = one.first; at <= one.last; at = at.next())
    if (std::visit(wish{x.wanted.filter}, known.event_at(at).content))
      wanted.push_back(at);
  std::vector<event_seq> got;
  for (auto& event : one.events) {
    got.push_back(event.receipt.id.seq);
    if (auto found = check_event(known, event); !found.empty())
      return found;
  }
  if (!is_lossy && one.dropped != 0)
    return "it dropped events";
  if (!is_lossy && got != wanted)
    return fmt::format("of {} to {} it has other events", one.first.value(), one.last.value());
  if (is_lossy && !std::ranges::includes(wanted, got))
    return "it has events that were not wanted";
  x.next = one.last.next();
  return {};
}

void followers::check(const model& known, follower& x, bool at_rest) {
  for (auto& one : x.told)
    if (auto found = check_delivery(known, x, one); !found.empty())
      return on_->told().violation("a delivery is wrong: " + found);
  x.told.clear();
  if (at_rest && x.wanted.mode == delivery_mode::guaranteed && x.next != known.last().next())
    on_->told().violation(fmt::format("a follower is at {}, and the book at {}", x.next.value() - 1,
                                      known.last().value()));
}

void followers::check(const model& known, bool at_rest) {
  for (auto& x : all_)
    check(known, *x, at_rest);
}

} // namespace daybook::simulation
