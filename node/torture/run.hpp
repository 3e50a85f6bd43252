#pragma once

#include "base/result.hpp"
#include "node/torture/options.hpp"
#include "node/torture/report.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace daybook::node::torture {

/// Told what is being done ("preloading", "torturing", "checking"), how far it is and of how much.
using on_progress =
    std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

/// Starts the nodes, does to them and to their books what the options say, and judges what came of
/// it. Ends early on SIGINT or SIGTERM, and judges what there is then. Blocks. Call it before the
/// process has other threads.
/// Errors: what keeps it from beginning: `io`, and what a node answers while books are prepared.
result<torture_report> run(const torture_options& options, const on_progress& progress);

} // namespace daybook::node::torture
