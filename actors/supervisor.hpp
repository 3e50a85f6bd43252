#pragma once

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
  std::vector<reader_actor> readers;
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

  struct entry {
    book_actor running;                ///< null when closed
    std::vector<open_promise> opening; ///< not empty while the disk recovers it
    bool on_disk = false;
  };

  caf::result<book_actor> on_open(const std::string& book, open_mode mode);
  void on_recovered(const std::string& book, const opened_book& opened);
  void on_not_recovered(const std::string& book, const caf::error& reason);
  void on_book_down(const caf::down_msg& down);
  std::vector<book_info> on_books() const;
  caf::result<void> on_stop_book(const std::string& book);
  caf::result<void> on_stop();
  void stop_workers_when_idle();
  std::size_t slot_of(const std::string& book, std::size_t slots) const;

  supervisor_actor::pointer self_;
  std::shared_ptr<const environment> env_;
  worker_pool workers_;
  std::map<std::string, entry> books_;
  std::vector<caf::typed_response_promise<void>> stopping_;
};

} // namespace daybook::actors
