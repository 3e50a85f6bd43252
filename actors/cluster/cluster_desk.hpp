#pragma once

#include "actors/cluster/membership.hpp"
#include "actors/interfaces.hpp"
#include "actors/node_options.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace daybook::actors {

/// Who works for a desk.
struct cluster_helpers {
  dialer_actor dialer;
  carrier_actor carrier;
  intake_actor intake;
};

/// THE CLUSTER DESK (interfaces.hpp; docs/decisions/0022). What it tells anybody is durable before.
/// It writes a small file now and then, and so is spawned detached.
class cluster_desk_state {
public:
  static inline const char* name = "daybook.cluster";

  /// `kept` is what a former life has left.
  cluster_desk_state(cluster_actor::pointer self, std::shared_ptr<const environment> env,
                     cluster_helpers helpers, std::optional<membership> kept);

  cluster_actor::behavior_type make_behavior();

private:
  /// Another member, as far as it is known here.
  struct peer {
    cluster_actor desk; ///< null while there is no connection
    address at;         ///< of the connection, or of the try
    bool is_dialing = false;
    bool is_asked = false;
    bool is_up = false;
    std::string problem{}; ///< why it is not
  };

  using map_promise = caf::typed_response_promise<shard_map>;
  using done_promise = caf::typed_response_promise<void>;
  using news_promise = caf::typed_response_promise<cluster_news>;

  /// A book that is to be brought to where it belongs.
  struct wanted_move {
    std::string book;
    int tries_left = 1;
    done_promise answer{}; ///< null: nobody asked for it
  };

  /// Moves that wait for the one that is under way.
  static constexpr std::size_t moves_max = 10'000;

  // -- messages
  // ------------------------------------------------------------------------------------

  caf::result<void> on_listening(const listening_job& x);
  caf::result<cluster_news> on_gossip(const cluster_digest& from);
  caf::result<void> on_join(shard_map& map);
  caf::result<cluster_status> on_status();
  caf::result<shard_map> on_add_node(const address& at);
  caf::result<shard_map> on_remove_node(const std::string& node, bool forced);
  caf::result<shard_map>
  on_change(const std::function<result<shard_map>(const shard_map&, std::uint64_t)>& change);

  caf::result<void> on_gossip(cluster_news& news);
  caf::result<cluster_news> on_report();

  // -- books that move (cluster_desk_moves.cpp)
  // ----------------------------------------------------------------------------------------

  caf::result<shard_map> on_move(const std::string& book, const std::string& node);
  caf::result<void> on_carry(const std::string& book, shard_map& map);
  void find_and_move(const std::string& book, done_promise answer, int tries_left);
  void ask_owner(const std::string& book, done_promise answer, int tries_left);
  void want(wanted_move x);
  void want_strays();
  void move_next();
  std::optional<result<void>> outcome_without_carrying(const std::string& book) const;
  void carry(wanted_move x);
  void conclude(wanted_move x, const result<void>& outcome);
  void wait_with(const std::string& book, const error& why);
  void settle_offers();
  void settle_with(std::vector<std::string> nodes);
  void give_up_forwarded(const std::string& node);

  // -- the membership
  // ------------------------------------------------------------------------------

  result<void> begin(const address& at);
  result<void> correct_address();
  result<void> change(result<shard_map> next);
  /// The same for somebody who asked for it, and is told the map that came of it.
  result<shard_map> change_and_report(result<shard_map> next);
  static void deliver(map_promise answer, result<shard_map> map);
  result<void> keep(membership next);
  void show(bool is_joining = false);
  void report();
  void give_up_books(const std::vector<std::string>& books);
  void on_holdings(const std::vector<std::string>& books);

  // -- adding a node
  // -------------------------------------------------------------------------------

  void invite(const supervisor_actor& node, map_promise answer);
  void invite(const cluster_actor& desk, const cluster_status& of, map_promise answer);

  // -- the other nodes
  // -----------------------------------------------------------------------------

  void tick();
  void ask_all();
  void ask(const std::string& node, peer& x);
  void dial(const std::string& node, peer& x);
  void ask_stranger(const std::string& node);
  void on_news(const std::string& node, cluster_news& news);
  void take(const std::string& from, cluster_news& news);
  result<void> learn(const std::string& from, cluster_news& news);
  void lost(const std::string& node, const caf::error& why);

  cluster_actor::pointer self_;
  std::shared_ptr<const environment> env_;
  supervisor_actor node_;
  cluster_helpers helpers_;
  std::optional<membership> membership_;
  address own_; ///< where this node is reached
  std::map<std::string, peer> peers_;
  bool is_joining_ = false;     ///< into another cluster
  std::size_t invitations_ = 0; ///< of others into this one, on their way
  bool is_reporting_ = false;
  bool reports_again_ = false;
  std::vector<news_promise> reports_awaited_;
  std::deque<wanted_move> moves_;
  std::set<std::string> strays_wanted_; ///< among them
  bool is_moving_ = false;
  /// Of books that did not move: when they are tried again, and how long that was after the last
  /// time.
  struct pause {
    caf::actor_clock::time_point until;
    caf::timespan length;
  };
  std::map<std::string, pause> pauses_;
  /// Moves that other nodes were asked for. A node that is lost answers none.
  std::vector<std::pair<std::string, done_promise>> forwarded_;
  bool is_settling_ = false;
  std::uint64_t offers_left_ = 1; ///< that may be: who knows is asked first
};

/// A node is published there.
struct listening_job {
  supervisor_actor node;
  address at;
};

/// What a node has kept of its cluster, if anything. Errors: `corrupt`, `invalid_argument` (another
/// node's, or a newer version's), `io`.
result<std::optional<membership>> load_membership(const environment& env);

} // namespace daybook::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::listening_job)
