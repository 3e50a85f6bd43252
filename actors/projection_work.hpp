#pragma once

#include "actors/follower.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace daybook {

struct projection_options;

} // namespace daybook

namespace daybook::actors {

/// What a projection makes of events, whatever its type. Called on its follower's thread; errors
/// and exceptions are the program's.
class fold {
public:
  virtual ~fold() = default;

  virtual std::string name() const = 0;
  virtual std::uint32_t version() const = 0;
  /// What its values depend on beside events, name, version and filter. Always the same.
  virtual std::string parameters() const = 0;

  /// Takes up a state that `save` gave, which holds everything up to an event.
  virtual result<void> load(std::string_view state, event_seq up_to) = 0;
  /// Back to the beginning.
  virtual void reset() = 0;
  virtual void apply(const delivery& x) = 0;
  virtual std::string save() const = 0;

  /// Nothing comes any more.
  virtual void end(const error& why) = 0;
};

/// Whether checkpoints can have a name: a label that leaves room for what they add to it.
/// Errors: `invalid_name`, with the `name`.
result<void> check_projection_name(const std::string& name);

/// What a follower does for a projection: applies, and stores a checkpoint now and then.
std::unique_ptr<follower_work> make_projection_work(std::shared_ptr<fold> to,
                                                    const projection_options& options);

} // namespace daybook::actors
