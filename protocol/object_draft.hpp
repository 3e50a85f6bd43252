#pragma once

#include "base/result.hpp"
#include "protocol/fields.hpp"

#include <array>
#include <string>
#include <string_view>

namespace daybook::protocol {

/// The fields of one object as they are read: what stood there, and its text.
/// Private to protocol/.
class object_draft {
public:
  /// Begins an object of another schema, or another one of the same.
  void start(const object_schema& schema);

  const object_schema& schema() const { return *schema_; }
  bool has(field x) const { return seen_.has(x); }

  /// Text of the field; empty when it was not there.
  std::string_view text(field x) const { return has(x) ? text_[index(x)] : std::string_view{}; }

  /// Finds the field and notes that it stands here. Errors: unknown, twice.
  result<field> enter(std::string_view name);
  void set(field x, std::string_view text) { text_[index(x)] = text; }

  /// Checks against the schema; a line's is known only at its end. Errors: unknown, missing.
  result<void> check(const object_schema& schema) const;

private:
  const object_schema* schema_ = nullptr;
  field_set seen_{};
  std::array<std::string, field_count> text_;
};

/// A refusal that names the field.
tl::unexpected<error> refuse(std::string_view field_name, std::string message);

} // namespace daybook::protocol
