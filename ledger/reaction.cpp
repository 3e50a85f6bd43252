#include "ledger/reaction.hpp"

#include <variant>

namespace daybook::ledger {

namespace {

template <class T>
void link(const event_links& links, const transaction_id& id, T& x) {
  x.causation_id = to_string(id);
  x.correlation_id = links.correlation_id.empty() ? x.causation_id : links.correlation_id;
}

} // namespace

void react_to(const event_links& links, const transaction_id& id, transaction& x) {
  link(links, id, x);
}

void react_to(const event_links& links, const transaction_id& id, write& x) {
  x.caused_by.reset();
  link(links, id, x);
  if (auto* posted = std::get_if<transaction>(&x.what)) {
    posted->causation_id.clear();
    posted->correlation_id.clear();
  } else if (auto* taken_back = std::get_if<reversal>(&x.what)) {
    x.causation_id.clear();
    taken_back->correlation_id.clear();
  }
}

} // namespace daybook::ledger
