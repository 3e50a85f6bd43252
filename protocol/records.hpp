#pragma once

#include "base/result.hpp"
#include "ledger/types.hpp"
#include "protocol/wire.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// The messages of ledger.proto that events and snapshots share. Private to protocol/.

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

void write_amount(wire::writer& out, unsigned field, ledger::amount x);
void write_fields(wire::writer& out, const ledger::asset_definition& x);
void write_fields(wire::writer& out, const ledger::account_definition& x);

/// At least what `write_amount` writes with its tag.
inline constexpr std::size_t amount_size_max = 4 * wire::field_size_max;

/// At least what `write_fields` writes.
std::size_t fields_size_bound(const ledger::asset_definition& x);
std::size_t fields_size_bound(const ledger::account_definition& x);

std::optional<ledger::amount> read_amount(wire::reader& in, unsigned field);
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
