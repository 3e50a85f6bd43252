#include "node/torture/book_follower.hpp"

#include <utility>

namespace daybook::node::torture {

namespace {

/// How often somebody looks whether it is to end.
constexpr std::chrono::milliseconds watch_interval{50};

} // namespace

book_follower::book_follower(const std::string& book, std::unique_ptr<book_session> session)
    : session_(std::move(session)), told_(book), thread_([this] { run(); }) {}

book_follower::~book_follower() { end(); }

followed_events& book_follower::end() {
  ending_ = true;
  if (thread_.joinable())
    thread_.join();
  return told_;
}

bool book_follower::wait_for(std::uint64_t seq, std::chrono::milliseconds timeout) {
  std::unique_lock guard{mutex_};
  return came_.wait_for(guard, timeout, [&] { return told_.next() > seq; });
}

error book_follower::problem() {
  std::lock_guard guard{mutex_};
  return problem_;
}

void book_follower::run() {
  while (!ending_) {
    if (auto* book = session_->open()) {
      follow(*book);
      session_->drop();
      session_->pause();
    } else {
      std::lock_guard guard{mutex_};
      problem_ = session_->problem();
    }
  }
}

void book_follower::follow(const book_client& book) {
  actors::subscription wanted;
  {
    std::lock_guard guard{mutex_};
    wanted.from = event_seq{told_.next()};
  }
  auto following = book.subscribe(wanted, [this](const actors::delivery& x) { take(x); });
  if (!following) {
    std::lock_guard guard{mutex_};
    problem_ = std::move(following.error());
    return;
  }
  ++begun_;
  while (!ending_) {
    auto ended = following->wait_for(watch_interval);
    if (!ended)
      continue;
    if (!*ended) {
      std::lock_guard guard{mutex_};
      problem_ = std::move(ended->error());
    }
    break;
  }
  following->stop();
}

void book_follower::take(const actors::delivery& x) {
  {
    std::lock_guard guard{mutex_};
    for (auto& event : x.events)
      told_.take(event.receipt.id.seq.value(), event.receipt.epoch.value(),
                 first_bytes(event.receipt.chain));
  }
  came_.notify_all();
}

} // namespace daybook::node::torture
