#include "actors/projection.hpp"

#include "actors/filter_text.hpp"
#include "actors/logging.hpp"
#include "base/limits.hpp"
#include "base/names.hpp"

#include <caf/hash/fnv.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <array>
#include <charconv>
#include <exception>
#include <optional>
#include <utility>

namespace daybook::actors {

namespace {

/// What beside its name and version says which projection it is. Begins the state of a checkpoint:
/// the filter, an empty line, and the parameters behind their size.
std::string identity_of(const fold& x, const event_filter& filter) {
  auto parameters = x.parameters();
  return to_text(filter) + '\n' + std::to_string(parameters.size()) + '\n' + parameters;
}

/// Projections of one name and different identities each have a checkpoint. When two identities
/// have one hash, the later checkpoint takes the place of the other, which is seen when it is
/// loaded: that projection is built again.
constexpr std::size_t slot_digits = 16;
constexpr std::size_t projection_name_bytes_max = limits{}.name_bytes_max - slot_digits - 1;

std::string slot_of(const std::string& name, const std::string& identity) {
  std::array<char, slot_digits> digits{};
  auto hash = caf::hash::fnv<std::uint64_t>::compute(identity);
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
  return name + '@' + std::string{digits.data(), end};
}

class projection_work final : public follower_work {
public:
  projection_work(std::shared_ptr<fold> to, const projection_options& options)
      : fold_(std::move(to)),
        options_(options),
        identity_(identity_of(*fold_, options.filter)),
        slot_(slot_of(fold_->name(), identity_)) {}

  /// Without a checkpoint that can be used the projection is built again; a book that cannot be
  /// asked will not take the subscription either.
  void begin(follower_state& me) override {
    me.ask_or<checkpoint>([this, &me](const checkpoint& x) { follow(me, load(x)); },
                          [this, &me](const error&) { follow(me, {}); }, atom::load_checkpoint_v,
                          slot_);
  }

  next_step on_delivery(const delivery& x) override {
    fold_->apply(x);
    return next_step::go_on;
  }

  void on_done(follower_state& me, const delivery& x) override {
    me.report_applied(fold_->name(), x.last);
    last_ = x.last;
    chain_ = x.chain;
    since_checkpoint_ += x.last.value() + 1 - x.first.value();
    store_when_due(me);
  }

  /// A state that `apply` has left half-way is not worth keeping.
  void finish(follower_state& me, bool failed) override {
    finishing_ = true;
    if (failed || options_.checkpoint_every == 0)
      since_checkpoint_ = 0;
    me.self()->run_delayed(finish_timeout, [&me] { me.end({}); });
    if (!is_storing_)
      finish_storing(me);
  }

  void on_restart(follower_state& me) override {
    if (last_ > event_seq{})
      me.report_applied(fold_->name(), last_);
  }

  void on_end(const result<void>& why) override {
    fold_->end(why ? error{ec::not_found, "the projection was stopped", {{"what", fold_->name()}}}
                   : why.error());
  }

private:
  void follow(follower_state& me, event_seq done) {
    last_ = done;
    if (done > event_seq{})
      me.report_applied(fold_->name(), done);
    me.follow({done.next(), delivery_mode::guaranteed, options_.credit, options_.filter});
  }

  /// The event up to which the checkpoint is now the state; zero when it is not of this code and
  /// this identity.
  event_seq load(const checkpoint& x) {
    if (x.version != fold_->version() || !x.state.starts_with(identity_))
      return {};
    try {
      if (fold_->load(std::string_view{x.state}.substr(identity_.size()), x.seq))
        return x.seq;
    } catch (...) {
      // As any other state that cannot be read.
    }
    fold_->reset();
    return {};
  }

  void store_when_due(follower_state& me) {
    if (!is_storing_ && options_.checkpoint_every > 0 &&
        since_checkpoint_ >= options_.checkpoint_every)
      store(me);
  }

  /// One at a time is on its way. Losing it costs time only [I9].
  void store(follower_state& me) {
    since_checkpoint_ = 0;
    checkpoint x{slot_, fold_->version(), last_, chain_, identity_};
    x.state += fold_->save();
    is_storing_ = true;
    auto stored = [this, &me] {
      is_storing_ = false;
      finishing_ ? finish_storing(me) : store_when_due(me);
    };
    auto lost = [this, stored](const error& reason) {
      logger()->warn("projection={} event=checkpoint_lost reason=\"{}\"", fold_->name(),
                     to_string(reason));
      stored();
    };
    me.ask_once<void>(stored, lost, atom::store_checkpoint_v, std::move(x));
  }

  void finish_storing(follower_state& me) { since_checkpoint_ == 0 ? me.end({}) : store(me); }

  std::shared_ptr<fold> fold_;
  projection_options options_;
  std::string identity_;
  std::string slot_; ///< the name of its checkpoint
  event_seq last_;   ///< everything up to here was applied, or held back by the filter
  chain_hash chain_{};
  std::uint64_t since_checkpoint_ = 0;
  bool is_storing_ = false;
  bool finishing_ = false;
};

} // namespace

result<void> check_projection_name(const std::string& name) {
  if (auto valid = check_label("name", name); !valid)
    return valid;
  if (name.size() <= projection_name_bytes_max)
    return {};
  return fail(ec::invalid_name,
              "a projection's name must not be longer than " +
                  std::to_string(projection_name_bytes_max) + " bytes: it is a part of another one",
              {{"name", name}});
}

std::unique_ptr<follower_work> make_projection_work(std::shared_ptr<fold> to,
                                                    const projection_options& options) {
  return std::make_unique<projection_work>(std::move(to), options);
}

} // namespace daybook::actors
