#include "actors/cluster/cluster_admin.hpp"

#include "actors/cluster/asking.hpp"
#include "actors/node_system.hpp"

#include <optional>
#include <utility>

namespace daybook {

using namespace actors;

struct cluster_admin::connection {
  std::unique_ptr<node_system> system;
  cluster_actor desk;
  caf::timespan timeout;
};

namespace {

constexpr caf::timespan move_timeout = std::chrono::seconds{15};

} // namespace

result<cluster_admin> cluster_admin::connect(const address& node, const tls_files& tls,
                                             std::chrono::milliseconds timeout) {
  auto started = node_system::start(transport_options{.tls = tls, .limits = {}});
  if (!started)
    return fail(std::move(started.error()));
  auto x = std::make_shared<connection>();
  x->system = std::move(*started);
  x->timeout = timeout;
  auto found = connect_node(x->system->get(), node.host, node.port, timeout);
  if (!found)
    return fail(std::move(found.error()));
  auto desk =
      ask_actor<cluster_actor>(x->system->get(), *found, x->timeout, ec::io, atom::cluster_v);
  if (!desk)
    return fail(std::move(desk.error()));
  x->desk = std::move(*desk);
  return cluster_admin{std::move(x)};
}

template <class Answer, class... Words>
result<Answer> cluster_admin::ask(Words... words) const {
  auto& x = *connection_;
  return ask_actor<Answer>(x.system->get(), x.desk, x.timeout, ec::io, std::move(words)...);
}

result<void> check_ready(const address& node, std::chrono::milliseconds timeout,
                         const tls_files& tls) {
  auto started = node_system::start(transport_options{.tls = tls, .limits = {}});
  if (!started)
    return fail(std::move(started.error()));
  auto system = std::move(*started);
  auto found = connect_node(system->get(), node.host, node.port, timeout);
  auto not_ready = [&](const error& why) {
    return fail(ec::unavailable,
                "the node at " + to_string(node) + " is not ready (" + why.message() + ")",
                {{"address", to_string(node)}});
  };
  if (!found)
    return not_ready(found.error());
  auto is_up = ask_actor<bool>(system->get(), *found, timeout, ec::io, atom::status_v);
  if (!is_up)
    return not_ready(is_up.error());
  auto desk = ask_actor<cluster_actor>(system->get(), *found, timeout, ec::io, atom::cluster_v);
  if (!desk && desk.error().code() == ec::not_found)
    return {};
  if (!desk)
    return not_ready(desk.error());
  auto status = ask_actor<cluster_status>(system->get(), *desk, timeout, ec::io, atom::status_v);
  if (!status)
    return not_ready(status.error());
  if (!status->map.find(status->node))
    return not_ready({ec::unavailable, "it was removed from its cluster"});
  return {};
}

result<cluster_status> cluster_admin::status() const { return ask<cluster_status>(atom::status_v); }

result<shard_map> cluster_admin::map() const { return ask<shard_map>(atom::map_v); }

result<shard_map> cluster_admin::add_node(const address& at) const {
  return ask<shard_map>(atom::add_node_v, at);
}

result<shard_map> cluster_admin::remove_node(const std::string& node, bool forced) const {
  return ask<shard_map>(atom::remove_node_v, node, forced);
}

result<shard_map> cluster_admin::pin(const std::string& book, const std::string& node) const {
  return ask<shard_map>(atom::pin_v, book, node);
}

result<shard_map> cluster_admin::unpin(const std::string& book) const {
  return ask<shard_map>(atom::unpin_v, book);
}

/// A large book takes as long as it takes, and a node that is lost answers nothing: it is asked
/// again now and then, which changes nothing, as long as it says how it is.
result<shard_map> cluster_admin::move_book(const std::string& book, const std::string& node) const {
  auto& x = *connection_;
  for (;;) {
    auto moved = ask_actor<shard_map>(x.system->get(), x.desk, move_timeout, ec::timed_out,
                                      atom::move_v, book, node);
    if (moved || moved.error().code() != ec::timed_out)
      return moved;
    if (auto alive = status(); !alive)
      return fail(std::move(alive.error()));
  }
}

} // namespace daybook
