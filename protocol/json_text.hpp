#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

// Writing JSON text. Reading it is json_lines.hpp's business.

namespace daybook::protocol {

/// Appends `text` as a JSON string with its quotes. `text` is UTF-8 and stays so; only what JSON
/// demands is escaped.
void append_json_string(std::string& out, std::string_view text);

/// Writes one JSON object from front to back: `json_object{}.add("seq", 7).add("key", k).take()`.
class json_object {
public:
  json_object& add(std::string_view name, std::string_view value);
  json_object& add(std::string_view name, const char* value) {
    return add(name, std::string_view{value});
  }
  json_object& add(std::string_view name, std::same_as<bool> auto value) {
    return add_json(name, value ? "true" : "false");
  }
  json_object& add(std::string_view name, std::uint64_t value);

  /// `value` is JSON text already.
  json_object& add_json(std::string_view name, std::string_view value);

  /// The object's text; the writer is used up.
  std::string take();

private:
  void add_name(std::string_view name);

  std::string text_ = "{";
};

} // namespace daybook::protocol
