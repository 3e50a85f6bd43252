#include "node/hand_over.hpp"

#include "actors/errors.hpp"

#include <caf/scoped_actor.hpp>
#include <spdlog/spdlog.h>

#include <cstddef>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace daybook::node {

using namespace actors;

namespace {

/// For an answer from this process, which may have to write a small file.
constexpr caf::timespan answer_timeout = std::chrono::seconds{10};
constexpr auto look_interval = std::chrono::milliseconds{50};

result<cluster_actor> desk_of(caf::scoped_actor& self, const supervisor_actor& node) {
  result<cluster_actor> desk = fail(ec::internal, "no answer");
  self->request(node, answer_timeout, atom::cluster_v)
      .receive([&](cluster_actor& x) { desk = std::move(x); },
               [&](const caf::error& x) { desk = fail(from_caf(x, ec::io)); });
  return desk;
}

result<void> leave(caf::scoped_actor& self, const cluster_actor& desk, const std::string& name) {
  result<void> left;
  self->request(desk, answer_timeout, atom::remove_node_v, name, false)
      .receive([](const shard_map&) {},
               [&](const caf::error& x) { left = fail(from_caf(x, ec::io)); });
  return left;
}

/// Nothing when the node does not say.
std::optional<std::size_t> books_of(caf::scoped_actor& self, const supervisor_actor& node) {
  std::optional<std::size_t> count;
  self->request(node, answer_timeout, atom::holdings_v)
      .receive([&](const std::vector<std::string>& x) { count = x.size(); },
               [](const caf::error&) { /* said by the caller */ });
  return count;
}

} // namespace

void hand_over(caf::actor_system& system, const supervisor_actor& node, const std::string& name,
               std::chrono::seconds limit) {
  caf::scoped_actor self{system};
  auto left =
      desk_of(self, node).and_then([&](const cluster_actor& x) { return leave(self, x, name); });
  if (!left)
    return spdlog::warn("event=not_handed_over reason=\"{}\"", to_string(left.error()));
  auto end = std::chrono::steady_clock::now() + limit;
  auto books = books_of(self, node);
  auto is_in_time = [&] {
    return limit == std::chrono::seconds{0} || std::chrono::steady_clock::now() < end;
  };
  while (books && *books > 0 && is_in_time()) {
    std::this_thread::sleep_for(look_interval);
    books = books_of(self, node);
  }
  if (books == 0)
    spdlog::info("event=handed_over");
  else
    spdlog::warn("event=not_handed_over books={}", books ? std::to_string(*books) : "unknown");
}

} // namespace daybook::node
