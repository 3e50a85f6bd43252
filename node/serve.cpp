#include "node/serve.hpp"

#include "actors/errors.hpp"
#include "actors/node_system.hpp"
#include "node/end_signals.hpp"
#include "node/service_manager.hpp"

#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/telemetry/int_gauge.hpp>
#include <caf/telemetry/metric_registry.hpp>
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

constexpr auto metrics_interval = std::chrono::seconds{1};

void publish_metrics(const address& at, caf::settings& settings) {
  caf::put(settings, "caf.middleman.prometheus-http.address", at.host);
  caf::put(settings, "caf.middleman.prometheus-http.port", at.port);
  // As for clients: a node that was killed must start again at once.
  caf::put(settings, "caf.middleman.prometheus-http.reuse", true);
}

/// CAF says nothing when it cannot listen. Gives the port, which the system chooses for 0.
result<std::optional<address>> find_metrics(caf::actor_system& system,
                                            const std::optional<address>& wanted) {
  if (!wanted)
    return std::nullopt;
  auto port = system.middleman().prometheus_scraping_port();
  if (port == 0)
    return fail(ec::io,
                "cannot listen for metrics on " + to_string(*wanted) +
                    ": the address is taken or not this machine's",
                {{"address", to_string(*wanted)}});
  system.metrics()
      .gauge_family("daybook", "build-info", {"version"}, "One; the label says of which version.")
      ->get_or_add({{"version", DAYBOOK_VERSION}})
      ->value(1);
  return address{wanted->host, port};
}

} // namespace

result<void> serve(actors::node_options options, const address& listen,
                   const std::optional<address>& metrics, caf::settings settings,
                   std::chrono::seconds drain_limit,
                   const std::function<result<void>(const listening_at&)>& listening) {
  std::optional<end_signals> signals{std::in_place};
  if (metrics) {
    publish_metrics(*metrics, settings);
    options.metrics_interval = metrics_interval;
  }
  auto system = actors::node_system::start(settings);
  auto metrics_at = find_metrics(system->get(), metrics);
  if (!metrics_at)
    return fail(std::move(metrics_at.error()));
  auto node = actors::spawn_node(system->get(), std::move(options));
  if (!node)
    return fail(std::move(node.error()));
  auto outcome = actors::publish_node(system->get(), *node, listen.host, listen.port)
                     .and_then([&](std::uint16_t port) {
                       return listening({{listen.host, port}, *metrics_at});
                     });
  if (outcome) {
    tell_service_manager("READY=1");
    auto number = signals->wait();
    tell_service_manager("STOPPING=1");
    spdlog::info("event=stopping signal={}", number);
  }
  signals.reset();
  auto drained = drain(system->get(), *node, drain_limit);
  return outcome.and_then([&] { return std::move(drained); });
}

} // namespace daybook::node
