#include "protocol/json_compactor.hpp"

#include "protocol/json_text.hpp"

#include <fmt/format.h>

#include <utility>

namespace daybook::protocol {

result<void> json_compactor::scalar(json_type type, std::string_view text) {
  separate();
  if (type == json_type::string)
    append_string(text);
  else
    append(text);
  return {};
}

result<void> json_compactor::key(std::string_view name) {
  auto& object = levels_.back();
  if (!object.keys.emplace(name).second)
    return fail(ec::invalid_argument,
                fmt::format("field `{}` stands twice in an object of the metadata", shown(name)),
                {{"field", shown(name)}});
  separate();
  append_string(name);
  append(":");
  object.after_key = true;
  return {};
}

result<void> json_compactor::open(json_type type) {
  separate();
  if (levels_.empty())
    is_object_ = type == json_type::object;
  append(type == json_type::object ? "{" : "[");
  levels_.emplace_back();
  return {};
}

result<void> json_compactor::close(json_type type) {
  append(type == json_type::object ? "}" : "]");
  levels_.pop_back();
  return {};
}

result<std::string> json_compactor::take() {
  if (bytes_ <= bytes_max_)
    return std::move(text_);
  return fail(ec::limit_exceeded,
              fmt::format("the metadata takes {} bytes; the limit is {}", bytes_, bytes_max_),
              {{"what", "metadata"},
               {"limit", std::to_string(bytes_max_)},
               {"would_be", std::to_string(bytes_)}});
}

/// Writes the comma that a value or key may need before it.
void json_compactor::separate() {
  if (levels_.empty())
    return;
  auto& inside = levels_.back();
  if (!inside.empty && !inside.after_key)
    append(",");
  inside.empty = false;
  inside.after_key = false;
}

void json_compactor::append(std::string_view text) {
  bytes_ += text.size();
  if (bytes_ <= bytes_max_)
    text_ += text;
}

void json_compactor::append_string(std::string_view text) {
  scratch_.clear();
  append_json_string(scratch_, text);
  append(scratch_);
}

} // namespace daybook::protocol
