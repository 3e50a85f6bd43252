#include "actors/projection.hpp"

#include "actors/filter_text.hpp"
#include "actors/logging.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace daybook::actors {

namespace {

/// How long the book has, at the end, to store the last checkpoint.
constexpr caf::timespan finish_timeout = std::chrono::seconds{10};

class projection_work final : public follower_work {
public:
  projection_work(std::shared_ptr<fold> to, const projection_options& options)
      : fold_(std::move(to)), options_(options), filter_(to_text(options.filter) + '\n') {}

  /// Without a checkpoint that can be used the projection is built again; a book that cannot be
  /// asked will not take the subscription either.
  void begin(follower_state& me) override {
    me.ask_or(
        caf::infinite, [this, &me](const checkpoint& x) { follow(me, load(x)); },
        [this, &me](const error&) { follow(me, {}); }, atom::load_checkpoint_v, fold_->name());
  }

  next_step on_delivery(const delivery& x) override {
    fold_->apply(x);
    return next_step::go_on;
  }

  void on_done(follower_state& me, const delivery& x) override {
    me.report_applied(fold_->name(), x.last);
    if (!x.events.empty()) {
      last_ = x.events.back().receipt;
      since_checkpoint_ += x.events.size();
    }
    if (options_.checkpoint_every > 0 && since_checkpoint_ >= options_.checkpoint_every)
      store(me, caf::infinite, [] {});
  }

  /// A state that `apply` has left half-way is not worth keeping.
  void finish(follower_state& me, bool failed) override {
    if (failed || options_.checkpoint_every == 0 || since_checkpoint_ == 0)
      return me.end({});
    store(me, finish_timeout, [&me] { me.end({}); });
  }

  void on_end(const result<void>& why) override {
    fold_->end(why ? error{ec::not_found, "the projection was stopped", {{"what", fold_->name()}}}
                   : why.error());
  }

private:
  void follow(follower_state& me, event_seq done) {
    me.follow({done.next(), delivery_mode::guaranteed, options_.credit, options_.filter});
  }

  /// The event up to which the checkpoint is now the state; zero when it is not of this code and
  /// this filter.
  event_seq load(const checkpoint& x) {
    if (x.version != fold_->version() || !x.state.starts_with(filter_))
      return {};
    try {
      if (fold_->load(std::string_view{x.state}.substr(filter_.size()), x.seq))
        return x.seq;
    } catch (const std::exception&) {
      // As any other state that cannot be read.
    }
    fold_->reset();
    return {};
  }

  /// A checkpoint is of the last event applied, whose chain is known: those after it changed
  /// nothing. Losing it costs time only [I9].
  template <class Then>
  void store(follower_state& me, caf::timespan timeout, Then then) {
    since_checkpoint_ = 0;
    checkpoint x{fold_->name(), fold_->version(), last_.id.seq, last_.chain, filter_};
    x.state += fold_->save();
    auto lost = [this, then](const error& reason) {
      logger()->warn("projection={} event=checkpoint_lost reason=\"{}\"", fold_->name(),
                     to_string(reason));
      then();
    };
    me.ask_or(timeout, then, lost, atom::store_checkpoint_v, std::move(x));
  }

  std::shared_ptr<fold> fold_;
  projection_options options_;
  std::string filter_; ///< begins the state of a checkpoint; ends with an empty line
  ledger::receipt last_;
  std::uint64_t since_checkpoint_ = 0;
};

} // namespace

std::unique_ptr<follower_work> make_projection_work(std::shared_ptr<fold> to,
                                                    const projection_options& options) {
  return std::make_unique<projection_work>(std::move(to), options);
}

} // namespace daybook::actors
