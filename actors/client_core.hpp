#pragma once

#include "actors/book_link.hpp"
#include "actors/client.hpp"
#include "actors/errors.hpp"
#include "actors/gateway.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

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

/// Whether it may be sent again when it may have been done: everything that is written has a key or
/// a name of its own, but for what happens to an account again and again.
template <class Word>
bool is_repeatable(const Word&) {
  return true;
}
bool is_repeatable(const ledger::command& x);
bool is_repeatable(const ledger::write& x);
bool is_repeatable(const std::vector<ledger::command>& xs);
bool is_repeatable(const actors::write_batch& x);

} // namespace detail

/// How many writes of a client have no answer yet, counted in items. Any thread.
class in_flight_items {
public:
  explicit in_flight_items(std::size_t capacity) : capacity_(capacity) {}

  /// Counts them in, unless they do not fit. What is larger than everything fits when nothing else
  /// is in flight: the book has a limit of its own.
  bool admit(std::size_t items) {
    auto before = count_.load(std::memory_order_relaxed);
    do {
      if (before != 0 && (before > capacity_ || items > capacity_ - before))
        return false;
    } while (!count_.compare_exchange_weak(before, before + items, std::memory_order_relaxed));
    return true;
  }

  void release(std::size_t items) { count_.fetch_sub(items, std::memory_order_relaxed); }

  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  std::size_t capacity() const { return capacity_; }

private:
  std::size_t capacity_;
  std::atomic<std::size_t> count_{0};
};

namespace detail {

/// Items that have been admitted, until it goes or is released.
class in_flight_share {
public:
  in_flight_share() = default;
  in_flight_share(std::shared_ptr<in_flight_items> all, std::size_t items)
      : all_(std::move(all)), items_(items) {}

  in_flight_share(in_flight_share&&) noexcept = default;
  in_flight_share& operator=(in_flight_share&&) = delete;
  ~in_flight_share() { release(); }

  void release() {
    if (auto all = std::exchange(all_, nullptr))
      all->release(items_);
  }

private:
  std::shared_ptr<in_flight_items> all_;
  std::size_t items_ = 0;
};

/// The one answer of a call: a value, or, when the gateway ends before there is one, an error.
template <class Result>
class answer_slot final : public actors::pending_call {
public:
  answer_slot(ec fallback, in_flight_share items) : fallback_(fallback), items_(std::move(items)) {}

  ~answer_slot() override { set(fail(fallback_, "the client was closed before an answer came")); }

  answer_slot(const answer_slot&) = delete;
  answer_slot& operator=(const answer_slot&) = delete;

  std::future<Result> future() { return promise_.get_future(); }

  void set(Result x) {
    if (std::exchange(answered_, true))
      return;
    items_.release();
    promise_.set_value(std::move(x));
  }

  void refuse(const caf::error& reason) override { set(fail(actors::from_caf(reason, fallback_))); }

private:
  std::promise<Result> promise_;
  ec fallback_;
  in_flight_share items_;
  bool answered_ = false;
};

} // namespace detail

/// A duration for CAF: a year when it is longer, which adds up with others.
caf::timespan to_timespan(std::chrono::milliseconds x);

/// The outcomes of several writes, for a caller.
result<std::vector<book_client::write_result>> to_results(std::vector<actors::outcome> xs);

/// The outcomes of an atomic batch, which was accepted.
result<std::vector<ledger::receipt>> to_receipts(std::vector<actors::outcome> xs);

/// The connection behind a client: an actor system, borrowed or owned, and the gateway, the actor
/// that asks on behalf of the caller's threads.
class client::core {
public:
  /// `is_directory`: the actor is of this process, and the books need not be.
  core(caf::actor_system& system, actors::supervisor_actor node, client_options options,
       bool is_directory = false);
  virtual ~core();

  core(const core&) = delete;
  core& operator=(const core&) = delete;

  caf::actor_system& system() const { return system_; }
  const actors::supervisor_actor& node() const { return node_; }
  const client_options& options() const { return options_; }
  const in_flight_items& in_flight() const { return *in_flight_; }

