#pragma once

#include "node/torture/transfers.hpp"
#include "node/torture/violations.hpp"

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daybook::node::torture {

/// A posting as the log has it.
struct logged_posting {
  std::uint32_t account = 0;
  std::int64_t debit = 0; ///< minor units; negative for a credit

  friend bool operator==(const logged_posting&, const logged_posting&) = default;
};

/// An event as the book shows it when everything is over.
struct logged_event {
  std::uint64_t seq = 0;
  std::uint64_t epoch = 0;
  std::int64_t committed_at_us = 0;
  std::uint64_t chain = 0;
  std::optional<key_id> key{}; ///< empty for assets and accounts
  std::vector<logged_posting> postings{};
};

/// What every book of a run has in common.
struct book_facts {
  std::string name;
  std::uint64_t seed = 0;
  std::uint32_t accounts = 0;
  std::uint64_t preloaded = 0; ///< transactions written before the faults began
};

/// What a book's log says: takes all events in order, checks what can be checked of the log alone,
/// and answers questions about any moment since the preloading. About 100 bytes for each event
/// since then. Pure; one thread.
class log_image {
public:
  struct event {
    key_id key;
    std::uint64_t epoch = 0;
    std::int64_t committed_at_us = 0;
    std::uint64_t chain = 0;
  };

  log_image(book_facts facts, violations& found);

  void add(const logged_event& x);

  /// After the last event: whether all that was preloaded is there.
  void finish();

  const book_facts& facts() const { return facts_; }
  std::uint64_t last_seq() const { return last_seq_; }
  /// Of the last event before those of the clients.
  std::uint64_t first_part() const { return first_part_; }

  /// Where a client's transaction stands; zero when it is not there.
  std::uint64_t seq_of(const key_id& key) const;
  /// Null unless it is a client's transaction.
  const event* at(std::uint64_t seq) const;

  /// An account after an event that touched it, or zero for the beginning. Empty when that event
  /// did not touch it.
  std::optional<std::int64_t> balance_after(std::uint32_t account, std::uint64_t seq) const;
  /// The event that touched an account next; zero for none. `seq` as in `balance_after`.
  std::uint64_t next_touch(std::uint32_t account, std::uint64_t seq) const;
  /// After the last event.
  std::int64_t balance(std::uint32_t account) const;
  std::uint64_t last_touch(std::uint32_t account) const;

private:
  static constexpr std::size_t legs_of_event = 2;

  struct leg {
    std::uint32_t account = 0;
    std::int64_t after = 0;
    std::uint64_t next = 0;
  };

  struct account {
    std::int64_t balance = 0;
    std::uint64_t touched = 0;
    // At the end of the first part, and what came next.
    std::int64_t first_balance = 0;
    std::uint64_t first_touched = 0;
    std::uint64_t first_next = 0;
  };

  void check_order(const logged_event& x);
  void check_content(const logged_event& x);
  void add_preloaded(const logged_event& x);
  void add_written(const logged_event& x);
  void post_all(const logged_event& x);
  void post(const logged_event& x, const logged_posting& posting);
  leg* leg_at(std::uint64_t seq, std::uint32_t account);
  const leg* leg_at(std::uint64_t seq, std::uint32_t account) const;
  void complain(std::string what, std::string detail);

  book_facts facts_;
  violations& found_;
  std::uint64_t last_seq_ = 0;
  std::uint64_t last_epoch_ = 0;
  std::int64_t last_time_us_ = 0;
  std::uint64_t first_part_ = 0;
  std::uint64_t preloaded_ = 0;
  bool is_first_part_ = true;
  std::vector<account> accounts_;
  std::vector<event> events_; ///< since the first part, by seq
  std::vector<leg> legs_;     ///< of those, each `legs_of_event`
  absl::flat_hash_map<std::uint32_t, std::vector<std::uint64_t>> seqs_; ///< by client and number
};

} // namespace daybook::node::torture
