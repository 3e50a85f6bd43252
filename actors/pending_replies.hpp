#pragma once

#include "actors/interfaces.hpp"
#include "base/result.hpp"
#include "ledger/book_machine.hpp"

#include <caf/typed_response_promise.hpp>

#include <memory>
#include <variant>
#include <vector>

namespace daybook::actors {

/// What a book has decided about one write and may say once it is durable: the event's seq, or a
/// refusal. A refusal waits as well, for it may rest on staged writes [I7].
class verdict {
public:
  explicit verdict(result<ledger::staged> x);

  /// Call once everything staged before the verdict is durable.
  outcome resolve(const ledger::book_machine& machine) &&;

private:
  event_seq seq_;
  bool deduplicated_ = false;
  std::unique_ptr<error> refused_;
};

/// The answers that wait for one batch. The book's own; not thread-safe.
class pending_replies {
public:
  using single_promise = caf::typed_response_promise<ledger::receipt>;
  using many_promise = caf::typed_response_promise<std::vector<outcome>>;

  /// Writes that wait, those that were refused included.
  std::size_t items() const { return items_; }

  void add(single_promise promise, verdict x);
  void add(many_promise promise, std::vector<verdict> xs);

  /// Answers all, in order of acceptance, and forgets them.
  void release(const ledger::book_machine& machine);

  /// Answers all with an error, and forgets them [I2].
  void fail(const error& reason);

private:
  struct single {
    single_promise promise;
    verdict decided;
  };
  struct many {
    many_promise promise;
    std::vector<verdict> decided;
  };

  std::vector<std::variant<single, many>> waiting_;
  std::size_t items_ = 0;
};

} // namespace daybook::actors
