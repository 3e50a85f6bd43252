#pragma once

#include "actors/cursor_desk.hpp"
#include "actors/disk.hpp"
#include "actors/feed.hpp"
#include "actors/fence.hpp"
#include "actors/interfaces.hpp"
#include "actors/jobs.hpp"
#include "actors/node_metrics.hpp"
#include "actors/node_options.hpp"
#include "actors/pending_replies.hpp"
#include "actors/recent_batches.hpp"
#include "actors/recover_book.hpp"
#include "actors/watchers.hpp"
#include "actors/work_bound.hpp"
#include "actors/write_queue.hpp"

#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace daybook::actors {

/// The book's whole interface: the public one, the feed, and its messages to itself.
using book_impl = book_actor::extend_with<source_actor>::extend<
    // Closes a batch, once the mailbox in front of this message is drained.
    auto(atom::flush)->caf::result<void>,
    // What kept it from writing is over.
    auto(atom::resume)->caf::result<void>,
    // It is time to try again what an index refused.
    auto(atom::spill)->caf::result<void>,
    // From the supervisor: whether nobody has used the book since this was asked last, and whether
    // there are events that no snapshot has. If nobody has, and it is told to, it ends as by stop.
    auto(atom::rest, bool)->caf::result<bool, bool>>;

/// Who a book works with. The handles outlive it: the supervisor stops the book first.
struct book_neighbours {
  disk_actor disk;
  reader_actor reader;
  reader_actor finder; ///< a reader for what writes wait for
  indexer_actor indexer;
  keeper_actor keeper;
  keeper_actor cursor_keeper;
  /// Whom its subscriptions ask for the next incarnation. Null: they end with this one.
  caf::actor_addr supervisor{};
};

/// THE BOOK (interfaces.hpp). book.cpp tells the story of a commit from top to bottom; the other
/// files of this class are named after what they add to it.
class book_state {
public:
  static inline const char* name = "daybook.book";

  /// With a `refusal`, `failed` or `no_space`, it is only read: a write gets its receipt if it is
  /// durable, and else the refusal, which then says for certain that it is not.
  book_state(book_impl::pointer self, std::shared_ptr<const environment> env,
             book_neighbours neighbours, std::shared_ptr<recovered_book> book,
             std::optional<error> refusal = std::nullopt);

  book_impl::behavior_type make_behavior();

private:
  // -- a commit, in order (book.cpp)
  // ---------------------------------------------------------------

  template <class Reply, class Content, class Message>
  caf::result<Reply> on_write(Message& x);
  std::optional<error> admit(std::size_t items);
  error overloaded(const char* what, std::size_t limit);
  void judge(const ledger::command& x, const single_promise& promise, const ledger::facts& known);
  void judge(const ledger::write& x, const single_promise& promise, const ledger::facts& known);
  void judge(const std::vector<ledger::command>& xs, const many_promise& promise,
             const ledger::facts& known);
  void judge(const write_batch& x, const many_promise& promise, const ledger::facts& known);
  template <class T>
  result<ledger::staged> stage(const T& x, const ledger::facts& known);
  result<std::vector<ledger::staged>> stage_all(const write_batch& x, const ledger::facts& known);
  result<std::vector<ledger::staged>> find_repeats(const std::vector<ledger::write>& items,
                                                   bool atomic, const ledger::facts& known) const;
  /// How much is staged, or would be.
  struct extent {
    std::size_t events = 0;
    std::size_t bytes = 0;
  };
  std::optional<error> check_fits_batch(extent added, extent staged);
  void append(const ledger::event& x, bool joined);
  template <class... Answer>
  void answer_when_durable(Answer... answer);
  void flush_soon();
  void on_flush();
  void submit();
  void on_appended(const appended& x);
  void on_append_failed(const caf::error& reason);
  void release(pending_replies& replies);
  void show_queue();
  std::shared_ptr<batch_buffer> next_buffer();

  // -- writes that memory alone cannot judge (book_facts.cpp)
  // --------------------------------------

  template <class Content, class Promise>
  void process(Content x, Promise promise);
  template <class Content, class Promise>
  bool try_to_judge(const Content& x, Promise& promise, ledger::facts& known);
  void answer_from_memory(ledger::questions& asked, ledger::facts& known) const;
  void fetch_facts(ledger::questions asked);
  void on_facts(result<ledger::facts> known);
  void fetch_first_receipts(incomplete_reply reply);

