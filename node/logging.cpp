#include "node/logging.hpp"

#include "actors/logging.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

namespace daybook::node {

namespace {

using stderr_sink = spdlog::sinks::stderr_sink_mt;

class warnings_only final : public stderr_sink {
public:
  void log(const spdlog::details::log_msg& x) override {
    if (x.level == spdlog::level::warn)
      stderr_sink::log(x);
  }
};

void log_to(spdlog::sink_ptr sink, spdlog::level::level_enum level) {
  // As the default logger it is registered by its name, where the actors look for it.
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>(actors::logger_name, std::move(sink)));
  spdlog::set_level(level);
}

} // namespace

void log_for_command() { log_to(std::make_shared<warnings_only>(), spdlog::level::warn); }

void log_for_server() { log_to(std::make_shared<stderr_sink>(), spdlog::level::info); }

} // namespace daybook::node
