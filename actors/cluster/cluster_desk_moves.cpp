// How a cluster desk has books brought to where they belong (docs/decisions/0024).

#include "actors/cluster/carrier.hpp"
#include "actors/cluster/cluster_desk.hpp"
#include "actors/cluster/placement.hpp"
#include "actors/cluster/refusals.hpp"
#include "actors/errors.hpp"
#include "actors/logging.hpp"
#include "base/names.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace daybook::actors {

namespace {

/// A node that has not heard of the map yet does so soon.
constexpr int tries_of_a_request = 20;
constexpr caf::timespan pause_of_a_request = std::chrono::milliseconds{300};

/// A book that could not be moved by itself is left alone for so long: a moment when a node was
/// busy, and longer each time when it was copied in vain.
constexpr caf::timespan pause_when_busy = std::chrono::seconds{1};
constexpr caf::timespan pause_first = std::chrono::seconds{10};
constexpr caf::timespan pause_longest = std::chrono::minutes{10};

error is_not_here(const std::string& book) {
  return {ec::not_found, "there is no book '" + printable(book) + "'", {{"what", printable(book)}}};
}

bool has(const std::vector<std::string>& books, const std::string& book) {
  return std::ranges::binary_search(books, book);
}

} // namespace

// -- for who asks ---------------------------------------------------------------------------------

/// The pin is durable first: wherever the move is interrupted, the book is brought there later.
caf::result<shard_map> cluster_desk_state::on_move(const std::string& book,
                                                   const std::string& node) {
  if (!membership_ || !node_)
    return to_caf(is_starting(*env_));
  auto* place = place_of(membership_->map(), book);
  if (!place || place->node != node)
    if (auto pinned =
            change_and_report(with_pin(membership_->map(), book, node, env_->random->next()));
        !pinned)
      return to_caf(std::move(pinned.error()));
  auto answer = self_->make_response_promise<shard_map>();
  // To itself: what finds the book answers with nothing, and the caller gets the map.
  self_
      ->request(caf::actor_cast<cluster_actor>(self_), caf::infinite, atom::carry_v, book,
                membership_->map())
      .then([this, answer]() mutable { answer.deliver(membership_->map()); },
            [answer](const caf::error& why) mutable { answer.deliver(why); });
  return answer;
}

caf::result<void> cluster_desk_state::on_carry(const std::string& book, shard_map& map) {
  if (!membership_ || !node_)
    return to_caf(is_starting(*env_));
  cluster_news news{std::move(map), {}};
  take("who asks for a move", news);
  auto is_own = self_->current_sender() == self_->ctrl();
  auto answer = self_->make_response_promise<void>();
  find_and_move(book, answer, is_own ? tries_of_a_request : 0);
  return answer;
}

/// `tries_left`: of finding it elsewhere; zero when another node has asked.
void cluster_desk_state::find_and_move(const std::string& book, done_promise answer,
                                       int tries_left) {
  // No timeout: the supervisor is of this process, and answers from memory.
  self_->request(node_, caf::infinite, atom::holdings_v)
      .then(
          [=, this](const std::vector<std::string>& books) mutable {
            if (has(books, book))
              want({book, tries_of_a_request, answer});
            else if (tries_left > 0)
              ask_owner(book, answer, tries_left - 1);
            else
              answer.deliver(to_caf(is_not_here(book)));
          },
          [answer](const caf::error& why) mutable { answer.deliver(why); });
}

/// One that is not here is with the node that said so, or where it belongs. Under a map that some
/// did not confirm yet nobody may have said so.
void cluster_desk_state::ask_owner(const std::string& book, done_promise answer, int tries_left) {
  auto picture = env_->cluster->now();
  auto where = picture->place(book);
  auto is_sure = picture->unheard().empty() || tries_left == 0;
  auto look_again = [=, this] {
    self_->run_delayed(pause_of_a_request, [=, this] { find_and_move(book, answer, tries_left); });
  };
  if (where.what == placing::verdict::undecided && !is_sure)
    return look_again();
  if (where.what != placing::verdict::elsewhere)
    return answer.deliver(to_caf(refusal_of(where, book, *picture).value_or(is_not_here(book))));
  auto known = peers_.find(where.owner.node);
  if (known == peers_.end() || !known->second.desk)
    return answer.deliver(to_caf({ec::unavailable,
                                  "the node '" + where.owner.node + "', which has the book '" +
                                      printable(book) + "', cannot be reached",
                                  {{"node", where.owner.node}, {"what", printable(book)}}}));
  std::erase_if(forwarded_, [](auto& x) { return !x.second.pending(); });
  forwarded_.emplace_back(where.owner.node, answer);
  // No timeout: a large book takes as long as it takes, and a node that is lost is noticed.
  self_->request(known->second.desk, caf::infinite, atom::carry_v, book, membership_->map())
      .then(
          [answer]() mutable {
            if (answer.pending())
              answer.deliver();
          },
          [answer, is_sure, look_again](const caf::error& reason) mutable {
            if (!answer.pending())
              return;
            auto why = from_caf(reason, ec::unavailable);
            why.code() == ec::not_found && !is_sure ? look_again()
                                                    : answer.deliver(to_caf(std::move(why)));
          });
}

/// Whether they are done nobody can say here: the pin stays.
void cluster_desk_state::give_up_forwarded(const std::string& node) {
  for (auto& [asked, answer] : forwarded_)
    if (asked == node && answer.pending())
      answer.deliver(to_caf({ec::unavailable,
                             "the node '" + node +
                                 "', which has the book, was lost: it is moved "
                                 "when the node is back",
                             {{"node", node}}}));
  std::erase_if(forwarded_, [](auto& x) { return !x.second.pending(); });
}

