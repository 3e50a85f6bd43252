#pragma once

#include "ledger/types.hpp"
#include "protocol/json.hpp"
#include "protocol/json_lines.hpp"

#include <string>
#include <string_view>

// A book as a journal of hledger (https://hledger.org), for its reports and as an independent check
// of balances. Debits are positive, credits negative. Metadata is left out.
//
// Names that hledger would read differently are percent-encoded by their UTF-8 bytes (`%3B` for
// `;`). `%` itself always is, so that no two names become one. So is white space beyond ASCII;
// the rest beyond ASCII stays. Of ASCII stay
// - in account paths letters, digits, `_`, `-`, `.`, `/`, `:`, and single spaces inside of parts;
// - in assets letters, and all but `"`, `;`, `%` when the name is put in quotes, for it has others;
// - in keys (the description) all but `;`, `|`, `%`, and spaces that are not single ones inside;
// - in references (tags `ref-<kind>:<value>`) letters, digits, `_`, `-` of the kind, and of the
// value
//   what stays in keys but `,`.
//
// Free of state; called by the command line, on any thread. hledger needs a UTF-8 locale to read
// names beyond ASCII.

namespace daybook::protocol {

/// What stands before the first entry: `1.000` is one in this journal, never a thousand.
std::string_view hledger_preamble();

/// Appends the event's entry: `commodity` for an asset, `account` for an account, and for a
/// transaction its date (of `occurred_at`, else of the commit; UTC), seq as the code, key,
/// references and, when it takes another back, a tag `reverses:<seq>`, and postings. Closing and
/// reopening an account leave nothing. Entries follow each other in the order of the log. `x` is as
/// for `to_json_line`.
void append_hledger(const event_envelope& envelope, const ledger::command& x,
                    const precision_source& precisions, std::string& out);

} // namespace daybook::protocol
