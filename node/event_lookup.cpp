#include "node/event_lookup.hpp"

#include <variant>

namespace daybook::node {

result<transaction_id> find_id(const book_client& book, const event_name& name) {
  if (auto* id = std::get_if<transaction_id>(&name))
    return *id;
  return book.status().map([&](const actors::book_status& x) {
    return transaction_id{x.id, std::get<event_seq>(name)};
  });
}

result<actors::recorded_event> find_event(const book_client& book, const event_name& name) {
  return find_id(book, name).and_then([&](const transaction_id& id) {
    return book.transaction(id);
  });
}

} // namespace daybook::node
