#pragma once

#include "base/check.hpp"
#include "base/result.hpp"
#include "ledger/types.hpp"
#include "protocol/wire.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// What events, snapshots and the history share of ledger.proto. Private to protocol/.

namespace daybook::protocol {

/// A magnitude as its two fields.
struct halves {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

inline constexpr auto amount_high_max =
    static_cast<std::uint64_t>(ledger::amount::max().value() >> 64);

/// Of the magnitude of `x`.
inline halves split(ledger::amount x) {
  auto value = static_cast<ledger::uint128>(x.is_negative() ? -x.value() : x.value());
  return {static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(value >> 64)};
}

/// `x.high` above `amount_high_max`, which no caller has read without a failure, becomes zero.
inline ledger::amount join(halves x) {
  if (x.high > amount_high_max)
    return {};
  auto value = ledger::uint128{x.high} << 64 | x.low;
  return *ledger::amount::from_int128(static_cast<ledger::int128>(value));
}

/// A posting's direction and amount: three fields from `first` on.
inline void write_posted(wire::writer& out, unsigned first, ledger::side direction,
                         ledger::amount value) {
  DAYBOOK_CHECK(value.is_positive());
  auto magnitude = split(value);
  out.number(first, direction == ledger::side::credit);
  out.number(first + 1, magnitude.low);
  out.number(first + 2, magnitude.high);
}

inline void read_posted(wire::reader& in, unsigned first, ledger::side& direction,
                        ledger::amount& value) {
  direction = in.number(first, 1) ? ledger::side::credit : ledger::side::debit;
  auto low = in.number(first + 1);
  value = join({.low = low, .high = in.number(first + 2, amount_high_max)});
  if (!value.is_positive())
    in.fail("a posting has no amount");
}

/// At least what `write_posted` writes, and the tag and length of a message around it.
inline constexpr std::size_t posted_size_max = 2 + 2 + 11 + 11;

void write_time(wire::writer& out, unsigned field, std::optional<timestamp> x);
void write_amount(wire::writer& out, unsigned field, ledger::amount x);
void write_fields(wire::writer& out, const ledger::asset_definition& x);
void write_fields(wire::writer& out, const ledger::account_definition& x);

/// At least what `write_amount` writes with its tag.
inline constexpr std::size_t amount_size_max = 4 * wire::field_size_max;

/// At least what `write_fields` writes.
std::size_t fields_size_bound(const ledger::asset_definition& x);
std::size_t fields_size_bound(const ledger::account_definition& x);

std::optional<timestamp> read_time(wire::reader& in, unsigned field);
std::optional<ledger::amount> read_amount(wire::reader& in, unsigned field);
/// The reader fails when it is absent.
ledger::amount read_required_amount(wire::reader& in, unsigned field);
account_no read_account_no(wire::reader& in, unsigned field);
void read_fields(wire::reader& in, ledger::asset_definition& to);
void read_fields(wire::reader& in, ledger::account_definition& to);

/// Reads a repeated message over the elements that are there, for the memory of their strings.
template <class T, class ReadOne>
void read_all(wire::reader& in, unsigned field, std::vector<T>& to, ReadOne read_one) {
  std::size_t count = 0;
  while (in.has(field, wire::kind::bytes)) {
    if (count == to.size())
      to.emplace_back();
    in.message(field, [&](wire::reader& fields) { read_one(fields, to[count]); });
    ++count;
  }
  to.resize(count);
}

/// What decoding `what` from `bytes` with `in` came to.
result<void> finish(const wire::reader& in, byte_span bytes, std::string_view what);

} // namespace daybook::protocol
