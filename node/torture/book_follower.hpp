#pragma once

#include "actors/client_follow.hpp"
#include "node/torture/book_session.hpp"
#include "node/torture/followed_events.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace daybook::node::torture {

/// Follows a book from its first event on, over everything that happens to it, on a thread of its
/// own: when what it has ends (a node that stops in good order says good-bye) it begins again after
/// the last event that it was told.
class book_follower {
public:
  book_follower(const std::string& book, std::unique_ptr<book_session> session);
  ~book_follower();

  book_follower(const book_follower&) = delete;
  book_follower& operator=(const book_follower&) = delete;

  /// Waits until it was told of an event. False when the time is over.
  bool wait_for(std::uint64_t seq, std::chrono::milliseconds timeout);

  /// What it was told; it ends, and nothing comes after that.
  followed_events& end();

  /// Subscriptions that it began, and why the last one that could not begin did not.
  std::uint64_t begun() const { return begun_; }
  error problem();

private:
  void run();
  void follow(const book_client& book);
  void take(const actors::delivery& x);

  std::unique_ptr<book_session> session_; ///< of the thread
  std::atomic<bool> ending_{false};
  std::atomic<std::uint64_t> begun_{0};
  std::mutex mutex_;
  std::condition_variable came_;
  followed_events told_;
  error problem_{ec::io, "the book was never reached"};
  std::thread thread_;
};

} // namespace daybook::node::torture
