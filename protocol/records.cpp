#include "protocol/records.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"

#include <fmt/format.h>

#include <limits>

// Field numbers are those of ledger.proto.

namespace daybook::protocol {

namespace {

template <class Enum>
Enum read_enum(wire::reader& in, unsigned field, Enum last) {
  auto x = in.number(field, static_cast<std::uint8_t>(last));
  if (x == 0)
    in.fail("a field is missing");
  return static_cast<Enum>(x);
}

} // namespace

void write_time(wire::writer& out, unsigned field, std::optional<timestamp> x) {
  if (x)
    out.present_number(field, wire::zigzag(x->us()));
}

void write_amount(wire::writer& out, unsigned field, ledger::amount x) {
  out.message(field, [&] {
    auto magnitude = split(x);
    out.number(1, magnitude.low);
    out.number(2, magnitude.high);
    out.number(3, x.is_negative());
  });
}

void write_fields(wire::writer& out, const ledger::asset_definition& x) {
  out.text(1, x.id);
  out.number(2, static_cast<std::uint8_t>(x.cls));
  out.number(3, x.precision);
  out.text(4, x.name);
}

void write_fields(wire::writer& out, const ledger::account_definition& x) {
  DAYBOOK_CHECK(x.normal_side);
  out.text(1, x.path);
  out.text(2, x.asset);
  out.number(3, static_cast<std::uint8_t>(x.kind));
  out.number(4, static_cast<std::uint8_t>(*x.normal_side));
  if (x.min_balance)
    write_amount(out, 5, *x.min_balance);
  if (x.max_balance)
    write_amount(out, 6, *x.max_balance);
}

std::size_t fields_size_bound(const ledger::asset_definition& x) {
  return 4 * wire::field_size_max + x.id.size() + x.name.size();
}

std::size_t fields_size_bound(const ledger::account_definition& x) {
  return 4 * wire::field_size_max + 2 * amount_size_max + x.path.size() + x.asset.size();
}

std::optional<timestamp> read_time(wire::reader& in, unsigned field) {
  if (!in.has(field, wire::kind::varint))
    return std::nullopt;
  return timestamp{wire::unzigzag(in.present_number())};
}

std::optional<ledger::amount> read_amount(wire::reader& in, unsigned field) {
  ledger::amount x;
  auto present = in.message(field, [&](wire::reader& fields) {
    auto low = fields.number(1);
    x = join({.low = low, .high = fields.number(2, amount_high_max)});
    if (fields.number(3, 1) == 0)
      return;
    if (x.is_zero())
      fields.fail("zero is negative");
    x = -x;
  });
  return present ? std::optional{x} : std::nullopt;
}

ledger::amount read_required_amount(wire::reader& in, unsigned field) {
  auto x = read_amount(in, field);
  if (!x)
    in.fail("an amount is missing");
  return x.value_or(ledger::amount{});
}

account_no read_account_no(wire::reader& in, unsigned field) {
  using rep = account_no::rep;
  return account_no{static_cast<rep>(in.number(field, std::numeric_limits<rep>::max()))};
}

void read_fields(wire::reader& in, ledger::asset_definition& to) {
  in.text(1, to.id);
  to.cls = read_enum(in, 2, ledger::asset_class::other);
  to.precision = static_cast<std::uint8_t>(in.number(3, precision_max));
  in.text(4, to.name);
}

void read_fields(wire::reader& in, ledger::account_definition& to) {
  in.text(1, to.path);
  in.text(2, to.asset);
  to.kind = read_enum(in, 3, ledger::account_kind::clearing);
  to.normal_side = read_enum(in, 4, ledger::side::credit);
  to.min_balance = read_amount(in, 5);
  to.max_balance = read_amount(in, 6);
}

result<void> finish(const wire::reader& in, byte_span bytes, std::string_view what) {
  if (!in.failure())
    return {};
  return fail(ec::corrupt, fmt::format("{} does not decode at its byte {}: {}", what,
                                       in.position() - bytes.data(), in.failure()));
}

} // namespace daybook::protocol
