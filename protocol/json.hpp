#pragma once

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/timestamp.hpp"
#include "ledger/events.hpp"
#include "ledger/types.hpp"
#include "protocol/json_lines.hpp"

#include <string>

// JSON for `--json`: one object in one line, without a newline. Free of state, any thread.

namespace daybook::protocol {

/// What is known of an event beside its content.
struct event_envelope {
  transaction_id id; ///< book and seq
  writer_epoch epoch;
  timestamp committed_at;

  friend bool operator==(const event_envelope&, const event_envelope&) = default;
};

/// 32 hexadecimal digits: the book's id, then the seq.
std::string to_hex(const transaction_id& x);
/// 64 hexadecimal digits.
std::string to_hex(const chain_hash& x);

/// `{"seq":7,"transaction_id":"…","epoch":1,"committed_at":"…","type":"transaction",…}`: the
/// envelope, then the fields of `to_json_line`, whose demands are the same.
std::string to_json(const event_envelope& envelope, const ledger::command& x,
                    const precision_source& precisions, const ledger::event_links& links = {});

/// `{"seq":7,"transaction_id":"…","epoch":1,"committed_at":"…","deduplicated":false,"chain":"…"}`
std::string to_json(const ledger::receipt& x);

/// `{"error":"limit_exceeded","message":"…","account":"…"}`: the code, the sentence, the facts.
std::string to_json(const error& x);

} // namespace daybook::protocol
