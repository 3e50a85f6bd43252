#include "actors/recorded.hpp"

#include "ledger/to_command.hpp"

#include <variant>

namespace daybook::actors {

namespace {

template <class Event>
ledger::event_links links_of(const Event& x) {
  return x.links;
}

ledger::event_links links_of(const ledger::transaction_posted& x) {
  return {x.correlation_id, x.causation_id};
}

} // namespace

recorded_event record(const ledger::stored_event& x, const ledger::batch_info& batch, event_seq seq,
                      book_id book, const ledger::chart& chart) {
  recorded_event recorded;
  recorded.receipt.id = {book, seq};
  recorded.receipt.epoch = batch.epoch;
  recorded.receipt.committed_at = batch.committed_at;
  recorded.receipt.chain = batch.chain;
  recorded.content = ledger::to_command(x.content, chart);
  auto links = std::visit([](auto& event) { return links_of(event); }, x.content);
  recorded.correlation_id = std::move(links.correlation_id);
  recorded.causation_id = std::move(links.causation_id);
  recorded.joined = x.joined;
  return recorded;
}

} // namespace daybook::actors
