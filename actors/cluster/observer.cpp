#include "actors/cluster/observer.hpp"

#include "actors/cluster/asking.hpp"
#include "actors/interfaces.hpp"
#include "actors/node_system.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

namespace daybook {

using namespace actors;

std::uint64_t index_lag(const book_details& x) {
  auto has_index = x.status.indexed != event_seq{};
  return has_index && x.status.indexed < x.status.durable
             ? x.status.durable.value() - x.status.indexed.value()
             : 0;
}

std::uint64_t followers_lag(const book_details& x) {
  return std::max(x.status.subscription_lag, x.status.applied_lag);
}

struct observer::connections {
  /// Books that are asked at once.
  static constexpr std::size_t books_at_once = 256;

  std::unique_ptr<node_system> system;
  address first;
  caf::timespan timeout;
  std::map<address, supervisor_actor> nodes; ///< that answered when they were asked last

  result<supervisor_actor> reach(const address& at) {
    if (auto known = nodes.find(at); known != nodes.end())
      return known->second;
    auto found = connect_node(system->get(), at.host, at.port,
                              std::chrono::duration_cast<std::chrono::milliseconds>(timeout));
    if (found)
      nodes.emplace(at, *found);
    return found;
  }

  template <class Answer, class Target, class... Words>
  result<Answer> ask(const Target& target, const Words&... words) {
    return ask_actor<Answer>(system->get(), target, timeout, ec::io, words...);
  }

  /// What a node knows of its cluster; nothing when it is in none. Errors: `io`.
  result<std::optional<cluster_status>> cluster_of(const supervisor_actor& node) {
    auto desk = ask<cluster_actor>(node, atom::cluster_v);
    if (!desk && desk.error().code() == ec::not_found)
      return std::nullopt;
    if (!desk)
      return fail(std::move(desk.error()));
    auto status = ask<cluster_status>(*desk, atom::status_v);
    if (!status && status.error().code() == ec::unavailable)
      return std::nullopt; // it has no map yet
    if (!status)
      return fail(std::move(status.error()));
    return std::move(*status);
  }

  void look_at_books(const supervisor_actor& node, node_overview& x);
  void look_at_some(const supervisor_actor& node, std::span<book_overview*> some);
  void look_at(const supervisor_actor& node, node_overview& x);
  void look_at(const address& at, node_overview& x);
};

namespace {

/// What the actor of a book knows: two questions, each to all.
struct asked_book {
  book_overview* to;
  book_actor actor;
};

} // namespace

/// Not by `open`: a book that was closed meanwhile stays so. And nothing is asked that a book would
/// stay open for.
void observer::connections::look_at_some(const supervisor_actor& node,
                                         std::span<book_overview*> some) {
  caf::scoped_actor self{system->get()};
  auto send = [&](const book_overview& x) {
    return self->request(node, timeout, atom::await_v, x.info.name);
  };
  std::vector<decltype(send(*some.front()))> sent;
  for (auto* book : some)
    sent.push_back(send(*book));
  std::vector<asked_book> found;
  for (std::size_t i = 0; i < sent.size(); ++i)
    std::move(sent[i]).receive(
        [&](const book_actor& x) { found.push_back({some[i], x}); },
        [&](const caf::error& x) { some[i]->problem = from_caf(x, ec::io).message(); });
  std::vector<book_actor> actors;
  for (auto& x : found)
    actors.push_back(x.actor);
  auto statuses = ask_each<book_status>(system->get(), actors, timeout, ec::io, atom::status_v);
  auto pressures =
      ask_each<book_pressure>(system->get(), actors, timeout, ec::io, atom::pressure_v);
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto& to = *found[i].to;
    if (statuses[i] && pressures[i])
      to.details = book_details{std::move(*statuses[i]), std::move(*pressures[i])};
    else
      to.problem = "it ended, or does not answer";
  }
}

void observer::connections::look_at_books(const supervisor_actor& node, node_overview& x) {
  std::vector<book_overview*> open;
  for (auto& book : x.books)
    if (book.info.open)
      open.push_back(&book);
  for (std::size_t i = 0; i < open.size(); i += books_at_once)
    look_at_some(node, std::span{open}.subspan(i, std::min(books_at_once, open.size() - i)));
}

void observer::connections::look_at(const supervisor_actor& node, node_overview& x) {
  auto books = ask<std::vector<book_info>>(node, atom::books_v);
  auto statistics = ask<node_statistics>(node, atom::metrics_v);
  if (!books || !statistics) {
    x.is_up = false;
    x.problem = (books ? statistics.error() : books.error()).message();
    std::erase_if(nodes, [&](auto& known) { return known.second == node; });
    return;
  }
  x.is_up = true;
  x.is_ready = ask<bool>(node, atom::status_v).has_value();
  x.statistics = *statistics;
  for (auto& info : *books)
    x.books.push_back({std::move(info), std::nullopt, {}});
  look_at_books(node, x);
}

void observer::connections::look_at(const address& at, node_overview& x) {
  if (auto node = reach(at)) {
    look_at(*node, x);
  } else {
    x.is_up = false;
    x.problem = node.error().get("reason").empty() ? node.error().message()
                                                   : std::string{node.error().get("reason")};
  }
}

result<observer> observer::connect(const address& node, const tls_files& tls,
                                   std::chrono::milliseconds timeout) {
  auto started = node_system::start(transport_options{.tls = tls, .limits = {}});
  if (!started)
    return fail(std::move(started.error()));
  auto x = std::make_shared<connections>();
  x->system = std::move(*started);
  x->first = node;
  x->timeout = timeout;
  if (auto reached = x->reach(node); !reached)
    return fail(std::move(reached.error()));
  return observer{std::move(x)};
}

result<overview> observer::look() {
  auto& x = *connections_;
  std::vector<address> candidates{x.first};
  for (auto& [at, node] : x.nodes)
    if (at != x.first)
      candidates.push_back(at);
  result<std::optional<cluster_status>> cluster = fail(ec::io, "no node answers");
  address asked;
  for (auto& at : candidates) {
    asked = at;
    cluster =
        x.reach(at).and_then([&](const supervisor_actor& node) { return x.cluster_of(node); });
    if (cluster)
      break;
    x.nodes.erase(at);
  }
  if (!cluster)
    return fail(std::move(cluster.error()));
  overview all;
  if (!*cluster) {
    auto& alone = all.nodes.emplace_back();
    alone.member.at = asked;
    x.look_at(asked, alone);
    return all;
  }
  all.map_version = (*cluster)->map.version;
  for (auto& view : (*cluster)->nodes) {
    auto& node = all.nodes.emplace_back();
    node.member = view.member;
    node.has_map = view.has_map;
    node.strays = view.strays;
    // The one that was asked need not be reached by the address that the others use.
    auto is_asked = view.member.node == (*cluster)->node;
    if (is_asked || view.is_up)
      x.look_at(is_asked ? asked : view.member.at, node);
    else
      node.problem = view.problem;
  }
  return all;
}

} // namespace daybook
