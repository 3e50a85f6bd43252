#pragma once

#include "base/result.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace daybook {

/// The port of a node that was given none.
inline constexpr std::uint16_t default_port = 7717;

struct address {
  std::string host; ///< a name or an IP address, without brackets
  std::uint16_t port = default_port;

  friend auto operator<=>(const address&, const address&) = default;
};

/// Reads `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`. Port 0 is left to the caller to judge.
/// Errors: `invalid_argument` with `address`.
result<address> parse_address(std::string_view text);

/// `HOST:PORT` or `[IPv6]:PORT`, which `parse_address` reads back.
std::string to_string(const address& x);

} // namespace daybook
