#pragma once

#include "base/result.hpp"
#include "protocol/fields.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// Reading JSON text as a stream of calls, so that nothing is built that nobody asked for. Private
// to protocol/, and the only place that knows which JSON library does it.

namespace daybook::protocol {

/// Hears what stands in a JSON text, in order. The first error ends the reading. Arguments are
/// valid during the call.
class json_handler {
public:
  virtual ~json_handler() = default;

  /// `text` is the content of a string without escapes, else the value as it is written: numbers
  /// that are no integers of 64 bits in their own digits.
  virtual result<void> scalar(json_type type, std::string_view text) = 0;
  /// The name of the value that follows.
  virtual result<void> key(std::string_view name) = 0;
  /// An array or object begins.
  virtual result<void> open(json_type type) = 0;
  virtual result<void> close(json_type type) = 0;
};

/// Reads `text`, which stands `depth` arrays and objects deep already. Duplicate keys are the
/// handler's business. Errors: the handler's, and `invalid_argument` with `field` = `what` for text
/// that is not JSON, not UTF-8, or nests deeper than `json_depth_max`.
result<void> read_json(std::string_view text, std::string_view what, std::size_t depth,
                       json_handler& handler);

/// User's text for a message of one line: printable, and not longer than a name.
std::string shown(std::string_view text);

} // namespace daybook::protocol
