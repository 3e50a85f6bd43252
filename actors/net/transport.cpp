#include "actors/net/transport.hpp"

#include "actors/net/peer_doorman.hpp"
#include "actors/net/peer_scribe.hpp"

#include <caf/detail/socket_guard.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor_impl.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <unordered_map>
#include <utility>
#include <vector>

namespace daybook::actors {

namespace {

using caf::io::network::default_multiplexer;

/// Addresses whose failures are remembered.
constexpr std::size_t failures_max = 1'024;

constexpr auto sweep_interval = std::chrono::seconds{1};

/// CAF would remember every process that ever connected, by an actor that has ended since.
void forget_who_is_gone(const caf::actor& basp) {
  auto* broker = static_cast<caf::io::basp_broker*>(caf::actor_cast<caf::abstract_actor*>(basp));
  std::erase_if(broker->spawn_servers, [](auto& x) {
    auto* server = caf::actor_cast<caf::abstract_actor*>(x.second);
    return server->getf(caf::abstract_actor::is_terminated_flag);
  });
}

/// Sweeps a door. A broker, because it has to run on the multiplexer's thread, as CAF's does.
caf::behavior sweep_door(caf::io::broker* self, std::shared_ptr<door> which, caf::actor basp) {
  self->delayed_send(self, sweep_interval, caf::tick_atom_v);
  return {[self, which = std::move(which), basp = std::move(basp)](caf::tick_atom) {
    which->sweep(std::chrono::steady_clock::now());
    forget_who_is_gone(basp);
    self->delayed_send(self, sweep_interval, caf::tick_atom_v);
  }};
}

/// CAF's middleman actor with our sockets. Detached, for connecting blocks.
class peer_middleman final : public caf::io::middleman_actor_impl {
public:
  using super = caf::io::middleman_actor_impl;

  peer_middleman(caf::actor_config& config, caf::actor broker, std::shared_ptr<transport> network)
      : super(config, broker), basp_(std::move(broker)), network_(std::move(network)) {}

  const char* name() const override { return "daybook.middleman"; }

  void on_exit() override {
    for (auto& sweeper : sweepers_)
      caf::anon_send_exit(sweeper, caf::exit_reason::user_shutdown);
    sweepers_.clear();
    basp_ = nullptr;
    super::on_exit();
  }

protected:
  caf::expected<caf::io::scribe_ptr> connect(const std::string& host, std::uint16_t port) override {
    network_->forget_failure({host, port});
    auto socket = caf::io::network::new_tcp_connection(host, port);
    if (!socket)
      return std::move(socket.error());
    caf::detail::socket_guard guard{*socket};
    auto& identity = network_->identity();
    auto tls = identity ? tls_session::make(*identity, tls_side::connects, *socket) : nullptr;
    if (identity && !tls)
      return caf::make_error(caf::sec::cannot_connect_to_node, "no memory for TLS");
    caf::io::network::keepalive(*socket, true);
    auto on_failure = [network = network_, at = daybook::address{host, port}](
                          const std::string& why) { network->note_failure(at, why); };
    guard.release();
    return caf::io::scribe_ptr{
        new peer_scribe{backend(), *socket, std::move(tls), network_->limits(),
                        peer_scribe::origin{.on_failure = std::move(on_failure)}},
        false};
  }

  caf::expected<caf::io::doorman_ptr> open(std::uint16_t port, const char* host,
                                           bool reuse) override {
    auto socket = caf::io::network::new_tcp_acceptor_impl(port, host, reuse);
    if (!socket)
      return std::move(socket.error());
    auto in = std::make_shared<door>(system(), network_->limits());
    sweepers_.push_back(system().middleman().spawn_broker<caf::hidden>(sweep_door, in, basp_));
    return caf::io::doorman_ptr{
        new peer_doorman{backend(), *socket, network_->identity(), std::move(in)}, false};
  }

private:
  default_multiplexer& backend() {
    return static_cast<default_multiplexer&>(system().middleman().backend());
  }

  caf::actor basp_;
  std::shared_ptr<transport> network_;
  std::vector<caf::actor> sweepers_;
};

/// Starts the middleman actor of a transport with its system, and ends it before the sockets end.
class transport_module final : public caf::actor_system::module {
public:
  transport_module(caf::actor_system& system, std::shared_ptr<transport> network)
      : system_(system), network_(std::move(network)) {}