// -- one after the other --------------------------------------------------------------------------

/// What somebody asks for goes before what is done by itself.
void cluster_desk_state::want(wanted_move x) {
  auto is_asked_for = x.answer.pending();
  if (is_asked_for && moves_.size() >= moves_max)
    return x.answer.deliver(to_caf({ec::overloaded,
                                    "too many books are to be moved",
                                    {{"what", "moves"}, {"limit", std::to_string(moves_max)}}}));
  if (is_asked_for)
    moves_.push_front(std::move(x));
  else
    moves_.push_back(std::move(x));
  move_next();
}

void cluster_desk_state::want_strays() {
  auto& reports = membership_->record().reports;
  auto own = std::ranges::find(reports, membership_->self(), &node_report::node);
  if (own == reports.end() || !membership_->map().find(membership_->self()))
    return;
  auto now = self_->clock().now();
  auto is_stray = [&](auto& book) { return std::ranges::binary_search(own->strays, book); };
  std::erase_if(pauses_, [&](auto& x) { return !is_stray(x.first); });
  for (auto& book : std::vector{own->strays}) {
    auto waits = pauses_.find(book);
    auto is_due = waits == pauses_.end() || waits->second.until <= now;
    if (is_due && moves_.size() < moves_max && strays_wanted_.insert(book).second)
      want({.book = book});
  }
}

void cluster_desk_state::move_next() {
  while (!is_moving_ && !moves_.empty()) {
    auto next = std::move(moves_.front());
    moves_.pop_front();
    if (auto outcome = outcome_without_carrying(next.book))
      conclude(std::move(next), *outcome);
    else
      carry(std::move(next));
  }
}

/// Nothing when it has to be carried, and can be.
std::optional<result<void>>
cluster_desk_state::outcome_without_carrying(const std::string& book) const {
  auto* place = place_of(membership_->map(), book);
  if (!place)
    return fail(has_no_place(book));
  if (place->node == membership_->self())
    return result<void>{};
  auto known = peers_.find(place->node);
  if (known == peers_.end() || !known->second.desk || !known->second.is_up)
    return fail(ec::unavailable, "the node '" + place->node + "' cannot be reached",
                {{"node", place->node}, {"what", printable(book)}});
  return std::nullopt;
}

void cluster_desk_state::carry(wanted_move x) {
  auto& node = place_of(membership_->map(), x.book)->node;
  carry_job job{node_, caf::actor_cast<cluster_actor>(self_), node, peers_[node].desk, x.book};
  auto over = [this, x](const result<void>& outcome) {
    is_moving_ = false;
    conclude(x, outcome);
    if (moves_.empty())
      report();
    move_next();
  };
  is_moving_ = true;
  // No timeout: the carrier is of this process, and answers.
  self_->request(helpers_.carrier, caf::infinite, atom::carry_v, std::move(job))
      .then([over] { over({}); },
            [over](const caf::error& why) { over(fail(from_caf(why, ec::io))); });
}

void cluster_desk_state::conclude(wanted_move x, const result<void>& outcome) {
  // An offer may be left, whatever came of it.
  offers_left_ = std::max<std::uint64_t>(offers_left_, 1);
  if (!x.answer.pending()) {
    strays_wanted_.erase(x.book);
    if (!outcome)
      wait_with(x.book, outcome.error());
  } else if (outcome) {
    x.answer.deliver();
  } else if (outcome.error().code() == ec::busy && --x.tries_left > 0) {
    self_->run_delayed(pause_of_a_request, [this, x] { want(x); });
  } else if (outcome.error().code() == ec::not_found) {
    ask_owner(x.book, x.answer, 1); // it went by itself meanwhile
  } else {
    x.answer.deliver(to_caf(error{outcome.error()}));
  }
}

void cluster_desk_state::wait_with(const std::string& book, const error& why) {
  auto& x = pauses_[book];
  auto is_short = why.code() == ec::busy || why.code() == ec::unavailable;
  x.length = is_short ? pause_when_busy
                      : std::clamp<caf::timespan>(2 * x.length, pause_first, pause_longest);
  x.until = self_->clock().now() + x.length;
}

// -- books in doubt -------------------------------------------------------------------------------

/// The nodes that can be asked, one after the other; and first nobody, for offers to nodes that
/// were removed.
void cluster_desk_state::settle_offers() {
  if (offers_left_ == 0 || is_moving_ || is_settling_ || !node_)
    return;
  std::vector<std::string> nodes;
  for (auto& [node, x] : peers_)
    if (x.desk && x.is_up)
      nodes.push_back(node);
  nodes.emplace_back();
  is_settling_ = true;
  settle_with(std::move(nodes));
}

void cluster_desk_state::settle_with(std::vector<std::string> nodes) {
  if (nodes.empty()) {
    is_settling_ = false;
    return;
  }
  auto node = std::move(nodes.back());
  nodes.pop_back();
  auto known = peers_.find(node);
  carry_job job{node_, caf::actor_cast<cluster_actor>(self_), node,
                known == peers_.end() ? cluster_actor{} : known->second.desk};
  self_->request(helpers_.carrier, caf::infinite, atom::settle_v, std::move(job))
      .then(
          [this, nodes](std::uint64_t left) {
            offers_left_ = left;
            settle_with(left == 0 ? std::vector<std::string>{} : nodes);
          },
          [](const caf::error&) { /* the node is ending */ });
}

} // namespace daybook::actors
