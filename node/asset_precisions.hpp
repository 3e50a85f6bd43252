#pragma once

#include "actors/client.hpp"
#include "base/result.hpp"
#include "ledger/types.hpp"
#include "protocol/json_lines.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::node {

/// The precisions of a book's assets, which reading and printing decimals takes.
class asset_precisions {
public:
  /// Those of the book as it is now. Errors: those of asking.
  static result<asset_precisions> of(const book_client& book);

  void learn(const ledger::asset_definition& x) { by_id_[x.id] = x.precision; }
  /// Takes notice if `x` registers an asset.
  void learn(const ledger::command& x);

  std::optional<std::uint8_t> find(std::string_view asset) const;

  /// Refers to this object.
  protocol::precision_source source() const;

private:
  std::map<std::string, std::uint8_t, std::less<>> by_id_;
};

/// Of one asset. Errors: `unknown_asset` with `asset`; those of asking.
result<std::uint8_t> precision_of(const book_client& book, const std::string& asset);

} // namespace daybook::node
