#pragma once

#include "actors/client_follow.hpp"
#include "actors/projection_work.hpp"

#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace daybook {

enum class freshness : std::uint8_t {
  consistent, ///< everything that was durable when it was asked for is in it
  /// What there is. It waits for one thing only: while a delivery is applied nobody can read, so
  /// that nobody sees half a unit. A delivery has at most `credit` events, at most 1,000, but for
  /// the rest of a unit: where `apply` takes long, a small `credit` makes for short waits.
  may_be_stale
};

struct projection_options {
  actors::event_filter filter{};
  freshness reads = freshness::consistent;
  /// Events of the book between two checkpoints, those that the filter holds back included, and at
  /// least one at the end. Zero: none, always rebuilt.
  std::uint64_t checkpoint_every = 100'000;
  std::uint32_t credit = 10'000; ///< events on their way at a time
};

/// What a program makes of a book's events: a value of its own type, kept up to date. Copied once
/// when it begins; `apply` gets every event that the filter lets through, in order. `save` and
/// `load` are for checkpoints: change `version` when the code changes what it makes of events, and
/// the projection is built again from the first.
///
/// A type whose values depend on more than that, such as the account it was made for, says so with
/// `std::string parameters() const`: a checkpoint is taken up only by a projection of the same
/// name, version, filter and parameters. Those that differ in the filter or the parameters each
/// have one.
template <class P>
concept projectable =
    std::copyable<P> &&
    requires(P x, const P& fixed, const actors::recorded_event& event, std::string_view state) {
      typename P::value_type;
      { P::name } -> std::convertible_to<std::string_view>;
      { P::version } -> std::convertible_to<std::uint32_t>;
      x.apply(event);
      { fixed.value() } -> std::convertible_to<typename P::value_type>;
      { fixed.save() } -> std::convertible_to<std::string>;
      { P::load(state) } -> std::same_as<result<P>>;
    };

/// What one thread reads while another applies. A reader never sees half a unit.
template <projectable P>
class projection_cell final : public actors::fold {
public:
  struct snapshot {
    typename P::value_type value;
    event_seq seq;                ///< everything up to here is in it
    std::uint64_t generation = 0; ///< grows whenever events are applied
  };

  explicit projection_cell(P initial) : initial_(std::move(initial)), state_(initial_) {}

  // -- reading, any thread
  // -------------------------------------------------------------------------

  result<snapshot> read(event_seq at_least, std::chrono::milliseconds timeout) const {
    std::unique_lock lock{mutex_};
    auto came = changed_.wait_for(lock, timeout,
                                  [&] { return ended_.has_value() || applied_ >= at_least; });
    if (ended_)
      return fail(*ended_);
    if (!came)
      return fail(ec::timed_out,
                  "the projection is at event " + std::to_string(applied_.value()) +
                      ": wait longer, or read what may be stale",
                  {{"found", std::to_string(applied_.value())}});
    return snapshot{state_.value(), applied_, generation_};
  }

  result<std::optional<snapshot>> read_if_changed(std::uint64_t since) const {
    std::lock_guard lock{mutex_};
    if (ended_)
      return fail(*ended_);
    if (generation_ == since)
      return std::optional<snapshot>{};
    return std::optional{snapshot{state_.value(), applied_, generation_}};
  }

  // -- the follower's thread
  // -----------------------------------------------------------------------

  std::string name() const override { return std::string{std::string_view{P::name}}; }
  std::uint32_t version() const override { return P::version; }
  std::string parameters() const override {
    if constexpr (requires(const P& x) { std::string{x.parameters()}; })
      return std::string{initial_.parameters()};
    else
      return {};
  }

  result<void> load(std::string_view state, event_seq up_to) override {
    auto loaded = P::load(state);
    if (!loaded)
      return fail(std::move(loaded.error()));
    change([&] {
      state_ = std::move(*loaded);
      applied_ = up_to;
      ++generation_;
    });
    return {};
  }

  void reset() override {
    change([this] {
      state_ = initial_;
      applied_ = {};
    });
  }

  void apply(const actors::delivery& x) override {
    change([&] {
      // Nobody may see half a unit, not even before the follower has ended.
      auto end_half_way = [this](const char* why) {
        ended_ = error{ec::invalid_argument,
                       std::string{"the projection could not apply an event: "} + why,
                       {{"what", name()}}};
      };
      try {
        for (auto& event : x.events)
          state_.apply(event);
      } catch (const std::exception& problem) {
        end_half_way(problem.what());
        throw;
      } catch (...) {
        end_half_way("it threw something that is no std::exception");
        throw;
      }
      applied_ = x.last;
      generation_ += !x.events.empty();
    });
  }

  std::string save() const override {
    std::lock_guard lock{mutex_};
    return state_.save();
  }

  void end(const error& why) override {
    change([&] { ended_ = why; });
  }

private:
  template <class Change>
  void change(Change make) {
    std::lock_guard lock{mutex_};
    make();
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  const P initial_;
  P state_;
  event_seq applied_;
  std::uint64_t generation_ = 0;
  std::optional<error> ended_;
};

/// A projection that is at work until the handle goes. Any thread may read it.
template <class P>
class projection {
public:
  using snapshot = typename projection_cell<P>::snapshot;

  projection(follower x, std::shared_ptr<projection_cell<P>> cell, freshness reads)
      : follower_(std::move(x)), cell_(std::move(cell)), reads_(reads) {}

  /// The value. Errors: what ended the projection; `timed_out` when it does not catch up within the
  /// client's timeout; `io` when the book does not say where it is.
  result<snapshot> get() const { return get(reads_); }

  result<snapshot> get(freshness wanted) const {
    event_seq at_least;
    if (wanted == freshness::consistent) {
      auto durable = follower_.ask_durable();
      if (!durable)
        return fail(std::move(durable.error()));
      at_least = *durable;
    }
    return cell_->read(at_least, follower_.timeout());
  }

  /// What there is, unless it is still of that generation. Errors: what ended the projection.
  result<std::optional<snapshot>> if_changed(std::uint64_t generation) const {
    return cell_->read_if_changed(generation);
  }

  /// Stores a checkpoint and ends. There is nothing to read any more.
  void stop() { follower_.stop(); }

  /// Waits for its end: without an error it was stopped.
  result<void> wait() const { return follower_.wait(); }

  std::uint64_t lag() const { return follower_.lag(); }

private:
  follower follower_;
  std::shared_ptr<projection_cell<P>> cell_;
  freshness reads_;
};

template <class P>
result<projection<P>> book_client::project(projection_options options, P initial) const {
  if (options.credit == 0)
    return fail(ec::invalid_argument, "a projection needs at least one event at a time",
                {{"field", "credit"}});
  auto cell = std::make_shared<projection_cell<P>>(std::move(initial));
  if (auto valid = actors::check_projection_name(cell->name()); !valid)
    return fail(std::move(valid.error()));
  auto work = actors::make_projection_work(cell, options);
  auto started = follower::start(core_, book_, options.filter, std::move(work));
  if (!started)
    return fail(std::move(started.error()));
  return projection<P>{std::move(*started), std::move(cell), options.reads};
}

} // namespace daybook
