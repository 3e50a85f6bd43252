#pragma once

#include "node/torture/book_session.hpp"
#include "node/torture/history.hpp"
#include "node/torture/operation.hpp"
#include "node/torture/seeded.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace daybook::node::torture {

/// How many operations ended how.
struct user_counts {
  std::uint64_t accepted = 0; ///< writes
  std::uint64_t refused = 0;
  std::uint64_t not_accepted = 0;
  std::uint64_t unknown = 0;
  std::uint64_t resolved = 0; ///< unknown, and later accepted or refused
  std::uint64_t reads = 0;    ///< answered
  std::uint64_t failed_reads = 0;

  void add(const user_counts& other);
};

/// One client of one book: does one thing after another, remembers what it was not told the outcome
/// of and asks again, and writes down everything. One thread.
class book_user {
public:
  struct setup {
    std::uint32_t client = 0;
    std::uint32_t first_client = 0; ///< of the book
    std::uint32_t clients = 1;      ///< of the book
    std::uint64_t seed = 0;
    std::uint32_t accounts = 0;
    std::string history; ///< path of the file
  };

  book_user(setup options, std::unique_ptr<book_session> session);

  /// Does one thing, or waits for a moment when the node is down.
  void act();

  /// Asks once more for an outcome that is unknown; false when there is none.
  bool settle();

  const user_counts& counts() const { return counts_; }
  const error& problem() const { return session_->problem(); }
  result<void> close() { return history_.close(); }

private:
  /// Consecutive keys that are sent in one message.
  struct message {
    std::uint64_t first = 0;
    std::uint32_t count = 1;
    bool atomic = false;
  };

  void write(const book_client& book, const message& x, bool again);
  void repeat(const book_client& book);
  void conflict(const book_client& book);
  void retry(const book_client& book);
  void read(const book_client& book, action what);
  message next_message();
  std::vector<ledger::write> writes_of(const message& x) const;
  std::vector<answer> ask(const book_client& book, const message& x);
  void read_into(const book_client& book, operation& x);
  void note(const operation& x, const message& sent, bool again);
  void count(const answer& x);
  operation begin(action what) const;
  void finish(operation& x);

  setup setup_;
  std::unique_ptr<book_session> session_;
  history_writer history_;
  seeded chance_;
  std::uint64_t next_number_ = 0;
  std::vector<bool> was_accepted_; ///< by number
  std::vector<message> unknown_;
  user_counts counts_;
};

} // namespace daybook::node::torture
