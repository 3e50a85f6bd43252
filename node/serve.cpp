#include "node/serve.hpp"

#include "actors/errors.hpp"
#include "actors/node_system.hpp"
#include "node/end_signals.hpp"
#include "node/hand_over.hpp"
#include "node/listening.hpp"
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

/// Of a book: its log, the next file of that, and files that are read or written now and then.
constexpr std::size_t descriptors_of_a_book = 4;
/// Of everything else: the index, for the most part.
constexpr std::size_t descriptors_of_a_node = 1'024;

/// A node that runs out of them goes on, but turns connections away and books fail.
void provide_descriptors(const actors::node_options& node, const actors::peer_limits& peers) {
  auto wanted = descriptors_of_a_node + descriptors_of_a_book * node.open_books_max +
                peers.connections_max + peers.strangers_max;
  auto limit = raise_descriptors();
  if (limit < wanted)
    spdlog::warn("event=few_descriptors limit={} wanted={} reason=\"raise the limit of open files, "
                 "or lower --open-books and --connections\"",
                 limit, wanted);
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

result<void> serve(serving options,
                   const std::function<result<void>(const listening_at&)>& listening) {
  provide_descriptors(options.node, options.network.limits);
  std::optional<end_signals> signals{std::in_place};
  if (options.metrics) {
    publish_metrics(*options.metrics, options.system);
    options.node.metrics_interval = metrics_interval;
  }
  auto started = actors::node_system::start(options.network, options.system);
  if (!started)
    return fail(std::move(started.error()));
  auto system = std::move(*started);
  auto metrics_at = find_metrics(system->get(), options.metrics);
  if (!metrics_at)
    return fail(std::move(metrics_at.error()));
  auto leaves = options.hand_over && options.node.cluster;
  auto name = leaves ? options.node.cluster->node : std::string{};
  auto node = actors::spawn_node(system->get(), std::move(options.node));
  if (!node)
    return fail(std::move(node.error()));
  auto& at = options.listen;
  auto outcome =
      actors::publish_node(system->get(), *node, at.host, at.port)
          .and_then([&](std::uint16_t port) { return listening({{at.host, port}, *metrics_at}); });
  if (outcome) {
    tell_service_manager("READY=1");
    auto number = signals->wait();
    tell_service_manager("STOPPING=1");
    spdlog::info("event=stopping signal={}", number);
  }
  signals.reset();
  if (outcome && leaves)
    hand_over(system->get(), *node, name, options.drain_limit);
  auto drained = drain(system->get(), *node, options.drain_limit);
  return outcome.and_then([&] { return std::move(drained); });
}

} // namespace daybook::node
