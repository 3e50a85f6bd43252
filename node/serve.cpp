#include "node/serve.hpp"

#include "actors/errors.hpp"
#include "actors/node_system.hpp"
#include "node/end_signals.hpp"

#include <caf/scoped_actor.hpp>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <optional>
#include <utility>

namespace daybook::node {

namespace {

/// Not by returning: an actor system waits for its actors, and those for a disk that hangs.
[[noreturn]] void end_undrained(std::chrono::seconds limit) {
  spdlog::error("event=not_drained limit_s={} reason=\"what was acknowledged is durable; the rest "
                "may not be\"",
                limit.count());
  spdlog::shutdown();
  std::_Exit(EXIT_FAILURE);
}

result<void> drain(caf::actor_system& system, const actors::supervisor_actor& node,
                   std::chrono::seconds limit) {
  result<void> drained;
  caf::scoped_actor self{system};
  auto timeout =
      limit == std::chrono::seconds{0} ? caf::timespan{caf::infinite} : caf::timespan{limit};
  self->request(node, timeout, actors::atom::stop_v)
      .receive([] {},
               [&](const caf::error& reason) {
                 if (reason == caf::sec::request_timeout)
                   end_undrained(limit);
                 drained = fail(actors::from_caf(reason, ec::io));
               });
  return drained;
}

} // namespace

result<void> serve(actors::node_options options, const address& listen,
                   const caf::settings& settings, std::chrono::seconds drain_limit,
                   const std::function<result<void>(const address&)>& listening) {
  std::optional<end_signals> signals{std::in_place};
  auto system = actors::node_system::start(settings);
  auto node = actors::spawn_node(system->get(), std::move(options));
  if (!node)
    return fail(std::move(node.error()));
  auto outcome = actors::publish_node(system->get(), *node, listen.host, listen.port)
                     .and_then([&](std::uint16_t port) { return listening({listen.host, port}); });
  if (outcome) {
    auto number = signals->wait();
    spdlog::info("event=stopping signal={}", number);
  }
  signals.reset();
  auto drained = drain(system->get(), *node, drain_limit);
  return outcome.and_then([&] { return std::move(drained); });
}

} // namespace daybook::node
