#pragma once

#include "tests/simulation/bank.hpp"
#include "tests/simulation/model.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace daybook::simulation {

/// Those who follow the book, with much or little credit, all of it or a part; and a worker that
/// keeps its position in a durable cursor. What they were told is judged when the log is known.
class followers {
public:
  followers(machine& on, bank& from, std::uint64_t seed);

  /// One of them does something: subscribes, grants credit, cancels, stores its position.
  void act();

  /// All that guarantee delivery get what they want.
  void satisfy();

  /// `at_rest`: nothing is on its way any more.
  void check(const model& known, bool at_rest);

  void forget_process();

private:
  struct follower {
    actors::subscription wanted;
    event_seq next{1}; ///< one after the last that was told
    std::uint64_t dropped = 0;
    std::vector<actors::delivery> told;
    std::uint64_t subscriptions = 0; ///< only the last one is listened to
    actors::subscriber_actor self;
    actors::subscription_actor feed;
    bool follows = false;   ///< also over restarts of the book
    bool has_ended = false; ///< what may be said before the subscription is answered
    bool is_subscribing = false;
  };

  /// What the cursor may say that it is at.
  struct cursor {
    std::set<std::uint64_t> may_be{0};
    bool is_held = false;
    bool is_busy = false;
    bool is_made = false;
    std::size_t client = 0;
  };

  void subscribe(const std::shared_ptr<follower>& x);
  actors::subscriber_actor spawn_subscriber(const std::shared_ptr<follower>& x);
  void use_cursor();
  void check(const model& known, follower& x, bool at_rest);
  std::string check_delivery(const model& known, follower& x, const actors::delivery& one) const;

  machine* on_;
  bank* bank_;
  dice dice_;
  std::vector<std::shared_ptr<follower>> all_;
  std::shared_ptr<cursor> cursor_ = std::make_shared<cursor>();
};

} // namespace daybook::simulation
