#pragma once

#include "actors/jobs.hpp"
#include "actors/node_options.hpp"
#include "base/result.hpp"

namespace daybook::actors {

/// What a projection stored last; its `seq` is the end of the unit that it stored. Blocks.
/// Errors: `not_found` (`what`) when there is none, when it does not come from this log, and when
/// the node has no index: then the projection begins anew [I9]. `io`.
result<checkpoint> load_checkpoint(const environment& env, const checkpoint_job& job);

/// Stores it in place of the one of the same name; a crash may bring that one back. Blocks.
/// Errors: `invalid_argument` (`field`) when it is not of this log as far as that is durable;
/// `not_found` (`what`) when the node has no index; `io`.
result<void> store_checkpoint(const environment& env, const checkpoint_job& job);

} // namespace daybook::actors
