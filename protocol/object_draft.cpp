#include "protocol/object_draft.hpp"

#include "protocol/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::protocol {

namespace {

/// "`key`, `postings`, …": what `schema` lets stand in an object.
std::string names_of(const object_schema& schema) {
  std::string text;
  for (std::size_t i = 0; i < field_count; ++i)
    if (schema.allows(static_cast<field>(i)))
      text += fmt::format("{}`{}`", text.empty() ? "" : ", ", field_table[i].name);
  return text;
}

tl::unexpected<error> refuse_unknown(std::string_view name, const object_schema& schema) {
  auto safe = shown(name);
  return refuse(safe, fmt::format("unknown field `{}` in {}: it may have {}", safe, schema.what,
                                  names_of(schema)));
}

} // namespace

tl::unexpected<error> refuse(std::string_view name, std::string message) {
  return fail(ec::invalid_argument, std::move(message), {{"field", std::string{name}}});
}

void object_draft::start(const object_schema& schema) {
  schema_ = &schema;
  seen_.clear();
}

result<field> object_draft::enter(std::string_view name) {
  auto i = std::ranges::find(field_table, name, &field_info::name);
  auto x = static_cast<field>(i - field_table.begin());
  if (i == field_table.end() || !schema_->allows(x))
    return refuse_unknown(name, *schema_);
  if (has(x))
    return refuse(name, fmt::format("field `{}` stands twice in {}", name, schema_->what));
  seen_.add(x);
  return x;
}

result<void> object_draft::check(const object_schema& schema) const {
  for (std::size_t i = 0; i < field_count; ++i) {
    auto x = static_cast<field>(i);
    if (has(x) && !schema.allows(x))
      return refuse_unknown(name_of(x), schema);
    if (!has(x) && schema.required.has(x))
      return refuse(name_of(x), fmt::format("{} needs the field `{}`, which is missing",
                                            schema.what, name_of(x)));
  }
  return {};
}

} // namespace daybook::protocol
