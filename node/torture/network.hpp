#pragma once

#include "base/address.hpp"
#include "base/result.hpp"
#include "node/torture/node_board.hpp"

#include <compare>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace daybook::node::torture {

/// Who stands at an end of a connection: a node by its number, or the clients, all of them.
using party = std::uint32_t;
inline constexpr party all_clients = ~party{0};

/// A way in the network, whoever connects to whom.
struct route {
  party low = 0;
  party high = 0;

  static route between(party a, party b) { return a < b ? route{a, b} : route{b, a}; }

  friend auto operator<=>(const route&, const route&) = default;
};

/// What becomes of what is on its way when a route is cut.
enum class cut_manner : std::uint8_t {
  reset = 1, ///< both ends are told at once; new connections are refused
  hold = 2,  ///< nothing is said; what was sent arrives when the route is healed
  lose = 3,  ///< nothing is said; when the route is healed its connections are reset
};

std::string_view to_string(cut_manner x);

/// THE NETWORK of a cluster on one machine: each node has an address here, by which the others and
/// the clients reach it wherever its process listens now, and between any two of them it can be
/// cut. A TCP proxy, on a thread of its own. Who connects is found out by the process that has the
/// socket, so the nodes have to be processes whose files this one may look at.
///
/// The functions may be called on any thread; the boards outlive it.
class network {
public:
  /// Errors: `io`.
  static result<std::unique_ptr<network>> start(std::vector<const node_board*> nodes);
  ~network();

  network(const network&) = delete;
  network& operator=(const network&) = delete;

  address address_of(party node) const;

  /// Cuts these routes and no others, in place of an earlier cut. It is so when this returns.
  void cut(std::set<route> routes, cut_manner how);
  void heal();

  /// Connections between two parties that were opened so far, also those that nothing came through.
  std::uint64_t connections(route between) const;

private:
  struct connection;
  struct listener;

  network();

  void run();
  bool is_cut(const route& x) const { return cut_.contains(x); }
  void take_orders();
  void accept_from(std::size_t node);
  party who_connects(std::uint16_t from_port, std::uint16_t to_port) const;
  bool connect(connection& x);
  void pass(connection& x, short near_events, short far_events);

  std::vector<const node_board*> nodes_;
  std::vector<listener> listeners_;
  int wake_ = -1;
  std::list<connection> connections_; ///< of the thread, as are the next two
  std::set<route> cut_;
  cut_manner how_ = cut_manner::reset;

  mutable std::mutex mutex_;
  bool is_over_ = false;
  std::condition_variable obeyed_;
  std::optional<std::pair<std::set<route>, cut_manner>> orders_;
  std::map<route, std::uint64_t> counts_;
  std::thread thread_;
};

} // namespace daybook::node::torture
