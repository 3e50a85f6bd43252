#include "actors/client_core.hpp"

#include "actors/cluster/directory.hpp"
#include "actors/node_system.hpp"
#include "base/check.hpp"

#include <caf/io/all.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace daybook {

using namespace actors;

namespace {

constexpr std::chrono::milliseconds year = std::chrono::hours{24 * 365};

/// Connecting is not a call: how long those may take says nothing of it.
constexpr std::chrono::milliseconds connect_timeout = std::chrono::seconds{10};

/// The same, with timeouts that can be added up.
client_options bounded(client_options x) {
  x.timeout = std::min(x.timeout, year);
  x.open_timeout = std::min(x.open_timeout, year);
  x.retry_budget = std::min<decltype(x.retry_budget)>(x.retry_budget, year);
  return x;
}

/// What a client asks.
enum class target : std::uint8_t { own_node, remote_node, own_directory };

/// A client with a system of its own.
class owning_core final : public client::core {
public:
  owning_core(std::unique_ptr<node_system> system, supervisor_actor node, client_options options,
              target what)
      : core(system->get(), std::move(node), options, what == target::own_directory),
        system_(std::move(system)),
        what_(what) {}

  ~owning_core() override {
    if (what_ != target::remote_node)
      ask_node<void>(ec::io, atom::stop_v).wait();
    disconnect();
  }

private:
  std::unique_ptr<node_system> system_;
  target what_;
};

/// The map of the cluster that a node is in; nothing when it is by itself.
result<std::optional<shard_map>> cluster_of(caf::actor_system& system, const supervisor_actor& node,
                                            caf::timespan timeout) {
  caf::scoped_actor self{system};
  cluster_actor desk;
  std::optional<error> failed;
  auto fail_with = [&](const caf::error& x) { failed = from_caf(x, ec::io); };
  self->request(node, timeout, atom::cluster_v)
      .receive([&](cluster_actor& x) { desk = std::move(x); }, fail_with);
  if (failed && failed->code() == ec::not_found)
    return std::nullopt;
  std::optional<shard_map> map;
  if (!failed)
    self->request(desk, timeout, atom::map_v)
        .receive([&](shard_map& x) { map = std::move(x); }, fail_with);
  if (failed)
    return fail(std::move(*failed));
  return map;
}

} // namespace

// -- options ------------------------------------------------------------------------------------

result<void> check(const client_options& x) {
  auto refuse = [](const char* field, const char* why) {
    return fail(ec::invalid_argument, why, {{"field", field}});
  };
  if (x.timeout <= std::chrono::milliseconds{0})
    return refuse("timeout", "a timeout must be above zero");
  if (x.open_timeout <= std::chrono::milliseconds{0})
    return refuse("open_timeout", "a timeout must be above zero");
  if (x.retry_budget < std::chrono::milliseconds{0})
    return refuse("retry_budget", "a retry budget must be at least zero");
  if (x.queue_items_max == 0)
    return refuse("queue_items_max", "a queue must have room for one write");
  // Also what is no number.
  if (!(x.pressure_share >= 0 && x.pressure_share <= 1))
    return refuse("pressure_share", "a share is from 0 to 1");
  return {};
}

caf::timespan to_timespan(std::chrono::milliseconds x) { return std::clamp(x, -year, year); }

// -- core ---------------------------------------------------------------------------------------

client::core::core(caf::actor_system& system, supervisor_actor node, client_options options,
                   bool is_directory)
    : system_(system),
      node_(std::move(node)),
      is_directory_(is_directory),
      options_(bounded(options)),
      in_flight_(std::make_shared<in_flight_items>(options.queue_items_max)),
      gateway_(system.spawn<gateway_actor::stateful_impl<gateway_state>>()) {
  DAYBOOK_CHECK(check(options));
}

client::core::~core() { disconnect(); }

void client::core::disconnect() {
  if (gateway_)
    caf::anon_send_exit(gateway_, caf::exit_reason::user_shutdown);
  gateway_ = nullptr;
  node_ = nullptr;
}

