#include "protocol/json_text.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace daybook::protocol {

namespace {

bool needs_escape(char x) { return static_cast<unsigned char>(x) < 0x20 || x == '"' || x == '\\'; }

void append_escaped(std::string& out, char x) {
  switch (x) {
  case '"':
  case '\\':
    out += '\\';
    out += x;
    break;
  case '\n':
    out += "\\n";
    break;
  case '\r':
    out += "\\r";
    break;
  case '\t':
    out += "\\t";
    break;
  default:
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(x));
  }
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t plain = 0, i = 0; i <= text.size(); ++i) {
    if (i < text.size() && !needs_escape(text[i]))
      continue;
    out += text.substr(plain, i - plain);
    if (i < text.size())
      append_escaped(out, text[i]);
    plain = i + 1;
  }
  out += '"';
}

json_object& json_object::add(std::string_view name, std::string_view value) {
  add_name(name);
  append_json_string(text_, value);
  return *this;
}

json_object& json_object::add(std::string_view name, std::uint64_t value) {
  return add_json(name, fmt::format_int{value}.c_str());
}

json_object& json_object::add_json(std::string_view name, std::string_view value) {
  add_name(name);
  text_ += value;
  return *this;
}

std::string json_object::take() {
  text_ += '}';
  return std::move(text_);
}

void json_object::add_name(std::string_view name) {
  if (text_.size() > 1)
    text_ += ',';
  append_json_string(text_, name);
  text_ += ':';
}

} // namespace daybook::protocol
