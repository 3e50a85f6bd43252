#pragma once

#include "actors/book.hpp"
#include "actors/disk.hpp"
#include "actors/interfaces.hpp"
#include "actors/node_options.hpp"

#include <cstddef>
#include <map>
#include <memory>
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
};

/// THE SUPERVISOR (interfaces.hpp). A book that fails is taken off the list and recovered from its
/// log by the next request to open it.
class supervisor_state {
public:
  static inline const char* name = "daybook.supervisor";

  supervisor_state(supervisor_actor::pointer self, std::shared_ptr<const environment> env,
                   worker_pool workers, std::vector<std::string> books_on_disk);

  supervisor_actor::behavior_type make_behavior();

private:
  using open_promise = caf::typed_response_promise<book_actor>;
  using stop_promise = caf::typed_response_promise<void>;

  struct entry {
    book_actor running; ///< null when closed
    bool recovering = false;
    bool on_disk = false;
    bool has_run = false;               ///< since the node was started
    std::vector<open_promise> opening;  ///< who waits for it to run
    std::vector<stop_promise> stopping; ///< who waits for it to have ended
  };

  caf::result<book_actor> on_open(const std::string& book, open_mode mode);
  void on_recovered(const std::string& book, const opened_book& opened);
  void start_index(const std::string& book, const indexer_actor& indexer, follow_job job);
  void on_not_recovered(const std::string& book, const caf::error& reason);
  void recover(const std::string& book, bool create);
  void recover_again(const std::string& book);
  book_neighbours neighbours_of(const std::string& book) const;
  void on_down(const caf::down_msg& down);
  void on_book_down(const std::string& book, entry& ended, const caf::error& reason);
  std::vector<book_info> on_books();
  void look_for_books();
  caf::result<void> on_stop_book(const std::string& book);
  caf::result<void> on_stop();
  void stop(const book_actor& book);
  void stop_workers_when_idle();
  void end();

  supervisor_actor::pointer self_;
  std::shared_ptr<const environment> env_;
  worker_pool workers_;
  std::map<std::string, entry> books_;
  std::vector<stop_promise> stopping_;
  std::size_t workers_ending_ = 0;
};

} // namespace daybook::actors
