#pragma once

#include "actors/book.hpp"
#include "actors/disk.hpp"
#include "actors/interfaces.hpp"
#include "actors/node_options.hpp"
#include "actors/restart_policy.hpp"
#include "actors/supervision_news.hpp"

#include <caf/disposable.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daybook::actors {

/// The threads that block for a node's books.
struct worker_pool {
  std::vector<disk_actor> disks;
  std::vector<disk_actor> openers; ///< disks that open books, and do nothing else
  std::vector<reader_actor> readers;
  std::vector<reader_actor> finders; ///< readers of what writes wait for, and of nothing else
  std::vector<indexer_actor> indexers;
  std::vector<keeper_actor> keepers;
  std::vector<keeper_actor> cursor_keepers;
  cluster_actor cluster_desk; ///< null: the node is by itself
  dialer_actor dialer;        ///< of the desk
  carrier_actor carrier;      ///< of the desk
  intake_actor intake;        ///< of the desk
};

/// THE SUPERVISOR (interfaces.hpp). supervisor.cpp opens books and stops them;
/// supervisor_restarts.cpp is what it does when one fails. docs/decisions/0011 says why.
class supervisor_state {
public:
  static inline const char* name = "daybook.supervisor";

  /// `in_doubt`: books that may be with another node already.
  supervisor_state(supervisor_impl::pointer self, std::shared_ptr<const environment> env,
                   worker_pool workers, std::vector<std::string> books_on_disk,
                   const std::vector<std::string>& in_doubt = {});

  supervisor_impl::behavior_type make_behavior();

private:
  /// Who waits for one book, of each kind.
  static constexpr std::size_t waiting_max = 16'384;

  using open_promise = caf::typed_response_promise<book_actor>;
  using stop_promise = caf::typed_response_promise<void>;

  struct entry {
    book_actor running; ///< null when closed
    bool recovering = false;
    bool on_disk = false;
    bool has_run = false;         ///< since the node was started
    bool ends_to_restart = false; ///< in good order, because somebody asked for it
    bool ends_to_rest = false;    ///< in good order, because nobody has used it
    bool is_leaving = false;      ///< it is being handed over: nobody has it opened
    bool is_in_doubt = false;     ///< and that takes long: who asks is told so
    bool is_arriving = false;     ///< it is not here yet, but may be in the next moment
    stop_promise leaving;         ///< who waits for it to be closed
    std::optional<restart_history::time_point> unused_since;
    bool has_news = false;              ///< for a snapshot, when it was asked last
    bool is_saving = false;             ///< these
    std::vector<open_promise> opening;  ///< who waits for it to run
    std::vector<open_promise> awaiting; ///< the same, without having it opened
    std::vector<stop_promise> stopping; ///< who waits for it to have ended

    /// Why an incarnation takes no writes: `failed` or `no_space`.
    std::optional<error> refusal;
    bool is_down = false; ///< it failed, and did not run since
    restart_history history;
    caf::disposable timer; ///< of the next try, or the next look for space
    std::optional<restart_history::time_point> next_try;
    std::size_t probes = 0;                    ///< for space, in a row
    restart_history::time_point resumed_at{};  ///< when there was space again
    std::size_t failed_openings = 0;           ///< in a row, of one that has `failed`
    restart_history::time_point rests_until{}; ///< and is not opened for who asks
    writer_epoch epoch;
    std::uint64_t restarts = 0;
    std::string last_failure;
    timestamp failed_at;
  };

  // -- opening and stopping (supervisor.cpp)
  // --------------------------------------------------------

  caf::result<book_actor> on_open(const std::string& book, open_mode mode);
  caf::result<book_actor> on_await(const std::string& book);
  void on_recovered(const std::string& book, const opened_book& opened);
  void start_index(const std::string& book, const indexer_actor& indexer, follow_job job);
  void on_not_recovered(const std::string& book, const caf::error& reason);
  void recover(const std::string& book, bool create);
  void recover_again(const std::string& book);
  book_neighbours neighbours_of(const std::string& book) const;
  bool has(const std::string& book) const;
  std::optional<error> is_elsewhere(const std::string& book) const;
  caf::result<cluster_actor> on_cluster() const;
  std::vector<std::string> on_holdings() const;
  std::vector<book_info> on_books();
  void look_for_books();
  caf::result<void> on_subscribe(const supervision_listener& who);
  caf::result<void> on_stop_book(const std::string& book);
  caf::result<void> on_stop();
  void stop(const book_actor& book);
  void save_and_stop(const book_actor& book);
  void stop_workers_when_idle();
  void end();

