#include "base/check.hpp"
#include "ledger/book_machine.hpp"
#include "log/event_list.hpp"
#include "protocol/event_codec.hpp"
#include "tests/fuzz/targets.hpp"

namespace daybook::fuzz {

namespace {

/// Replays what decodes into an empty book, up to the first event that contradicts it.
void replay(byte_span payload) {
  ledger::book_machine machine{{}};
  ledger::batch_info info;
  info.first_seq = event_seq{1};
  info.epoch = writer_epoch{1};
  DAYBOOK_CHECK(machine.begin_replay(info));
  log::event_list events{payload};
  std::uint64_t count = 0;
  while (auto bytes = events.next()) {
    auto event = protocol::decode(*bytes);
    if (!event || !machine.replay(event->content))
      return;
    DAYBOOK_CHECK(machine.durable_seq().value() == ++count);
  }
  for (auto& row : machine.trial_balance())
    DAYBOOK_CHECK(row.debit_turnover == row.credit_turnover);
}

} // namespace

void batch(byte_span input) {
  log::event_list events{input};
  std::size_t count = 0;
  byte_buffer again;
  while (auto bytes = events.next()) {
    ++count;
    auto event = protocol::decode(*bytes);
    if (!event) {
      DAYBOOK_CHECK(event.error().code() == ec::corrupt);
      continue;
    }
    // Equal events are equal bytes: what is accepted has no other encoding.
    again.clear();
    protocol::encode(event->content, event->joined, again);
    DAYBOOK_CHECK(std::ranges::equal(again, *bytes));
  }
  auto counted = log::count_events(input);
  DAYBOOK_CHECK(counted.has_value() == !events.malformed());
  DAYBOOK_CHECK(!counted || *counted == count);
  replay(input);
}

} // namespace daybook::fuzz
