#pragma once

#include "actors/client.hpp"
#include "actors/errors.hpp"
#include "actors/gateway.hpp"

#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

namespace daybook {

namespace detail {

template <class Convert, class Answer>
struct converted {
  using type = std::invoke_result_t<Convert, Answer>;
};

template <class Convert>
struct converted<Convert, void> {
  using type = std::invoke_result_t<Convert>;
};

} // namespace detail

namespace detail {

/// The one answer of a call: a value, or, when the gateway ends before there is one, an error.
template <class Result>
class answer_slot final : public actors::pending_call {
public:
  explicit answer_slot(ec fallback) : fallback_(fallback) {}

  ~answer_slot() override {
    if (!answered_)
      promise_.set_value(fail(fallback_, "the client was closed before an answer came"));
  }

  answer_slot(const answer_slot&) = delete;
  answer_slot& operator=(const answer_slot&) = delete;

  std::future<Result> future() { return promise_.get_future(); }

  void set(Result x) {
    if (!std::exchange(answered_, true))
      promise_.set_value(std::move(x));
  }

  void refuse(const caf::error& reason) override { set(fail(actors::from_caf(reason, fallback_))); }

private:
  std::promise<Result> promise_;
  ec fallback_;
  bool answered_ = false;
};

} // namespace detail

/// The connection behind a client: an actor system, borrowed or owned, and the gateway, the actor
/// that asks on behalf of the caller's threads.
class client::core {
public:
  core(caf::actor_system& system, actors::supervisor_actor node, client_options options);
  virtual ~core();

  core(const core&) = delete;
  core& operator=(const core&) = delete;

  const actors::supervisor_actor& node() const { return node_; }

  /// Asks an actor and gives a future of its answer, or of an `error`: of code `fallback` when no
  /// answer comes. `convert` makes the result of the answer, on the gateway's thread.
  template <class Answer, class Convert, class Target, class... Words>
  auto ask_as(Convert convert, ec fallback, const Target& target, Words... words) const {
    using converted = typename detail::converted<Convert, Answer>::type;
    auto slot = std::make_shared<detail::answer_slot<converted>>(fallback);
    auto future = slot->future();
    post([=, timeout = options_.timeout,
          ... words = std::move(words)](actors::gateway_state& gateway) mutable {
      auto address = target.address();
      gateway.begin(address, slot);
      auto asked = gateway.self()->request(target, timeout, std::move(words)...);
      auto end = [&gateway, slot, address] { gateway.end(address, slot); };
      auto refuse = [slot, end](const caf::error& reason) {
        end();
        slot->refuse(reason);
      };
      if constexpr (std::is_void_v<Answer>)
        std::move(asked).then(
            [=] {
              end();
              slot->set(convert());
            },
            refuse);
      else
        std::move(asked).then(
            [=](Answer& x) {
              end();
              slot->set(convert(std::move(x)));
            },
            refuse);
    });
    return future;
  }

  template <class Answer, class Target, class... Words>
  std::future<result<Answer>> ask(ec fallback, const Target& target, Words... words) const {
    auto as_is = [](auto&&... x) { return result<Answer>{std::move(x)...}; };
    return ask_as<Answer>(as_is, fallback, target, std::move(words)...);
  }

protected:
  /// Ends the gateway, which answers every call it still has, and lets go of the node. An owner of
  /// the actor system does it before the system ends.
  void disconnect();

private:
  void post(std::function<void(actors::gateway_state&)> run) const;

  actors::supervisor_actor node_;
  client_options options_;
  actors::gateway_actor gateway_;
};

} // namespace daybook