  // -- closing what nobody uses (supervisor_rest.cpp)
  // --------------------------------------------------------------------------------------------

  void look_for_rest_later();
  void look_for_rest();
  void ask_for_rest(const std::string& book, entry& x);
  void on_rest(const std::string& book, entry& x, bool rests, bool has_closed);
  bool is_unused_for_long(const entry& x) const;
  bool is_to_be_saved(const entry& x) const;
  void save(const std::string& book, entry& x);
  bool is_crowded() const { return open_books_ > env_->options.open_books_max; }
  /// Whether there is an actor that takes requests, and goes on to.
  static bool is_there(const entry& x) {
    return x.running && x.stopping.empty() && !x.ends_to_restart && !x.ends_to_rest &&
           !x.is_leaving;
  }

  /// Whether the node says that it has it.
  static bool is_held(const entry& x) { return x.on_disk || x.recovering || x.is_arriving; }

  // -- books that move between nodes (supervisor_moves.cpp)
  // --------------------------------------------------------------------------------------------

  caf::result<void> on_release(const std::string& book, bool only_asked);
  caf::result<void> on_keep(const std::string& book);
  caf::result<void> on_forget(const std::string& book);
  caf::result<void> on_announce(const std::string& book, bool comes);
  caf::result<void> on_adopt(const std::string& book, const opened_book& opened);
  void on_closed_to_leave(const std::string& book, entry& x);
  void stay(const std::string& book, entry& x);
  void doubt_later(const std::string& book, entry& x);
  error is_in_doubt(const std::string& book) const;

  // -- failing and restarting (supervisor_restarts.cpp)
  // ------------------------------------------------------

  void on_down(const caf::down_msg& down);
  void on_book_down(const std::string& book, entry& ended, const caf::error& reason);
  void on_closed(const std::string& book, entry& ended);
  void on_running(const std::string& book, entry& started);
  void on_failed(const std::string& book, entry& failed, const error& reason);
  void note_failure(entry& failed, const error& reason);
  void try_again(const std::string& book, entry& failed, const error& reason);
  void try_after(const std::string& book, entry& failed, caf::timespan delay);
  void give_up(const std::string& book, entry& failed, const error& reason);
  void wait_for_space(const std::string& book, entry& failed, const error& reason);
  void probe_later(const std::string& book, entry& full);
  void probe(const std::string& book);
  void on_space(const std::string& book, entry& full);
  caf::result<book_actor> on_restart(const std::string& book);
  void forgive(entry& x);
  void stop_trying(const std::string& book, entry& x);
  static error is_stopping();
  error is_ending_node() const;
  static error was_stopped(const std::string& book);
  static error too_many_wait(const std::string& book);
  const restart_policy& policy_of(const std::string& book) const;
  error restarting(const entry& x) const;
  void refuse_waiting(entry& x, const error& reason);
  void tell(const std::string& book, const entry& of, supervision what, std::string reason = {},
            caf::timespan delay = caf::timespan{0});
  static book_phase phase_of(const entry& x);
  bool is_resting(const entry& x) const;
  void let_rest(entry& failed);
  static bool is_failed(const entry& x) { return x.refusal && x.refusal->code() == ec::failed; }

  supervisor_impl::pointer self_;
  std::shared_ptr<const environment> env_;
  worker_pool workers_;
  supervision_news news_;
  std::map<std::string, entry> books_;
  std::vector<stop_promise> stopping_;
  std::size_t workers_ending_ = 0;
  std::size_t open_books_ = 0;
  caf::disposable rest_timer_;
  std::optional<restart_history::time_point> next_look_; ///< for books to close
};

} // namespace daybook::actors
