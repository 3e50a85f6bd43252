#pragma once

#include "actors/node_system.hpp"
#include "node/torture/book_user.hpp"
#include "node/torture/final_check.hpp"
#include "node/torture/node_driver.hpp"
#include "node/torture/options.hpp"
#include "node/torture/report.hpp"
#include "node/torture/scratch.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace daybook::node::torture {

/// One node with its books, their clients, and the threads that drive all of them. Owned by one
/// thread. In order: `prepare`, `begin`, `end_faults`, `settle`, `check`, `end`.
class tortured_node {
public:
  /// Starts the node. `disk` holds its data, if there is one.
  tortured_node(std::uint32_t number, const torture_options& options, const scratch& place,
                std::string data, std::optional<small_disk> disk);
  ~tortured_node();

  tortured_node(const tortured_node&) = delete;
  tortured_node& operator=(const tortured_node&) = delete;

  /// Creates and fills its books. Errors: as `prepare_book`; `io` when the node does not start.
  result<void> prepare(const std::function<bool(std::uint64_t)>& on_progress);

  /// The clients write and read, the faults begin.
  void begin();
  /// The node runs, and goes on running; the clients go on too.
  void end_faults();
  /// The clients ask for every outcome that they do not know, and end.
  void settle();
  /// Judges the books; ends the node in good order and verifies its log.
  void check(torture_report& report);

private:
  struct user {
    std::unique_ptr<book_user> client;
    std::thread thread{};
  };

  void run(book_user& client);
  std::string book_name(std::uint32_t book) const;
  std::string history_of(std::uint32_t book, std::uint32_t client) const;
  std::uint32_t first_client(std::uint32_t book) const;
  result<client> connect(std::chrono::milliseconds timeout);
  void check_books(torture_report& report);
  result<std::uint64_t> check_one(std::uint32_t book, violations& found);
  void verify(torture_report& report);
  void end();

  std::uint32_t number_;
  const torture_options& options_;
  std::string name_;
  std::string directory_; ///< of the histories and the log
  std::string data_;
  std::unique_ptr<actors::node_system> system_ = actors::node_system::start();
  node_board board_;
  node_driver driver_;
  std::vector<user> users_;
  std::atomic<bool> settling_{false};
  std::thread thread_;
};

} // namespace daybook::node::torture