  /// A book, over its restarts.
  using link = std::shared_ptr<actors::book_link>;

  /// Asks the node and gives a future of its answer, or of an `error`: of code `fallback` when no
  /// answer comes.
  template <class Answer, class... Words>
  std::future<result<Answer>> ask_node(ec fallback, Words... words) const {
    return send_to_node<Answer>({.fallback = fallback, .timeout = options_.timeout},
                                std::move(words)...);
  }

  /// What may need a book to be opened.
  template <class Answer, class... Words>
  std::future<result<Answer>> ask_node_at_length(Words... words) const {
    return send_to_node<Answer>({.timeout = at_length()}, std::move(words)...);
  }

  /// The same with a book, and again when it fails meanwhile.
  template <class Answer, class... Words>
  std::future<result<Answer>> ask(ec fallback, const link& book, Words... words) const {
    return send<Answer>(same{}, terms_of(fallback), {}, book, std::move(words)...);
  }

  /// The same with one incarnation of a book: what it says holds for no other.
  template <class Answer, class... Words>
  std::future<result<Answer>> ask_once(ec fallback, const link& book, Words... words) const {
    return send<Answer>(same{}, once(fallback), {}, book, std::move(words)...);
  }

  /// A question whose answer may take `extra` longer than answers do.
  template <class Answer, class... Words>
  std::future<result<Answer>> ask_longer(caf::timespan extra, const link& book,
                                         Words... words) const {
    auto terms = terms_of(ec::io);
    terms.timeout += std::max(extra, caf::timespan{0});
    terms.retry_budget += std::max(extra, caf::timespan{0});
    return send<Answer>(same{}, terms, {}, book, std::move(words)...);
  }

  /// A question about a whole log. That this process reads one may take as long as it likes; of
  /// another one nobody knows whether it still does.
  template <class Answer, class... Words>
  std::future<result<Answer>> ask_at_length(const link& book, Words... words) const {
    auto terms = terms_of(ec::io);
    terms.timeout = at_length();
    return send<Answer>(same{}, terms, {}, book, std::move(words)...);
  }

  /// Writes `items` things: `overloaded` at once when the client has as many in flight as it may.
  /// `convert` makes the result of the answer, on the gateway's thread.
  template <class Answer, class Convert, class... Words>
  auto write_as(Convert convert, std::size_t items, const link& book, Words... words) const {
    auto terms = terms_of(ec::outcome_unknown);
    terms.repeatable = (detail::is_repeatable(words) && ...);
    return send_items<Answer>(convert, terms, items, book, std::move(words)...);
  }

  /// The same, when no answer says for certain that nothing was written.
  template <class Answer, class Convert, class... Words>
  auto rehearse_as(Convert convert, std::size_t items, const link& book, Words... words) const {
    return send_items<Answer>(convert, terms_of(ec::io), items, book, std::move(words)...);
  }

  template <class Answer, class... Words>
  std::future<result<Answer>> write(std::size_t items, const link& book, Words... words) const {
    return write_as<Answer>(same{}, items, book, std::move(words)...);
  }

  /// One transaction, which may share a message with others (write_combiner.hpp).
  std::future<result<ledger::receipt>> commit(const link& book, ledger::transaction x) const;

  /// Waits for a fence to begin, as long as calls wait. One that begins later, when nobody knows of
  /// it, is cancelled at once: all other writers would be kept out until its time is over.
  result<actors::fence_id> begin_fence(const link& book,
                                       const actors::fence_options& options) const;

  /// Writes behind a fence: when the incarnation ends, so does all that is behind it.
  template <class Answer, class Convert, class... Words>
  auto write_once_as(Convert convert, std::size_t items, const link& book, Words... words) const {
    auto terms = once(ec::outcome_unknown);
    terms.vanishes = true;
    return send_items<Answer>(convert, terms, items, book, std::move(words)...);
  }

