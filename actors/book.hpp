#pragma once

#include "actors/disk.hpp"
#include "actors/interfaces.hpp"
#include "actors/node_options.hpp"
#include "actors/pending_replies.hpp"
#include "actors/reader.hpp"
#include "actors/recover_book.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daybook::actors {

/// The book's whole interface: the public one and its message to itself, which closes a batch once
/// the mailbox in front of it is drained.
using book_impl = book_actor::extend<auto(atom::flush)->caf::result<void>>;

/// Who a book works with. The handles outlive it: the supervisor stops the book first.
struct book_neighbours {
  disk_actor disk;
  reader_actor reader;
};

/// THE BOOK (interfaces.hpp). book.cpp tells the story of a commit from top to bottom.
class book_state {
public:
  static inline const char* name = "daybook.book";

  book_state(book_impl::pointer self, std::shared_ptr<const environment> env,
             book_neighbours neighbours, std::shared_ptr<recovered_book> book);

  book_impl::behavior_type make_behavior();

private:
  // -- a commit, in order ------------------------------------------------------------------------

  template <class T>
  caf::result<ledger::receipt> on_write(const T& x);
  caf::result<std::vector<outcome>> on_write_many(const std::vector<ledger::command>& xs);
  std::optional<error> admit(std::size_t items);
  error overloaded(const char* what, std::size_t limit);
  template <class T>
  verdict stage(const T& x);
  template <class Reply, class Decided>
  caf::result<Reply> answer_when_durable(Decided decided);
  void flush_soon();
  void on_flush();
  void submit();
  void on_appended(const appended& x);
  void on_append_failed(const caf::error& reason);
  std::shared_ptr<batch_buffer> next_buffer();

  // -- reading -----------------------------------------------------------------------------------

  caf::result<account_view> on_balance(const std::string& path) const;
  caf::result<accounts_page> on_accounts(const accounts_query& query) const;
  std::vector<ledger::asset_definition> on_assets() const;
  std::vector<trial_balance_view> on_trial_balance() const;
  caf::result<events_page> on_events(const events_query& query);
  caf::result<history_page> on_history(const history_query& query);
  template <class Page, class Word, class Job>
  caf::result<Page> ask_reader(Word word, Job job);
  book_status on_status() const;
  account_view view_of(account_no n) const;
  log_scan scan_to(event_seq last) const;

  // -- ending ------------------------------------------------------------------------------------

  caf::result<void> on_stop();
  void close_when_idle();
  void fail_pending(const error& reason);

  book_impl::pointer self_;
  std::shared_ptr<const environment> env_;
  book_neighbours neighbours_;
  std::shared_ptr<recovered_book> book_;
  ledger::book_machine& machine_;
  std::shared_ptr<const ledger::chart> chart_;

  /// The batch being staged, and the answers that wait for it.
  std::shared_ptr<batch_buffer> staging_;
  pending_replies staging_replies_;
  /// The batch on the disk, and the answers that wait for it.
  std::shared_ptr<batch_buffer> in_flight_;
  pending_replies in_flight_replies_;
  /// The last batch's buffer, used again when nobody else holds it.
  std::shared_ptr<batch_buffer> spare_;
  byte_buffer scratch_;
  bool flush_is_on_its_way_ = false;
  std::vector<caf::typed_response_promise<void>> stopping_;
  bool closing_ = false;
  book_status counters_;
  std::size_t reads_ = 0;
};

} // namespace daybook::actors
