#pragma once

#include "actors/jobs.hpp"
#include "actors/node_options.hpp"
#include "base/result.hpp"

#include <memory>
#include <vector>

namespace daybook::actors {

/// A keeper (interfaces.hpp). Spawned detached, for every job blocks.
class keeper_state {
public:
  static inline const char* name = "daybook.keeper";

  keeper_state(keeper_actor::pointer self, std::shared_ptr<const environment> env);

  keeper_actor::behavior_type make_behavior();

private:
  std::shared_ptr<const environment> env_;
};

// What a keeper does with durable cursors, without the actor. Any thread; one call at a time for
// one cursor; blocks. The book knows who holds a cursor and how far it is behind, so `held` and
// `durable` stay empty in the answers. Errors of all: `invalid_name`, `corrupt`, `io`.

/// The cursor's position; a new one begins before `asked.start` and is durable when this returns.
/// Errors: `already_exists` (`what`) when it is bound to another filter; `invalid_argument` for a
/// filter that cannot be, and for a start within a unit (as `events_query` has it, but that `field`
/// is `start`).
result<cursor_info> open_cursor(const environment& env, const cursor_job& job);

/// Moves a cursor to `position`. Errors: `not_found` (`what`); `invalid_argument` for a position
/// within a unit, see `moment`.
result<void> store_cursor(const environment& env, const cursor_job& job);

/// Errors: `not_found` (`what`).
result<void> remove_cursor(const environment& env, const cursor_job& job);

/// All cursors of a book, by name, but for those whose files do not verify: these are logged, and
/// refused when they are opened.
result<std::vector<cursor_info>> list_cursors(const environment& env, const cursor_job& job);

} // namespace daybook::actors
