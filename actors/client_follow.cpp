#include "actors/client_follow.hpp"

#include "actors/client_core.hpp"
#include "actors/event_matcher.hpp"
#include "actors/subscription.hpp"

#include <caf/send.hpp>

#include <thread>

namespace daybook {

using namespace actors;

result<follower> follower::start(std::shared_ptr<client::core> shared,
                                 std::shared_ptr<book_link> book, const event_filter& filter,
                                 std::unique_ptr<follower_work> work, backoff retries) {
  if (auto valid = check(filter); !valid)
    return fail(std::move(valid.error()));
  // Opens the book if need be: who follows only waits for one that comes back.
  if (auto there = shared->ask<frontier>(ec::io, book, atom::frontier_v).get(); !there)
    return fail(std::move(there.error()));
  follower started{std::move(shared), std::move(book)};
  started.link_ = std::make_shared<follower_link>();
  started.ended_ = started.link_->ended.get_future().share();
  auto answer = started.link_->started.get_future();
  auto own = std::make_shared<book_link>(started.core_->node(), started.book_->name(),
                                         started.book_->now(), book_link::way::await);
  started.actor_ =
      started.core_->system().spawn<follower_actor::stateful_impl<follower_state>, caf::detached>(
          own, std::move(work), started.link_, retries);
  if (answer.wait_for(started.timeout()) != std::future_status::ready)
    return fail(ec::io, "no answer from the book: check the node and try again");
  if (auto outcome = answer.get(); !outcome)
    return fail(std::move(outcome.error()));
  return started;
}

follower& follower::operator=(follower&& other) noexcept {
  stop();
  core_ = std::move(other.core_);
  book_ = std::move(other.book_);
  link_ = std::move(other.link_);
  actor_ = std::move(other.actor_);
  ended_ = std::move(other.ended_);
  return *this;
}

void follower::stop() {
  if (!actor_)
    return;
  caf::anon_send(actor_, atom::stop_v);
  actor_ = nullptr;
  if (link_->thread.load() != std::this_thread::get_id())
    ended_.wait();
}

std::optional<result<void>> follower::wait_for(std::chrono::milliseconds timeout) const {
  if (ended_.wait_for(to_timespan(timeout)) != std::future_status::ready)
    return std::nullopt;
  return ended_.get();
}

std::uint64_t follower::lag() const {
  auto durable = link_->durable.load();
  auto dealt_with = link_->position.load();
  return durable > dealt_with ? durable - dealt_with : 0;
}

result<event_seq> follower::ask_durable() const {
  auto now = core_->ask<frontier>(ec::io, book_, atom::frontier_v).get();
  if (!now)
    return fail(std::move(now.error()));
  return now->durable;
}

std::chrono::milliseconds follower::timeout() const { return core_->options().timeout; }

// -- one book -----------------------------------------------------------------------------------

result<follower> book_client::subscribe(subscription wanted,
                                        std::function<void(const delivery&)> callback) const {
  // As with the filter; the book knows where its end is.
  if (auto valid = check(wanted, wanted.from); !valid)
    return fail(std::move(valid.error()));
  auto filter = wanted.filter;
  return follower::start(core_, book_, filter,
                         make_callback_work(std::move(wanted), std::move(callback)));
}

} // namespace daybook
