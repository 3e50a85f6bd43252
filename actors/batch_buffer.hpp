#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "ledger/types.hpp"

#include <cstdint>

namespace daybook::actors {

/// The encoded events of one batch. The book fills it, the disk writes it, and once it is durable
/// it is published: whoever holds it from then on may only read it.
struct batch_buffer {
  ledger::batch_info info; ///< the chain is set when the batch is durable
  std::uint32_t events = 0;
  byte_buffer payload; ///< walk it with `log::event_list`

  event_seq last_seq() const { return event_seq{info.first_seq.value() + events - 1}; }
};

} // namespace daybook::actors
