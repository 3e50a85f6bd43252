#include "node/serve.hpp"

#include "actors/errors.hpp"
#include "actors/node_system.hpp"
#include "node/end_signals.hpp"

#include <caf/scoped_actor.hpp>
#include <spdlog/spdlog.h>

#include <optional>
#include <utility>

namespace daybook::node {

namespace {

result<void> drain(caf::actor_system& system, const actors::supervisor_actor& node) {
  result<void> drained;
  caf::scoped_actor self{system};
  // No timeout: every batch is either written or failed, and a second signal ends the process.
  self->request(node, caf::infinite, actors::atom::stop_v)
      .receive([] {},
               [&](const caf::error& reason) { drained = fail(actors::from_caf(reason, ec::io)); });
  return drained;
}

} // namespace

result<void> serve(actors::node_options options, const address& listen,
                   const caf::settings& settings,
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
  auto drained = drain(system->get(), *node);
  return outcome.and_then([&] { return std::move(drained); });
}

} // namespace daybook::node
