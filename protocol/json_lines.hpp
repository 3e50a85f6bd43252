#pragma once

#include "base/limits.hpp"
#include "base/result.hpp"
#include "ledger/events.hpp"
#include "ledger/types.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

// JSON Lines: what `import` reads and `export` writes, one event of a book a line: an asset, an
// account, a transaction, the closing or reopening of an account.
// Free of state; called by the command line and by tools, on any thread.

namespace daybook::protocol {

/// The precision of an asset, or nothing when the asset is not known. Amounts are decimals, so
/// reading one takes its asset's precision.
using precision_source = std::function<std::optional<std::uint8_t>(std::string_view asset)>;

/// How deep arrays and objects may nest in a line, the outermost object counted.
inline constexpr std::size_t json_depth_max = 64;

/// The longest line, in bytes, that `parse_write` reads: any transaction within `bounds`, as export
/// writes it, is shorter. A reader of files need not hold more than this.
std::size_t line_bytes_max(const limits& bounds);

/// Reads one line, without its newline. Strict: nothing in it is ignored. Names are not checked
/// here, and nothing that takes the book's state; the book does that for every caller.
/// Errors, each with a sentence that names the thing and, where there is one, `field`:
/// `invalid_argument` (not JSON, not UTF-8, too deep; a field unknown, missing, twice or of the
/// wrong type), `invalid_amount` and `overflow` (with `amount`, `account`), `unknown_asset`,
/// `limit_exceeded` (with `what`, `limit`, `would_be`: the line, metadata, postings, refs).
result<ledger::write> parse_write(std::string_view line, const precision_source& precisions,
                                  const limits& bounds);

/// The same for who has no place for the links of what is no transaction: they are refused.
result<ledger::command> parse_line(std::string_view line, const precision_source& precisions,
                                   const limits& bounds);

/// The line, without a newline, that `parse_write` reads back to `x` and its `links`. `x` is what
/// `to_command` makes of a stored event: its postings name their assets, it is no `reversal`, and
/// `precisions` knows every asset it names. A transaction says its links itself, so `links` are
/// those of an event of another kind.
/// Metadata that is no JSON object (a program may have stored any text) becomes `{"text":"…"}`.
std::string to_json_line(const ledger::command& x, const precision_source& precisions,
                         const ledger::event_links& links = {});

/// A JSON object as compact text, keys in their order, numbers as they were written: how metadata
/// is stored. For callers that take metadata from a person.
/// Errors: as `parse_line`'s for metadata.
result<std::string> compact_metadata(std::string_view json, const limits& bounds);

} // namespace daybook::protocol
