#include "node/serve.hpp"

#include "actors/errors.hpp"
#include "actors/node_system.hpp"

#include <caf/scoped_actor.hpp>
#include <spdlog/spdlog.h>

#include <csignal>
#include <optional>
#include <utility>

namespace daybook::node {

namespace {

/// Keeps the signals that end a node from every thread, so that one thread can wait for them.
class end_signals {
public:
  end_signals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }

  ~end_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  end_signals(const end_signals&) = delete;
  end_signals& operator=(const end_signals&) = delete;

  int wait() const {
    int number = 0;
    sigwait(&signals_, &number);
    return number;
  }

private:
  sigset_t signals_;
  sigset_t before_;
};

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

result<void> serve(const std::string& data, const address& listen,
                   const std::function<result<void>(const address&)>& listening) {
  std::optional<end_signals> signals{std::in_place};
  auto system = actors::node_system::start();
  actors::node_options options;
  options.data = data;
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
