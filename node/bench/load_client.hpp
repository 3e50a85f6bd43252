#pragma once

#include "actors/interfaces.hpp"
#include "base/result.hpp"
#include "node/bench/histogram.hpp"
#include "node/bench/load_options.hpp"
#include "node/bench/transaction_source.hpp"

#include <caf/event_based_actor.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <vector>

namespace daybook::node::bench {

/// What one client and the thread that waits for it share.
struct share_of_load {
  std::uint64_t transactions = 0; ///< to be sent
  std::uint64_t accepted = 0;     ///< and durable
  std::uint64_t overloaded = 0;   ///< messages of which some was turned away and sent again
  histogram latency;              ///< of each message; see `load_client`
  std::promise<result<void>> done;
};

/// One client: sends as long as there is something to send, and ends with the last answer.
///
/// Without a rate it keeps some messages in flight, and the latency of one is from its sending to
/// its answer. With one, messages are due at fixed times, and sent then however many are without an
/// answer; latency is from when a message was due, so that a stall of the book, or of the client,
/// counts for every message that it held up.
class load_client {
public:
  static inline const char* name = "daybook.bench.client";
  using clock = std::chrono::steady_clock;

  /// `progress` counts accepted transactions.
  load_client(caf::event_based_actor* self, std::vector<actors::book_actor> books,
              const load_options& options, std::size_t client, std::shared_ptr<share_of_load> share,
              std::atomic<std::uint64_t>* progress);

  caf::behavior make_behavior();

private:
  struct message {
    std::size_t book = 0;
    std::uint64_t items = 0; ///< transactions, of which some may be durable already
    clock::time_point due{};
    std::chrono::milliseconds pause{1}; ///< before it is sent again, if it has to be
    caf::message content{};
  };

  void send_due();
  void send_next(clock::time_point due);
  template <class Answer>
  void send(message x);
  template <class Answer>
  void send_later(message x, caf::message content);
  void on_durable(std::uint64_t items, clock::time_point due);
  void end_if_idle();
  void finish(result<void> outcome);

  caf::event_based_actor* self_;
  std::vector<actors::book_actor> books_;
  load_options options_;
  transaction_source source_;
  std::shared_ptr<share_of_load> share_;
  std::atomic<std::uint64_t>* progress_;
  std::size_t turn_;         ///< among the clients
  clock::duration interval_; ///< between two messages; zero without a rate
  clock::time_point next_due_;
  clock::time_point end_ = clock::time_point::max();
  std::uint64_t unsent_;      ///< transactions
  std::uint64_t sent_ = 0;    ///< messages
  std::uint64_t waiting_ = 0; ///< messages
  bool finished_ = false;
};

} // namespace daybook::node::bench
