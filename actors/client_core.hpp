#pragma once

#include "actors/client.hpp"
#include "actors/errors.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

namespace daybook::actors {

/// A function that the gateway runs: it sends one request and passes the answer on.
struct client_call {
  std::function<void(gateway_actor::pointer)> run;
};

} // namespace daybook::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::client_call)

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
class answer_slot {
public:
  explicit answer_slot(ec fallback) : fallback_(fallback) {}

  ~answer_slot() {
    if (!answered_)
      promise_.set_value(fail(fallback_, "the client was closed before an answer came"));
  }

  answer_slot(const answer_slot&) = delete;
  answer_slot& operator=(const answer_slot&) = delete;

  std::future<Result> future() { return promise_.get_future(); }

  void set(Result x) {
    answered_ = true;
    promise_.set_value(std::move(x));
  }

  void refuse(const caf::error& reason) { set(fail(actors::from_caf(reason, fallback_))); }

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
    post([=, this, ... words = std::move(words)](actors::gateway_actor::pointer self) mutable {
      auto asked = self->request(target, options_.timeout, std::move(words)...);
      auto refuse = [slot](const caf::error& reason) { slot->refuse(reason); };
      if constexpr (std::is_void_v<Answer>)
        std::move(asked).then([=] { slot->set(convert()); }, refuse);
      else
        std::move(asked).then([=](Answer& x) { slot->set(convert(std::move(x))); }, refuse);
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
  void post(std::function<void(actors::gateway_actor::pointer)> run) const;

  actors::supervisor_actor node_;
  client_options options_;
  actors::gateway_actor gateway_;
};

} // namespace daybook
