#pragma once

#include "actors/client.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace daybook {

class write_fence;

/// Collects writes and sends them as one atomic batch: all of them or none. What is not flushed was
/// never written. One thread at a time.
class outbox {
public:
  explicit outbox(book_client book) : target_(std::move(book)) {}

  /// Flushes behind a fence, which outlives the outbox.
  explicit outbox(write_fence& fence) : target_(&fence) {}

  /// Adds a write; gives its place, for `because_of`. Nothing is checked before `flush`.
  std::size_t add(ledger::write x);
  std::size_t add(ledger::command x);

  /// Adds a write that the one at an earlier place causes: its event's id becomes the causation id.
  std::size_t add_because_of(std::size_t cause, ledger::write x);

  /// Writes everything; receipts in order. Then, and only then, the outbox is empty: after an error
  /// it can be changed or flushed again, for keys that were used are recognised.
  /// Errors: those of a write, with the `item`; `outcome_unknown`.
  result<std::vector<ledger::receipt>> flush();

  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  void clear() { items_.clear(); }

private:
  std::variant<book_client, write_fence*> target_;
  std::vector<ledger::write> items_;
};

} // namespace daybook