error client::core::overloaded(std::size_t limit) {
  return {ec::overloaded,
          "the client waits for as many answers as it may: nothing was sent, write again when "
          "earlier writes are answered",
          {{"what", "client_queue"}, {"limit", std::to_string(limit)}}};
}

std::future<result<ledger::receipt>> client::core::commit(const link& book,
                                                          ledger::transaction x) const {
  using outcome = result<ledger::receipt>;
  if (!in_flight_->admit(1)) {
    std::promise<outcome> refused;
    refused.set_value(fail(overloaded(in_flight_->capacity())));
    return refused.get_future();
  }
  auto terms = terms_of(ec::outcome_unknown);
  auto slot = std::make_shared<daybook::detail::answer_slot<outcome>>(
      terms.fallback, daybook::detail::in_flight_share{in_flight_, 1});
  auto future = slot->future();
  auto what = std::make_shared<ledger::transaction>(std::move(x));
  post([book, terms, what, slot](gateway_state& gateway) {
    gateway.commit(book, terms, std::move(*what),
                   [slot](outcome came) { slot->set(std::move(came)); });
  });
  return future;
}

void client::core::post(std::function<void(gateway_state&)> run) const {
  caf::anon_send(gateway_, client_call{std::move(run)});
}

// -- client -------------------------------------------------------------------------------------

result<client> client::open(node_options options, client_options client_opts) {
  if (auto valid = check(client_opts); !valid)
    return fail(std::move(valid.error()));
  auto system = node_system::start();
  auto node = spawn_node(system->get(), std::move(options));
  if (!node)
    return fail(std::move(node.error()));
  return client{
      std::make_shared<owning_core>(std::move(system), *node, client_opts, target::own_node)};
}

result<client> client::connect(const std::string& host, std::uint16_t port,
                               client_options options) {
  if (auto valid = check(options); !valid)
    return fail(std::move(valid.error()));
  auto started = node_system::start(transport_options{.tls = options.tls, .limits = {}});
  if (!started)
    return fail(std::move(started.error()));
  auto system = std::move(*started);
  auto node = connect_node(system->get(), host, port, connect_timeout);
  if (!node)
    return fail(std::move(node.error()));
  auto map = cluster_of(system->get(), *node, connect_timeout);
  if (!map)
    return fail(std::move(map.error()));
  auto asked = *map ? spawn_directory(system->get(), *node, std::move(**map)) : *node;
  return client{std::make_shared<owning_core>(std::move(system), std::move(asked), options,
                                              *map ? target::own_directory : target::remote_node)};
}

client::client(caf::actor_system& system, supervisor_actor node, client_options options)
    : core_(std::make_shared<core>(system, std::move(node), options)) {}

result<book_client> client::book(const std::string& name, open_mode mode) const {
  auto deadline = std::chrono::steady_clock::now() + core_->options().retry_budget;
  for (;;) {
    auto handle = core_->ask_node_at_length<book_actor>(atom::open_v, name, mode).get();
    if (handle)
      return book_client{core_,
                         std::make_shared<book_link>(core_->node(), name, std::move(*handle))};
    auto delay = retry_delay(handle.error());
    if (!delay || std::chrono::steady_clock::now() + *delay >= deadline)
      return fail(std::move(handle.error()));
    std::this_thread::sleep_for(*delay);
  }
}

result<std::vector<book_info>> client::books() const {
  return core_->ask_node<std::vector<book_info>>(ec::io, atom::books_v).get();
}

result<void> client::stop_book(const std::string& name) const {
  return core_->ask_node<void>(ec::io, atom::stop_v, name).get();
}

result<void> client::restart_book(const std::string& name) const {
  return core_->ask_node_at_length<book_actor>(atom::restart_v, name)
      .get()
      .map([](const book_actor&) {});
}

book_actor book_client::handle() const { return book_->now(); }

client_pressure client::pressure() const {
  auto queued = core_->in_flight().count();
  auto capacity = core_->in_flight().capacity();
  return {queued, capacity, static_cast<double>(queued) / static_cast<double>(capacity)};
}

} // namespace daybook
