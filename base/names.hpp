#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string_view>

namespace daybook {

/// The rules of names, in one place because a book's name is also a directory's.
///
/// Every name: 1 to 255 bytes of valid UTF-8 without control characters (C0, DEL, C1).
/// Book names, account paths and asset ids also: no `/`, no `\`, no `..`, no leading `.`, no
/// leading or trailing space.
/// Account paths also: parts separated by `:`, none of them empty.
/// Errors: `invalid_name` with `name` (control bytes escaped) and a sentence that names the rule.
result<void> check_book_name(std::string_view name);
result<void> check_asset_id(std::string_view id);
result<void> check_account_path(std::string_view path);

/// Idempotency keys, reference kinds and values, correlation and causation ids: `what` says which.
result<void> check_label(std::string_view what, std::string_view label);

/// Whether `text` is well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool is_valid_utf8(std::string_view text);

/// `text` with every control byte and every byte that is not valid UTF-8 written as \xNN: safe to
/// put in a message of one line.
std::string printable(std::string_view text);

} // namespace daybook