  static error overloaded(std::size_t limit);

protected:
  /// Ends the gateway, which answers every call it still has, and lets go of the node. An owner of
  /// the actor system does it before the system ends.
  void disconnect();

private:
  template <class Answer, class Convert, class... Words>
  auto send_items(Convert convert, actors::call_terms terms, std::size_t items, const link& book,
                  Words... words) const {
    using converted = typename detail::converted<Convert, Answer>::type;
    if (!in_flight_->admit(items)) {
      std::promise<converted> refused;
      refused.set_value(fail(overloaded(in_flight_->capacity())));
      return refused.get_future();
    }
    return send<Answer>(convert, terms, {in_flight_, items}, book, std::move(words)...);
  }

  actors::call_terms terms_of(ec fallback) const {
    return {
        .fallback = fallback, .timeout = options_.timeout, .retry_budget = options_.retry_budget};
  }

  caf::timespan at_length() const {
    auto is_here = !is_directory_ && node_.node() == system_.node();
    return is_here ? caf::timespan{caf::infinite} : options_.open_timeout;
  }

  template <class Answer, class... Words>
  std::future<result<Answer>> send_to_node(actors::call_terms terms, Words... words) const;

  actors::call_terms once(ec fallback) const {
    return {.fallback = fallback, .timeout = options_.timeout, .is_bound = true};
  }

  /// The answer is the result.
  struct same {
    result<void> operator()() const { return {}; }

    template <class Answer>
    result<Answer> operator()(Answer x) const {
      return x;
    }
  };

  template <class Answer, class Convert, class... Words>
  auto send(Convert convert, actors::call_terms terms, detail::in_flight_share items,
            const link& book, Words... words) const;

  void post(std::function<void(actors::gateway_state&)> run) const;

  caf::actor_system& system_;
  actors::supervisor_actor node_;
  bool is_directory_;
  client_options options_;
  std::shared_ptr<in_flight_items> in_flight_;
  actors::gateway_actor gateway_;
};

template <class Answer, class... Words>
std::future<result<Answer>> client::core::send_to_node(actors::call_terms terms,
                                                       Words... words) const {
  auto slot = std::make_shared<detail::answer_slot<result<Answer>>>(terms.fallback,
                                                                    detail::in_flight_share{});
  auto future = slot->future();
  post([slot, node = node_, timeout = terms.timeout,
        ... words = std::move(words)](actors::gateway_state& gateway) mutable {
    if constexpr (!std::is_same_v<std::tuple_element_t<0, std::tuple<Words...>>,
                                  actors::atom::open>)
      gateway.flush_all();
    auto address = node.address();
    gateway.calls().begin(address, slot);
    auto end = [&gateway, slot, address] { gateway.calls().end(address, slot); };
    auto refuse = [slot, end](const caf::error& reason) {
      end();
      slot->refuse(reason);
    };
    auto asked = gateway.self()->request(node, timeout, std::move(words)...);
    if constexpr (std::is_void_v<Answer>)
      std::move(asked).then(
          [=] {
            end();
            slot->set({});
          },
          refuse);
    else
      std::move(asked).then(
          [=](Answer& x) {
            end();
            slot->set(std::move(x));
          },
          refuse);
  });
  return future;
}

template <class Answer, class Convert, class... Words>
auto client::core::send(Convert convert, actors::call_terms terms, detail::in_flight_share items,
                        const link& book, Words... words) const {
  using converted = typename detail::converted<Convert, Answer>::type;
  using call = actors::book_call<actors::gateway_state, Answer, Words...>;
  auto slot = std::make_shared<detail::answer_slot<converted>>(terms.fallback, std::move(items));
  auto future = slot->future();
  auto sent = std::make_shared<call>(book, terms, std::move(words)...);
  post([slot, convert, sent, book](actors::gateway_state& gateway) {
    gateway.flush(book->name());
    typename call::on_answer answered;
    if constexpr (std::is_void_v<Answer>)
      answered = [slot, convert] { slot->set(convert()); };
    else
      answered = [slot, convert](Answer& x) { slot->set(convert(std::move(x))); };
    sent->start(gateway, std::move(answered), [slot](error x) { slot->set(fail(std::move(x))); });
  });
  return future;
}

} // namespace daybook
