#include "actors/cluster/carrier.hpp"

#include "actors/cluster/membership.hpp"
#include "actors/logging.hpp"
#include "base/names.hpp"

#include <algorithm>
#include <utility>

namespace daybook::actors {

namespace {

error is_busy(const std::string& book, const std::string& why) {
  return {ec::busy,
          "the book '" + printable(book) + "' cannot be moved now: " + why,
          {{"what", printable(book)}}};
}

error is_in_doubt(const handover& x, const error& why) {
  return {ec::outcome_unknown,
          "the node '" + x.to + "' did not say whether it has taken the book '" + x.book +
              "' over (" + why.message() + "): nobody writes it before it does",
          {{"what", x.book}, {"node", x.to}}};
}

} // namespace

carrier_state::carrier_state(carrier_actor::pointer self, std::shared_ptr<const environment> env,
                             std::shared_ptr<known_handovers> known)
    : self_(self), env_(std::move(env)), known_(std::move(known)) {
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
}

carrier_actor::behavior_type carrier_state::make_behavior() {
  return {
      [this](atom::carry, carry_job& job) { return guarded([&] { return on_carry(job); }); },
      [this](atom::settle, carry_job& job) { return guarded([&] { return on_settle(job); }); },
  };
}

// -- carrying a book ------------------------------------------------------------------------------

caf::result<void> carrier_state::on_carry(carry_job& job) {
  if (auto can = check_can_carry(job.book); !can)
    return to_caf(std::move(can.error()));
  errand x{.what = {job.book, env_->options.cluster->node, job.to, env_->random->next()},
           .among = {caf::actor_cast<supervisor_impl>(job.node), job.desk}};
  x.copy.emplace(*env_->storage, env_->directory->book_directory(job.book));
  x.answer = self_->make_response_promise<void>();
  auto answer = x.answer;
  now_ = std::move(x);
  // Before all of it is copied for nothing.
  ask<>(
      now_->among.node, [this, there = job.there] { find_intake(there); }, giving_up(),
      atom::release_v, job.book, true);
  return answer;
}

/// A book whose owner of before has not let go of it stays: that one is told that it was taken, as
/// long as it may ask.
result<void> carrier_state::check_can_carry(const std::string& book) const {
  if (now_ || is_settling_)
    return fail(is_busy(book, "another one is on its way"));
  if (known_->offers.of_book(book))
    return fail(is_busy(book, "it may be with another node"));
  if (auto arrival = known_->arrivals.of_book(book); arrival && is_member(arrival->from))
    return fail(is_busy(book, "the node '" + arrival->from + "' has not let go of it yet"));
  auto kind = env_->storage->kind(env_->directory->book_directory(book));
  if (!kind)
    return fail(std::move(kind.error()));
  if (*kind == log::entry_kind::none)
    return fail(ec::not_found, "there is no book '" + book + "'", {{"what", book}});
  return {};
}

void carrier_state::find_intake(const cluster_actor& there) {
  ask<const intake_actor>(
      there,
      [this](const intake_actor& intake) {
        now_->among.intake = intake;
        announce();
      },
      giving_up(), atom::intake_v);
}

void carrier_state::announce() {
  ask<>(now_->among.intake, [this] { look(false); }, giving_up(), atom::announce_v, now_->what);
}

void carrier_state::look(bool for_the_last_time) {
  if (auto looked = now_->copy->look(for_the_last_time); !looked)
    return give_up(std::move(looked.error()));
  send_next();
}

void carrier_state::send_next() {
  auto chunk = now_->copy->next();
  if (!chunk)
    return give_up(std::move(chunk.error()));
  if (!*chunk)
    return now_->is_released ? offer() : end_round();
  ask<>(
      now_->among.intake, [this] { send_next(); }, giving_up(), atom::chunk_v, now_->what,
      std::move(**chunk));
}

void carrier_state::end_round() {
  ask<copied_end>(
      now_->among.intake, [this](const copied_end& end) { on_warm(end); },
      [this](error why) {
        // What cannot be read there may be half written here: it is sent again.
        why.code() == ec::corrupt ? on_warm({}) : give_up(std::move(why));
      },
      atom::warm_v, now_->what);
}

void carrier_state::on_warm(const copied_end& end) {
  auto& x = *now_;
  x.copy->go_back_to(end);
  if (auto looked = x.copy->look(false); !looked)
    return give_up(std::move(looked.error()));
  auto left = x.copy->bytes_left();
  auto is_known = !end.segment.empty();
  if (is_known && left <= tail_bytes_max)
    return release();
  if (++x.rounds < rounds_max)
    return send_next();
  if (is_known && left <= long_tail_bytes_max)
    return release();
  give_up(is_busy(x.what.book, is_known ? "it is written faster than it can be copied"
                                        : "its copy cannot be read"));
}

void carrier_state::release() {
  ask<>(
      now_->among.node,
      [this] {
        now_->is_released = true;
        env_->reached(step::book_released);
        look(true);
      },
      giving_up(), atom::release_v, now_->what.book, false);
}

/// From the moment that the offer is durable the other node may have the book, and this one opens
/// it only when it has heard that this is not so.
void carrier_state::offer() {
  auto& x = *now_;
  if (auto added = known_->offers.add(*env_, x.what); !added)
    return give_up(std::move(added.error()));
  env_->reached(step::offer_noted);
  ask<cluster_news>(
      x.among.intake,
      [this](cluster_news& news) {
        on_taken(now_->among, now_->what, news,
                 [this](result<bool> taken) { end_with(std::move(taken), {}); });
      },
      [this](const error& why) {
        logger()->warn("book={} event=not_taken to={} reason=\"{}\"", now_->what.book,
                       now_->what.to, to_string(why));
        settle(now_->among, now_->what,
               [this, why](result<bool> taken) { end_with(std::move(taken), why); });
      },
      atom::take_v, x.what, x.copy->files());
}

void carrier_state::end_with(result<bool> taken, const error& why) {
  if (!taken)
    return end(fail(std::move(taken.error())));
  end(*taken ? result<void>{} : fail(why));
}

void carrier_state::end(result<void> outcome) {
  auto x = std::move(*now_);
  now_.reset();
  outcome ? x.answer.deliver() : x.answer.deliver(to_caf(std::move(outcome.error())));
}

carrier_state::on_error carrier_state::giving_up() {
  return [this](error why) { give_up(std::move(why)); };
}

/// Nothing was offered: the other node forgets what it has, and the book goes on here.
void carrier_state::give_up(error why) {
  auto& x = *now_;
  // What is busy is asked again in a moment, and soon done.
  logger()->log(why.code() == ec::busy ? spdlog::level::debug : spdlog::level::warn,
                "book={} event=not_carried to={} reason=\"{}\"", x.what.book, x.what.to,
                to_string(why));
  if (x.among.intake)
    // No timeout: of no interest to anybody here. A node that is lost forgets by itself.
    self_->request(x.among.intake, caf::infinite, atom::settle_v, x.what)
        .then([](const settlement&) {}, [](const caf::error&) {});
  if (!x.is_released)
    return end(fail(std::move(why)));
  auto over = [this, why] { end(fail(why)); };
  ask<>(x.among.node, over, [over](const error&) { over(); }, atom::keep_v, x.what.book);
}

// -- what became of it ----------------------------------------------------------------------------

caf::result<std::uint64_t> carrier_state::on_settle(carry_job& job) {
  if (now_ || is_settling_)
    return known_->offers.all().size();
  auto x = std::make_shared<inquiry>();
  x->among = {caf::actor_cast<supervisor_impl>(job.node), job.desk};
  for (auto& offer : known_->offers.all())
    if (!is_member(offer.to) || (job.there && offer.to == job.to))
      x->left.push_back(offer);
  x->job = std::move(job);
  x->answer = self_->make_response_promise<std::uint64_t>();
  auto answer = x->answer;
  is_settling_ = true;
  settle_next(x);
  return answer;
}

void carrier_state::settle_next(const std::shared_ptr<inquiry>& x) {
  if (x->left.empty()) {
    is_settling_ = false;
    return x->answer.deliver(static_cast<std::uint64_t>(known_->offers.all().size()));
  }
  auto offer = std::move(x->left.front());
  x->left.pop_front();
  auto then = [this, x](const result<bool>&) { settle_next(x); };
  // One that was removed has given up all its books.
  if (!is_member(offer.to))
    return on_not_taken(x->among, offer, then);
  if (x->among.intake)
    return settle(x->among, offer, then);
  ask<const intake_actor>(
      x->job.there,
      [this, x, offer, then](const intake_actor& intake) {
        x->among.intake = intake;
        settle(x->among, offer, then);
      },
      [this, x](const error&) {
        x->left.clear();
        settle_next(x);
      },
      atom::intake_v);
}

void carrier_state::settle(const parties& among, const handover& x, on_settled then) {
  ask<settlement>(
      among.intake,
      [=, this](settlement& found) {
        found.was_taken ? on_taken(among, x, found.news, then) : on_not_taken(among, x, then);
      },
      [=](const error& why) { then(fail(is_in_doubt(x, why))); }, atom::settle_v, x);
}

/// Nobody hears from this node that it has not got the book who does not hear where it is.
void carrier_state::on_taken(const parties& among, const handover& x, cluster_news& news,
                             on_settled then) {
  ask<>(
      among.desk,
      [=, this] {
        // A node that was removed by force meanwhile gives the book up again.
        is_member(x.to) ? let_go(among, x, then) : on_not_taken(among, x, then);
      },
      [=](const error& why) { then(fail(is_in_doubt(x, why))); }, atom::gossip_v, std::move(news));
}

void carrier_state::let_go(const parties& among, const handover& x, on_settled then) {
  env_->reached(step::book_known_taken);
  if (auto gone = env_->directory->let_go(x.book, *env_->random); !gone) {
    logger()->error("book={} event=not_let_go reason=\"{}\"", x.book, to_string(gone.error()));
    return then(fail(std::move(gone.error())));
  }
  env_->reached(step::book_let_go);
  logger()->info("book={} event=handed_over to={}", x.book, x.to);
  auto done = [then](const error&) { then(true); };
  auto forget_offer = [=, this] {
    if (auto removed = known_->offers.remove(*env_, x); !removed)
      logger()->warn("book={} event=offer_not_forgotten reason=\"{}\"", x.book,
                     to_string(removed.error()));
    then(true);
  };
  // The other node may hear of it later: until then it moves the book to nobody.
  auto tell = [=, this] { ask<>(among.intake, forget_offer, done, atom::forget_v, x); };
  ask<>(among.node, tell, done, atom::forget_v, x.book);
}

/// It is this node's, as before: the other one never takes it under this offer.
void carrier_state::on_not_taken(const parties& among, const handover& x, on_settled then) {
  if (auto removed = known_->offers.remove(*env_, x); !removed)
    return then(fail(std::move(removed.error())));
  ask<>(
      among.node, [then] { then(false); }, [then](const error&) { then(false); }, atom::keep_v,
      x.book);
}

bool carrier_state::is_member(const std::string& node) const {
  auto picture = env_->cluster->now();
  return !picture || picture->map().find(node);
}

// -- asking ---------------------------------------------------------------------------------------

bool carrier_state::is_answer(std::uint64_t number) {
  if (asked_.number != number)
    return false;
  self_->demonitor(asked_.whom);
  asked_ = {};
  return true;
}

void carrier_state::on_down(const caf::down_msg& down) {
  if (asked_.number == 0 || down.source != asked_.whom)
    return;
  auto failed = std::exchange(asked_, {}).failed;
  failed({ec::unavailable, "the other node was lost (" + caf::to_string(down.reason) + ")"});
}

} // namespace daybook::actors
