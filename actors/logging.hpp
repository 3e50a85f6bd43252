#pragma once

#include <spdlog/logger.h>

#include <memory>

namespace daybook::actors {

/// The name under which the actors look for their logger in spdlog's registry.
inline constexpr auto logger_name = "daybook";

/// Where the actors log what happens to books, as `key=value` fields: the logger that the program
/// registered as `logger_name`, or else one that writes warnings and errors to standard error. Any
/// thread.
std::shared_ptr<spdlog::logger> logger();

} // namespace daybook::actors
