#pragma once

#include "actors/cluster/handover_list.hpp"
#include "actors/cluster/outgoing_copy.hpp"
#include "actors/errors.hpp"
#include "actors/guarded.hpp"
#include "actors/interfaces.hpp"
#include "actors/node_options.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace daybook::actors {

struct carry_job {
  supervisor_actor node; ///< this one's
  cluster_actor desk;    ///< this one's
  std::string to;        ///< the other node's name
  cluster_actor there;   ///< its desk; to settle, null when no node can be asked
  std::string book{};    ///< to be carried
};

/// THE CARRIER (interfaces.hpp; docs/decisions/0024). Spawned detached: it reads files. The steps
/// of a handover stand in the order in which they happen; one question is under way at a time.
class carrier_state {
public:
  static inline const char* name = "daybook.carrier";

  carrier_state(carrier_actor::pointer self, std::shared_ptr<const environment> env,
                std::shared_ptr<known_handovers> known);

  carrier_actor::behavior_type make_behavior();

private:
  /// So little is sent while nobody writes; and so much, when the book is written too fast to come
  /// nearer.
  static constexpr std::uint64_t tail_bytes_max = 4 * outgoing_copy::chunk_bytes;
  static constexpr std::uint64_t long_tail_bytes_max = 64 * outgoing_copy::chunk_bytes;
  static constexpr int rounds_max = 8;

  using done_promise = caf::typed_response_promise<void>;
  using on_error = std::function<void(error)>;
  /// Whether the other node has the book now, and this one has let go of it. An error: not yet
  /// known, or not yet done.
  using on_settled = std::function<void(result<bool>)>;

  /// Who is to know that a book was taken, or was not.
  struct parties {
    supervisor_impl node;
    cluster_actor desk;
    intake_actor intake{};
  };

  /// The handover that is under way.
  struct errand {
    handover what;
    parties among;
    std::optional<outgoing_copy> copy{};
    int rounds = 0;
    bool is_released = false; ///< nobody writes the book
    done_promise answer{};
  };

  /// Offers that one node is asked about.
  struct inquiry {
    carry_job job;
    std::deque<handover> left;
    parties among;
    caf::typed_response_promise<std::uint64_t> answer;
  };

  /// The question that has no answer yet. Requests to a node that is lost get none.
  struct question {
    caf::actor_addr whom;
    std::uint64_t number = 0;
    on_error failed;
  };

  // -- carrying a book
  // -----------------------------------------------------------------------------

  caf::result<void> on_carry(carry_job& job);
  result<void> check_can_carry(const std::string& book) const;
  void find_intake(const cluster_actor& there);
  void announce();
  void look(bool for_the_last_time);
  void send_next();
  void end_round();
  void on_warm(const copied_end& end);
  void release();
  void offer();
  void end_with(result<bool> taken, const error& why);
  void end(result<void> outcome);
  void give_up(error why);
  on_error giving_up();

  // -- what became of it
  // ---------------------------------------------------------------------------

  caf::result<std::uint64_t> on_settle(carry_job& job);
  void settle_next(const std::shared_ptr<inquiry>& x);
  void settle(const parties& among, const handover& x, on_settled then);
  void on_taken(const parties& among, const handover& x, cluster_news& news, on_settled then);
  void let_go(const parties& among, const handover& x, on_settled then);
  void on_not_taken(const parties& among, const handover& x, on_settled then);
  bool is_member(const std::string& node) const;

  // -- asking
  // --------------------------------------------------------------------------------------

  /// One of the two is called, once; what the first throws goes to the second.
  template <class... Answer, class Target, class Then, class... Words>
  void ask(const Target& whom, Then then, on_error failed, Words... words) {
    auto number = ++questions_;
    asked_ = {whom.address(), number, failed};
    self_->monitor(whom);
    // No timeout: an actor of this process answers, and the end of another node is noticed.
    self_->request(whom, caf::infinite, std::move(words)...)
        .then(
            [this, number, then, failed](Answer&... x) {
              if (!is_answer(number))
                return;
              auto done = guarded([&]() -> result<void> {
                then(x...);
                return {};
              });
              if (!done)
                failed(std::move(done.error()));
            },
            [this, number, failed](const caf::error& why) {
              if (is_answer(number))
                failed(from_caf(why, ec::unavailable));
            });
  }

  bool is_answer(std::uint64_t number);
  void on_down(const caf::down_msg& down);

  carrier_actor::pointer self_;
  std::shared_ptr<const environment> env_;
  std::shared_ptr<known_handovers> known_;
  std::optional<errand> now_;
  bool is_settling_ = false;
  question asked_;
  std::uint64_t questions_ = 0;
};

} // namespace daybook::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::carry_job)
