#pragma once

#include "actors/book.hpp"
#include "actors/errors.hpp"
#include "actors/node_system.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// Actors on one thread, in an order that the test chooses, with a clock that the test moves.

namespace daybook::test {

/// Without networking, which has threads of its own.
class test_config : public caf::actor_system_config {
public:
  test_config() {
    actors::register_types();
    set("caf.scheduler.policy", "testing");
  }
};

/// A wall clock that stands still until it is told to move.
class manual_clock final : public clock {
public:
  timestamp now() const override { return now_; }
  void set(timestamp x) { now_ = x; }

private:
  timestamp now_{1'000'000};
};

class fixed_random final : public random_source {
public:
  std::uint64_t next() override { return ++last_; }

private:
  std::uint64_t last_ = 0x0123456789abcdef;
};

/// An answer that has come, or not yet.
template <class T>
class pending_answer {
public:
  bool arrived() const { return value_.has_value() || error_.has_value(); }
  bool is_refused() const { return error_.has_value(); }

  const T& value() const {
    INFO((error_ ? to_string(*error_) : std::string{"no answer"}));
    REQUIRE(value_.has_value());
    return *value_;
  }

  const error& refused() const {
    REQUIRE(error_.has_value());
    return *error_;
  }

  void set(T x) { value_ = std::move(x); }
  void set(error x) { error_ = std::move(x); }

private:
  std::optional<T> value_;
  std::optional<error> error_;
};

class actor_fixture {
public:
  ~actor_fixture() {
    for (auto& actor : clients_)
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    run();
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  /// Handles every message there is.
  void run() {
    while (scheduler().try_run_once()) {
      // nop
    }
  }

  /// Sends a request from a client of its own; the answer arrives as the test runs messages.
  template <class T, class Target, class... Words>
  std::shared_ptr<pending_answer<T>> ask(const Target& target, Words... words) {
    auto answer = std::make_shared<pending_answer<T>>();
    auto client = system_.spawn([=](caf::event_based_actor* self) {
      self->request(target, caf::infinite, words...)
          .then([answer](const T& x) { answer->set(x); },
                [answer](const caf::error& x) {
                  answer->set(actors::from_caf(x, ec::outcome_unknown));
                });
    });
    clients_.push_back(client);
    return answer;
  }

  /// The answer to a request that only succeeds or fails.
  struct done {};

  template <class Target, class... Words>
  std::shared_ptr<pending_answer<done>> ask_done(const Target& target, Words... words) {
    auto answer = std::make_shared<pending_answer<done>>();
    auto client = system_.spawn([=](caf::event_based_actor* self) {
      self->request(target, caf::infinite, words...)
          .then([answer] { answer->set(done{}); },
                [answer](const caf::error& x) {
                  answer->set(actors::from_caf(x, ec::outcome_unknown));
                });
    });
    clients_.push_back(client);
    return answer;
  }

protected:
  test_config config_;
  caf::actor_system system_{config_};
  std::vector<caf::actor> clients_;
};

} // namespace daybook::test
