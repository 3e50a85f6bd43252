#pragma once

#include "ledger/to_command.hpp"
#include "protocol/hledger.hpp"
#include "protocol/json.hpp"
#include "protocol/json_lines.hpp"

#include <optional>
#include <string>
#include <string_view>

// A small book for the tests of what people read and write.

namespace daybook::protocol::testing {

/// A chart that is quick to fill.
struct names {
  asset_no add_asset(std::string id, std::uint8_t precision) {
    return chart.add({.definition = {.id = std::move(id),
                                     .cls = ledger::asset_class::other,
                                     .precision = precision,
                                     .name = {}},
                      .registered_at = {}});
  }

  account_no open(std::string path, asset_no asset,
                  ledger::account_kind kind = ledger::account_kind::asset) {
    ledger::account_definition x;
    x.path = std::move(path);
    x.kind = kind;
    x.normal_side = default_normal_side(kind);
    auto n = chart.next_account();
    chart.add(x, asset, {});
    return n;
  }

  ledger::chart chart;
};

/// Three assets of different precision and an account of each, and one more.
struct book : names {
  book() {
    cash = open("assets:cash", add_asset("CZK", 2));
    customer = open("liabilities:customers:15", asset_no{0}, ledger::account_kind::liability);
    yen = open("assets:yen", add_asset("JPY", 0));
    ether = open("assets:ether", add_asset("ETH", 18));
  }

  account_no cash, customer, yen, ether;
};

/// The precisions of a chart's assets.
inline precision_source precisions_of(const ledger::chart& chart) {
  return [&chart](std::string_view asset) -> std::optional<std::uint8_t> {
    auto n = chart.find_asset(asset);
    return n ? std::optional{chart[*n].definition.precision} : std::nullopt;
  };
}

// What people read of a stored event.

inline std::string to_json_line(const ledger::event& x, const ledger::chart& chart) {
  return protocol::to_json_line(ledger::to_command(x, chart), precisions_of(chart),
                                ledger::links_of(x));
}

inline std::string to_json(const event_envelope& envelope, const ledger::event& x,
                           const ledger::chart& chart) {
  return protocol::to_json(envelope, ledger::to_command(x, chart), precisions_of(chart),
                           ledger::links_of(x));
}

inline void append_hledger(const event_envelope& envelope, const ledger::event& x,
                           const ledger::chart& chart, std::string& out) {
  protocol::append_hledger(envelope, ledger::to_command(x, chart), precisions_of(chart), out);
}

inline std::optional<std::uint8_t> precision_of(std::string_view asset) {
  if (asset == "CZK")
    return 2;
  if (asset == "JPY")
    return 0;
  if (asset == "ETH")
    return 18;
  return std::nullopt;
}

inline result<ledger::command> parse(std::string_view line, const limits& bounds = {}) {
  return parse_line(line, precision_of, bounds);
}

inline result<ledger::write> parse_write(std::string_view line) {
  return protocol::parse_write(line, precision_of, limits{});
}

} // namespace daybook::protocol::testing
