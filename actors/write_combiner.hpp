#pragma once

#include "actors/book_link.hpp"
#include "base/result.hpp"
#include "ledger/types.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace daybook::actors {

class gateway_state;

/// Puts transactions of one client to one book into one message when several are in flight, each by
/// itself all the same: most of what a call costs is paid once a message. While few messages have
/// no answer a transaction is sent at once; then those that come wait for the next answer. So a
/// caller who waits for each answer never waits for another one's.
///
/// A message of which nothing was accepted because a key in it cannot be looked up is sent once
/// more in parts, while there is time for retries: nobody's write fails over another one's key.
///
/// Order is kept, but for what is sent once more: who sends anything else to the book calls `flush`
/// first. For the gateway.
class write_combiner {
public:
  /// Gets the one answer. Destroyed without a call when the gateway ends.
  using on_answer = std::function<void(result<ledger::receipt>)>;

  explicit write_combiner(std::shared_ptr<book_link> book) : book_(std::move(book)) {}

  void add(gateway_state& gateway, const call_terms& terms, ledger::transaction x, on_answer then);

  /// Sends what waits.
  void flush(gateway_state& gateway);

  /// Nothing waits, and nothing is without an answer.
  bool is_idle() const { return waiting_.empty() && in_flight_ == 0; }

private:
  using clock = std::chrono::steady_clock;
  struct item {
    ledger::transaction what;
    on_answer then;
    clock::time_point since;
  };
  using items = std::vector<item>;

  /// A caller of one of the transactions in a message.
  struct caller {
    on_answer then;
    clock::time_point since;
  };
  using callers = std::vector<caller>;
  using commands = std::vector<ledger::command>;

  void send(gateway_state& gateway, items xs);
  void send_one(gateway_state& gateway, item x);
  call_terms terms_since(clock::time_point when) const;
  void send_each(gateway_state& gateway, commands xs, callers& from);
  bool may_be_of_one(const error& refused, const callers& from) const;
  error refusal_of_message(const error& refused);
  void on_sent_answered(gateway_state& gateway);

  std::shared_ptr<book_link> book_;
  call_terms terms_;
  items waiting_;
  std::size_t waiting_bytes_ = 0; ///< about
  std::size_t items_max_ = 1'000; ///< in one message
  std::size_t in_flight_ = 0;     ///< messages
};

} // namespace daybook::actors
