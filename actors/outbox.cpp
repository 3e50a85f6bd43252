#include "actors/outbox.hpp"

#include "actors/client_fence.hpp"

#include <utility>

namespace daybook {

std::size_t outbox::add(ledger::write x) {
  items_.push_back(std::move(x));
  return items_.size() - 1;
}

std::size_t outbox::add(ledger::command x) {
  ledger::write plain;
  plain.what = std::move(x);
  return add(std::move(plain));
}

std::size_t outbox::add_because_of(std::size_t cause, ledger::write x) {
  x.caused_by = static_cast<std::uint32_t>(cause);
  return add(std::move(x));
}

result<std::vector<ledger::receipt>> outbox::flush() {
  if (items_.empty())
    return std::vector<ledger::receipt>{};
  auto* book = std::get_if<book_client>(&target_);
  auto receipts =
      book ? book->commit_atomic(items_) : std::get<write_fence*>(target_)->submit_atomic(items_);
  if (receipts)
    items_.clear();
  return receipts;
}

} // namespace daybook