  // -- rehearsals and fences (book_fence.cpp)
  // ------------------------------------------------------

  /// Answers that may wait, for each event that may: two batches, and as many refusals again.
  static constexpr std::size_t answers_per_event = 4;

  struct rehearsal {
    write_batch batch;
  };
  struct fenced_write {
    fence_id fence;
    write_batch batch;
  };

  caf::result<std::vector<outcome>> on_rehearse(write_batch& x);
  void judge(const rehearsal& x, const many_promise& promise, const ledger::facts& known);
  caf::result<fence_id> on_begin_fence(const fence_options& options);
  void open_fence_when_idle();
  caf::result<std::vector<outcome>> on_fence_submit(fence_id id, write_batch& x);
  void judge(const fenced_write& x, const many_promise& promise, const ledger::facts& known);
  caf::result<std::vector<ledger::receipt>> on_commit_fence(fence_id id);
  caf::result<void> on_cancel_fence(fence_id id);
  std::optional<error> check_fence(fence_id id) const;
  void cancel_fence();
  bool is_fenced() const { return fence_ && fence_->is_active(); }
  error fence_is_active() const;
  static error is_ending();

  // -- reading (book_reads.cpp)
  // --------------------------------------------------------------------

  caf::result<account_view> on_balance(const std::string& path) const;
  caf::result<account_view> on_balance_at(const std::string& path, const moment& at);
  caf::result<accounts_page> on_balances(const std::vector<std::string>& paths) const;
  caf::result<accounts_page> on_accounts(const accounts_query& query);
  std::vector<ledger::asset_definition> on_assets() const;
  std::vector<trial_balance_view> on_trial_balance() const;
  caf::result<std::vector<trial_balance_view>> on_trial_balance_at(const moment& at);
  caf::result<events_page> on_events(const events_query& query);
  caf::result<history_page> on_history(const history_query& query);
  caf::result<recorded_event> on_transaction(const transaction_id& id);
  caf::result<recorded_event> on_transaction_by_key(const std::string& key);
  caf::result<std::vector<recorded_event>> on_ancestors(const transaction_id& id,
                                                        std::uint32_t limit);
  book_status on_status() const;
  book_pressure on_pressure() const;
  std::size_t waiting_answers() const;
  account_view view_of(account_no n) const;
  log_scan scan_to(event_seq last) const;
  log_scan here() const;
  error yet_to_come(const char* field, event_seq asked) const;
  result<event_seq> own_event(const transaction_id& id) const;
  void find_event(caf::typed_response_promise<recorded_event> promise, event_seq seq,
                  std::shared_ptr<void> token);
  template <class Answer, class Word, class Job>
  caf::result<Answer> ask_reader(Word word, Job job);
  template <class Answer, class Word, class Job>
  caf::result<Answer> ask_when_indexed(Word word, Job job);
  result<std::shared_ptr<void>> admit_read();
  void when_indexed(event_seq seq, std::function<void()> run);
  void on_indexed(event_seq seq);

  // -- having workers answer (book_asking.hpp)
  // --------------------------------------------------------

  template <class Answer, class Worker, class Word, class Job>
  void forward(caf::typed_response_promise<Answer> promise, const Worker& worker, Word word,
               Job job, std::shared_ptr<void> token);
  template <class Answer, class Worker, class Word, class Job>
  caf::result<Answer> have_done(const Worker& worker, Word word, Job job,
                                std::shared_ptr<void> token);

  // -- following (book_follow.cpp)
  // -----------------------------------------------------------------

  caf::result<tail_answer> on_tail(event_seq from);
  caf::result<attachment> on_attach();
  caf::result<subscription_actor> on_subscribe(const subscriber_actor& subscriber,
                                               subscription& wanted);
  caf::result<cursor_info> on_open_cursor(const cursor_request& request);
  caf::result<void> on_store_cursor(const std::string& cursor, event_seq seq);
  caf::result<void> on_close_cursor(const std::string& cursor);
  caf::result<void> on_remove_cursor(const std::string& cursor);
  caf::result<std::vector<cursor_info>> on_cursors();
  caf::result<checkpoint> on_load_checkpoint(const std::string& projection);
  caf::result<void> on_store_checkpoint(checkpoint& x);
  frontier own_frontier() const; ///< without what others apply
  frontier on_frontier() const;
  caf::result<frontier> on_wait_for(watermark mark, const std::string& who, event_seq seq,
                                    caf::timespan timeout);
  caf::result<void> on_report_applied(const std::string& who, event_seq seq);
  void wake_watchers();
  cursor_job cursor_job_of(std::string cursor) const;
  caf::actor_addr sender() const;
  std::optional<error> check_holder(const std::string& cursor) const;
  void watch(const caf::actor_addr& who);
  void stop_watching_the_idle();
  void on_down(const caf::down_msg& down);

