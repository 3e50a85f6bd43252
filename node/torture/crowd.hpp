#pragma once

#include "node/torture/book_user.hpp"
#include "node/torture/report.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace daybook::node::torture {

/// The clients of some books, each on a thread of its own. Owned by one thread. In order: `add`,
/// `start`, `settle`, `tell`.
class crowd {
public:
  crowd() = default;
  /// Also when somebody gave up halfway.
  ~crowd() { settle(); }

  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  void add(book_user::setup who, std::unique_ptr<book_session> session);

  /// They write and read.
  void start();
  /// They ask for every outcome that they do not know, and end. Again: nothing.
  void settle();
  /// What they did, and what they could not. `where` is the node or the cluster.
  void tell(torture_report& report, const std::string& where);

private:
  struct user {
    std::unique_ptr<book_user> client;
    std::thread thread{};
  };

  void run(book_user& client);

  std::vector<user> users_;
  std::atomic<bool> settling_{false};
};

} // namespace daybook::node::torture
