#pragma once

#include "actors/client.hpp"
#include "base/ids.hpp"
#include "tests/process/crashing_node/answers.hpp"
#include "tests/process/crashing_node/workload.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

// What must hold of a book whenever it has been opened, however its process ended. Everything here
// throws `broken`.

namespace daybook::test {

/// All events of a book, and what follows from them.
class book_image {
public:
  explicit book_image(const book_client& book);

  event_seq last() const { return event_seq{events_.size()}; }
  const places& names() const { return names_; }
  const std::vector<actors::recorded_event>& events() const { return events_; }

  /// A transaction of an account, and the balance that it left.
  struct entry {
    event_seq seq;
    std::string key;
    ledger::amount balance;
  };
  using accounts = std::map<std::string, std::vector<entry>>;

  const accounts& histories() const { return histories_; }
  ledger::amount balance_of(const std::string& path) const;

private:
  void add(const actors::recorded_event& x);

  std::vector<actors::recorded_event> events_;
  places names_;
  accounts histories_; ///< of every account, in order
  std::map<std::string, ledger::side> normal_sides_;
};

/// What was acknowledged is there, where it was said to be; units are whole or absent.
void check_acknowledged(const book_image& image, const places& told);
void check_units(const book_image& image, std::span<const action> actions);

/// The book's answers are those that follow from its log: balances, histories, keys.
void check_reads(const book_client& book, const book_image& image);

/// Whatever is in the log is a repeat when it is said again, and a conflict when it is altered.
void check_repeats(const book_client& book, const book_image& image);

} // namespace daybook::test
