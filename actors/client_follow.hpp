#pragma once

#include "actors/client.hpp"
#include "actors/follower.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <optional>

namespace daybook {

/// Somebody who follows a book until the handle goes, over its restarts; it ends when the book is
/// stopped in good order, or has `failed` for good. Wherever it is stopped from but its own
/// thread, nothing of the program's is called after that. Keep the last handle of a client and its
/// books out of functions that a follower calls: they run on a thread of the client.
class follower {
public:
  follower(follower&&) noexcept = default;
  follower& operator=(follower&& other) noexcept;
  ~follower() { stop(); }

  /// Lets it finish what it is at, and waits for that. Again: nothing.
  void stop();

  /// Waits for its end. An error says what ended it; without one it was stopped.
  result<void> wait() const { return ended_.get(); }
  std::optional<result<void>> wait_for(std::chrono::milliseconds timeout) const;

  /// Everything up to this event has been dealt with.
  event_seq position() const { return event_seq{link_->position}; }

  /// Durable events that have not, as far as is known here.
  std::uint64_t lag() const;

  // -- for those who build on it
  // -------------------------------------------------------------------

  /// Starts a follower and waits until the book has answered. The work's filter is looked at here
  /// already, because CAF would not carry a bad one to a node. Errors: the book's; `io`.
  static result<follower> start(std::shared_ptr<client::core> shared,
                                std::shared_ptr<actors::book_link> book,
                                const actors::event_filter& filter,
                                std::unique_ptr<actors::follower_work> work, backoff retries = {});

  /// The last durable event of the book. Errors: `io`.
  result<event_seq> ask_durable() const;

  /// How long a call of this client waits.
  std::chrono::milliseconds timeout() const;

private:
  follower(std::shared_ptr<client::core> shared, std::shared_ptr<actors::book_link> book)
      : core_(std::move(shared)), book_(std::move(book)) {}

  std::shared_ptr<client::core> core_;
  std::shared_ptr<actors::book_link> book_;
  std::shared_ptr<actors::follower_link> link_;
  actors::follower_actor actor_;
  std::shared_future<result<void>> ended_;
};

} // namespace daybook
