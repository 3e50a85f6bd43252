#include "actors/logging.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace daybook::actors {

std::shared_ptr<spdlog::logger> logger() {
  if (auto registered = spdlog::get(logger_name))
    return registered;
  static const auto fallback = [] {
    auto quiet = std::make_shared<spdlog::logger>(
        logger_name, std::make_shared<spdlog::sinks::stderr_sink_mt>());
    quiet->set_level(spdlog::level::warn);
    return quiet;
  }();
  return fallback;
}

} // namespace daybook::actors