  void start() override {
    auto broker = system_.middleman().named_broker<caf::io::basp_broker>("BASP");
    network_->set_middleman(
        system_.spawn<peer_middleman, caf::detached + caf::hidden>(std::move(broker), network_));
  }

  void stop() override {
    auto middleman = network_->middleman();
    network_->set_middleman({});
    caf::scoped_actor self{system_, true};
    self->send_exit(middleman, caf::exit_reason::kill);
    self->wait_for(middleman);
  }

  void init(caf::actor_system_config&) override {}

  /// The place of CAF's next networking module, which is not used beside this one: of those that
  /// a system has, it is started after the middleman and stopped before it.
  id_t id() const override { return network_manager; }

  void* subtype_ptr() override { return this; }

private:
  caf::actor_system& system_;
  std::shared_ptr<transport> network_;
};

} // namespace

// -- transport ------------------------------------------------------------------------------------

struct transport::subscription_counts {
  std::mutex mutex;
  std::map<caf::node_id, std::size_t> of;
};

transport::transport(const peer_limits& limits)
    : limits_(limits), subscriptions_(std::make_shared<subscription_counts>()) {}

result<std::shared_ptr<transport>> transport::make(const transport_options& options) {
  auto made = std::make_shared<transport>(options.limits);
  if (!options.tls.any())
    return made;
  auto identity = tls_identity::load(options.tls);
  if (!identity)
    return fail(std::move(identity.error()));
  made->identity_ = std::move(*identity);
  return made;
}

std::string transport::failure_at(const address& at) const {
  std::lock_guard guard{mutex_};
  auto found = failures_.find(at);
  return found == failures_.end() ? std::string{} : found->second;
}

void transport::note_failure(const address& at, const std::string& why) {
  std::lock_guard guard{mutex_};
  if (failures_.size() >= failures_max)
    failures_.clear();
  failures_[at] = why;
}

void transport::forget_failure(const address& at) {
  std::lock_guard guard{mutex_};
  failures_.erase(at);
}

transport::share transport::take_subscription(const caf::actor_system& system,
                                              const caf::node_id& of) {
  auto* network = transport_of(system);
  if (!network || of == system.node())
    return std::make_shared<int>();
  auto counts = network->subscriptions_;
  std::lock_guard guard{counts->mutex};
  auto& count = counts->of[of];
  if (count >= network->limits_.subscriptions_max)
    return nullptr;
  ++count;
  return {counts.get(), [counts, of](void*) {
            std::lock_guard releasing{counts->mutex};
            auto found = counts->of.find(of);
            if (--found->second == 0)
              counts->of.erase(found);
          }};
}

caf::io::middleman_actor transport::middleman() const {
  std::lock_guard guard{mutex_};
  return middleman_;
}

void transport::set_middleman(caf::io::middleman_actor x) {
  std::lock_guard guard{mutex_};
  middleman_ = std::move(x);
}

// -- in an actor system ---------------------------------------------------------------------------

void with_transport::load_transport(caf::actor_system_config& config,
                                    std::shared_ptr<transport> network) {
  network_ = std::move(network);
  config.module_factories.emplace_back(
      [network = network_](caf::actor_system& system) -> caf::actor_system::module* {
        return new transport_module{system, network};
      });
}

transport* transport_of(const caf::actor_system& system) {
  auto* config = dynamic_cast<const with_transport*>(&system.config());
  return config ? config->network().get() : nullptr;
}

caf::io::middleman_actor connector(caf::actor_system& system) {
  auto* network = transport_of(system);
  auto own = network ? network->middleman() : caf::io::middleman_actor{};
  return own ? own : system.middleman().actor_handle();
}

connection_failure explain_failure(caf::actor_system& system, const address& at,
                                   const caf::error& said) {
  auto* network = transport_of(system);
  auto known = network ? network->failure_at(at) : std::string{};
  auto reason = known.empty() ? caf::to_string(said) : known;
  if (known.empty() && said == caf::sec::disconnect_during_handshake)
    reason += "; does it speak our protocol, with TLS or without as we do, and has it room?";
  auto may_pass = known.empty() && said != caf::sec::request_timeout;
  return {std::move(reason), may_pass};
}

} // namespace daybook::actors
