#pragma once

#include "actors/client.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace daybook {

/// Writes that become visible all at once, or not at all. Nobody else writes to the book until the
/// fence is committed or cancelled, or its time is over; destroying it cancels it. When the book is
/// restarted it is over, too, and nothing of it is there: begin another. One thread at a time.
class write_fence {
public:
  using write_result = book_client::write_result;

  write_fence(write_fence&& other) noexcept = default;
  write_fence& operator=(write_fence&& other) noexcept;
  ~write_fence() { drop(); }

  /// Writes behind the fence. The receipt has no seq, time and chain yet.
  /// Errors: those of a write; `not_found` when the fence is over; `outcome_unknown` when no answer
  /// came: whether it stands behind the fence cannot be said, so that this one can only be
  /// cancelled.
  write_result write(ledger::write x);

  /// Several of those, each by itself, or all or nothing: a refusal of that has the `item`.
  result<std::vector<write_result>> submit(std::vector<ledger::write> items);
  result<std::vector<ledger::receipt>> submit_atomic(std::vector<ledger::write> items);

  /// Makes durable and visible what was accepted; receipts in its order. The fence is over, also
  /// after an error. Errors: `not_found` when it was over before; `outcome_unknown`;
  /// `invalid_argument` (`field` is `fence`) when one of its writes had no answer: it is cancelled.
  result<std::vector<ledger::receipt>> commit();

  /// Forgets all of it. Errors: `not_found` when it was over before; `io`.
  result<void> cancel();

private:
  friend class book_client;
  write_fence(std::shared_ptr<client::core> shared, std::shared_ptr<actors::book_link> book,
              actors::fence_id id)
      : core_(std::move(shared)), book_(std::move(book)), id_(id) {}

  void drop();

  /// One message with writes. What has no answer spoils the fence.
  template <class Answer, class Convert>
  result<Answer> send(Convert convert, std::vector<ledger::write> items, bool atomic);

  std::shared_ptr<client::core> core_;
  std::shared_ptr<actors::book_link> book_; ///< null when the fence is over
  actors::fence_id id_;
  bool is_complete_ = true; ///< every write was answered
};

} // namespace daybook
