#pragma once

#include "actors/net/transport_options.hpp"

#include <caf/telemetry/counter.hpp>
#include <caf/telemetry/gauge.hpp>
#include <caf/telemetry/metric_family_impl.hpp>

#include <caf/actor_system.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>

namespace daybook::actors {

/// A connection that came in, as its door sees it.
class visitor {
public:
  virtual ~visitor() = default;

  /// Ends the connection soon, whatever it does. Not before this call returns.
  virtual void cut() = 0;
};

/// Why somebody was refused.
enum class refusal : std::uint8_t {
  tls,      ///< no certificate that we believe, or no TLS
  protocol, ///< no greeting of CAF's protocol, or one that breaks its rules
  late,     ///< no greeting in time, or too many others without one
  full,     ///< as many connections as there may be, or no descriptor is left
  size,     ///< too large a message, or too much that it does not read
};

inline constexpr std::size_t refusal_kinds = 5;

/// The value of the label `reason` in metrics.
std::string_view to_string(refusal x);

/// Who came in at a port, and whether they have greeted: keeps the limits of connections, and
/// writes down who was refused. The thread of CAF's multiplexer.
class door {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `system` outlives it.
  door(caf::actor_system& system, const peer_limits& limits);

  const peer_limits& limits() const { return limits_; }

  /// Where a connection is written down. A connection that ends leaves.
  struct entry {
    visitor* who;
    time_point since;
    std::string peer;        ///< its address
    std::list<entry>* among; ///< the list that it is in
  };
  using place = std::list<entry>::iterator;

  /// Whether another connection may come in.
  bool has_room() const { return guests_.size() < limits_.connections_max; }

  /// As a stranger; the oldest of them may have to go.
  place enter(visitor& who, std::string peer, time_point now);
  /// It has greeted.
  void greet(place x);
  /// It is being closed: it may send what it has, for as long as a greeting may take.
  void begin_to_leave(place x, time_point now);
  void leave(place x);

  /// Cuts off whoever takes too long. To be called every now and then.
  void sweep(time_point now);

  /// Counts somebody who is refused, and logs it, but not more than a few of a kind in a second.
  void refuse(refusal kind, const std::string& peer, std::string_view why, time_point now);

private:
  using connections = std::list<entry>;

  static void move(place x, connections& to);
  void refuse_late(place x, const char* why, time_point now);
  void cut_older(connections& from, time_point limit, const char* why, time_point now);

  peer_limits limits_;
  connections strangers_; ///< the oldest first
  connections guests_;
  connections leaving_; ///< the oldest first
  connections cut_;

  caf::telemetry::metric_family_impl<caf::telemetry::int_counter>* refusals_;
  caf::telemetry::int_gauge* open_;
  std::uint64_t refused_ = 0;
  time_point lines_since_{};
  std::array<int, refusal_kinds> lines_{}; ///< since then, of each kind
};

} // namespace daybook::actors