  // -- work beside the log (book_upkeep.cpp)
  // -------------------------------------------------------

  void keep_up();
  void spill_keys();
  caf::result<bool, bool> on_rest(bool may_close);
  /// Somebody asks for something that a closed book would be opened for.
  book_state& used() {
    is_used_ = true;
    return *this;
  }
  void snapshot_when_due();
  void start_snapshot();
  caf::result<snapshot_info> on_snapshot();
  caf::result<frontier> on_refresh();

  // -- ending (book.cpp)
  // ---------------------------------------------------------------------------

  caf::result<void> on_stop();
  bool is_idle() const;
  bool is_stopping() const { return !stopping_.empty() || rests_for_good_; }
  void rest_for_good();
  void close_when_idle();
  void fail_pending(const error& of_the_batch, const error& of_the_rest);
  void on_exit(const caf::error& reason);
  caf::error on_exception(const std::exception_ptr& thrown);

  book_impl::pointer self_;
  std::shared_ptr<const environment> env_;
  book_neighbours neighbours_;
  std::shared_ptr<recovered_book> book_;
  ledger::book_machine& machine_;
  std::shared_ptr<const ledger::chart> chart_;

  /// The batch being staged, and the answers that wait for it.
  std::shared_ptr<batch_buffer> staging_;
  pending_replies staging_replies_;
  std::chrono::steady_clock::time_point staging_since_; ///< the first of these came
  /// The batch on the disk, and the answers that wait for it.
  std::shared_ptr<batch_buffer> in_flight_;
  pending_replies in_flight_replies_;
  std::chrono::steady_clock::time_point in_flight_since_;
  /// A batch's buffer that nobody else holds, to be used again.
  std::shared_ptr<batch_buffer> spare_;
  byte_buffer scratch_;
  bool flush_is_on_its_way_ = false;
  /// Writes that wait for facts, and those behind them.
  write_queue queue_;
  /// Of the write that is being judged.
  ledger::questions asked_;
  ledger::facts known_;
  /// Repeats whose first receipts are being fetched.
  std::size_t repeats_ = 0;
  std::optional<fence> fence_;

  recent_batches recent_;
  watchers watchers_;
  cursor_desk cursors_;
  work_bound cursor_work_{1'024};
  /// Apart, for a worker ends when it is refused. Each has one on its way.
  work_bound cursor_stores_{16'384};
  work_bound loads_{1'024};
  work_bound stores_{32}; ///< each may be as large as a checkpoint may
  std::set<caf::actor_addr> subscriptions_;
  /// Who is monitored. Past the limit, those who have nothing of the book are let go.
  std::set<caf::actor_addr> watched_;
  std::size_t watched_max_ = 1'024;

  /// Questions that wait for a reader, or for the index to get so far.
  work_bound reads_{256};
  struct indexed_read {
    event_seq seq;
    std::function<void()> run;
  };
  std::deque<indexed_read> waiting_for_index_;
  event_seq indexed_;
  bool has_index_ = false;

  std::shared_ptr<const ledger::key_generation> spilling_;
  bool spill_is_running_ = false; ///< the indexer has been asked
  event_seq snapshot_;            ///< the last one that was loaded or written
  event_seq snapshot_tried_;      ///< where the last attempt to write one was
  bool snapshot_is_running_ = false;
  struct snapshot_request {
    caf::typed_response_promise<snapshot_info> promise;
    std::shared_ptr<void> token;
  };
  std::vector<snapshot_request> snapshot_asked_;
  work_bound snapshots_{1'024};

  bool is_used_ = true; ///< since the supervisor has asked
  std::vector<caf::typed_response_promise<void>> stopping_;
  bool closing_ = false;
  bool rests_for_good_ = false; ///< it ends although nobody has told it to stop
  std::optional<error> refusal_;
  book_status counters_;
  std::shared_ptr<book_gauges> gauges_;
};

} // namespace daybook::actors
