#pragma once

#include "actors/interfaces.hpp"
#include "actors/watched_calls.hpp"
#include "actors/write_combiner.hpp"

#include <absl/container/flat_hash_map.h>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace daybook::actors {

/// THE GATEWAY (interfaces.hpp).
class gateway_state {
public:
  static inline const char* name = "daybook.gateway";

  explicit gateway_state(gateway_actor::pointer self);

  gateway_actor::behavior_type make_behavior();

  gateway_actor::pointer self() const { return self_; }
  watched_calls& calls() { return calls_; }

  using link = std::shared_ptr<book_link>;

  void commit(const link& book, const call_terms& terms, ledger::transaction x,
              write_combiner::on_answer then);

  /// Before anything else is sent to the book, by whatever link.
  void flush(const std::string& book);

  /// Before the node is asked for something that ends books.
  void flush_all();

private:
  void on_down(const caf::down_msg& down);

  gateway_actor::pointer self_;
  watched_calls calls_;
  /// By the names of their books: links to one book share one, for order.
  absl::flat_hash_map<std::string, std::unique_ptr<write_combiner>> combiners_;
};

/// A function that the gateway runs: it sends one request and passes the answer on.
struct client_call {
  std::function<void(gateway_state&)> run;
};

} // namespace daybook::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::client_call)
