#pragma once

#include "actors/client.hpp"
#include "base/result.hpp"
#include "node/bench/load.hpp"

#include <atomic>
#include <cstdint>
#include <vector>

namespace daybook::node::bench {

/// The closed loop of a program that is not an actor: each client is a thread that calls
/// `book_client::commit_async` for one transaction at a time, keeps `in_flight` futures and takes
/// the oldest one's answer before the next call. Latency is from a call to when its answer was
/// taken. `batch` and `rate` have no meaning here. Otherwise as `run_load`.
result<load_result> run_facade_load(const std::vector<book_client>& books,
                                    const load_options& options,
                                    std::atomic<std::uint64_t>& progress);

} // namespace daybook::node::bench
