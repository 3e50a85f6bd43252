#include "ledger/reaction.hpp"

namespace daybook::ledger {

void react_to(const event_links& links, const transaction_id& id, transaction& x) {
  x.causation_id = to_string(id);
  x.correlation_id = links.correlation_id.empty() ? x.causation_id : links.correlation_id;
}

} // namespace daybook::ledger
