#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// The schema of JSON Lines: every object and field, for the reader and the writer. Private to
// protocol/.

namespace daybook::protocol {

enum class json_type : std::uint8_t { null, boolean, number, string, array, object };

enum class field : std::uint8_t {
  type,
  id,
  precision,
  cls,
  name,
  path,
  asset,
  kind,
  normal_side,
  min_balance,
  max_balance,
  key,
  occurred_at,
  postings,
  refs,
  metadata,
  correlation_id,
  causation_id,
  reverses,
  even_with_balance,
  account,
  amount,
  direction,
  value
};

struct field_info {
  std::string_view name;
  json_type type;
};

inline constexpr std::array field_table{
    field_info{"type", json_type::string},
    field_info{"id", json_type::string},
    field_info{"precision", json_type::number},
    field_info{"class", json_type::string},
    field_info{"name", json_type::string},
    field_info{"path", json_type::string},
    field_info{"asset", json_type::string},
    field_info{"kind", json_type::string},
    field_info{"normal_side", json_type::string},
    field_info{"min_balance", json_type::string},
    field_info{"max_balance", json_type::string},
    field_info{"key", json_type::string},
    field_info{"occurred_at", json_type::string},
    field_info{"postings", json_type::array},
    field_info{"refs", json_type::array},
    field_info{"metadata", json_type::object},
    field_info{"correlation_id", json_type::string},
    field_info{"causation_id", json_type::string},
    field_info{"reverses", json_type::number},
    field_info{"even_with_balance", json_type::boolean},
    field_info{"account", json_type::string},
    field_info{"amount", json_type::string},
    field_info{"direction", json_type::string},
    field_info{"value", json_type::string},
};

inline constexpr std::size_t field_count = field_table.size();
static_assert(field_count == static_cast<std::size_t>(field::value) + 1);

constexpr std::size_t index(field x) { return static_cast<std::size_t>(x); }
constexpr std::string_view name_of(field x) { return field_table[index(x)].name; }
constexpr json_type type_of(field x) { return field_table[index(x)].type; }

/// A set of fields.
class field_set {
public:
  template <class... Fields>
  constexpr explicit field_set(Fields... fields) : bits_((0u | ... | bit(fields))) {}

  constexpr bool has(field x) const { return (bits_ & bit(x)) != 0; }
  constexpr void add(field x) { bits_ |= bit(x); }
  constexpr void clear() { bits_ = 0; }

  friend constexpr field_set operator|(field_set x, field_set y) {
    x.bits_ |= y.bits_;
    return x;
  }

private:
  static constexpr std::uint32_t bit(field x) { return 1u << index(x); }
  static_assert(field_count <= 32);

  std::uint32_t bits_;
};

/// What a kind of object must and may have.
struct object_schema {
  std::string_view what; ///< for messages
  field_set required;
  field_set optional;

  constexpr bool allows(field x) const { return required.has(x) || optional.has(x); }
};

inline constexpr object_schema asset_schema{
    "an asset", field_set{field::type, field::id, field::precision, field::cls},
    field_set{field::name, field::correlation_id, field::causation_id}};

inline constexpr object_schema account_schema{
    "an account", field_set{field::type, field::path, field::asset, field::kind},
    field_set{field::normal_side, field::min_balance, field::max_balance, field::correlation_id,
              field::causation_id}};

inline constexpr object_schema transaction_schema{
    "a transaction", field_set{field::type, field::key, field::postings},
    field_set{field::occurred_at, field::refs, field::metadata, field::correlation_id,
              field::causation_id, field::reverses}};

inline constexpr object_schema closing_schema{
    "the closing of an account", field_set{field::type, field::path},
    field_set{field::even_with_balance, field::correlation_id, field::causation_id}};

inline constexpr object_schema reopening_schema{
    "the reopening of an account", field_set{field::type, field::path},
    field_set{field::correlation_id, field::causation_id}};

inline constexpr object_schema posting_schema{
    "a posting", field_set{field::account, field::amount, field::asset, field::direction},
    field_set{}};

inline constexpr object_schema ref_schema{"a reference", field_set{field::kind, field::value},
                                          field_set{}};

/// A line of which `type` is not known yet.
inline constexpr object_schema line_schema{
    "a line", field_set{field::type},
    asset_schema.required | asset_schema.optional | account_schema.required |
        account_schema.optional | transaction_schema.required | transaction_schema.optional |
        closing_schema.required | closing_schema.optional | reopening_schema.required |
        reopening_schema.optional};

/// The values of `type`.
inline constexpr std::string_view asset_type = "asset";
inline constexpr std::string_view account_type = "account";
inline constexpr std::string_view transaction_type = "transaction";
inline constexpr std::string_view closing_type = "account_closed";
inline constexpr std::string_view reopening_type = "account_reopened";

} // namespace daybook::protocol
