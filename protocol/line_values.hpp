#pragma once

#include "base/ids.hpp"
#include "base/timestamp.hpp"
#include "ledger/types.hpp"
#include "protocol/object_draft.hpp"

#include <cstdint>
#include <string_view>

// From the text of a JSON line's field to its value. Private to protocol/.

namespace daybook::protocol {

result<ledger::asset_class> read_asset_class(const object_draft& from);
result<ledger::account_kind> read_account_kind(const object_draft& from);
result<ledger::side> read_side(const object_draft& from, field x);

/// Of an asset: 0 to `precision_max`.
result<std::uint8_t> read_precision(std::string_view text);

/// As `ledger::parse_decimal`, for text of any length.
result<ledger::amount> read_amount(std::string_view text, std::uint8_t precision);

/// `reverses`: from 1 on.
result<event_seq> read_seq(std::string_view text);

/// `occurred_at`.
result<timestamp> read_timestamp(std::string_view text);

} // namespace daybook::protocol
