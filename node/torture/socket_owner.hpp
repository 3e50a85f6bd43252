#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>

namespace daybook::node::torture {

/// A TCP connection of this machine, over IPv4, as one of its ends sees it.
struct tcp_ends {
  std::uint16_t own_port = 0;
  std::uint16_t other_port = 0;
};

/// The number of a connection's socket; empty when there is none (any more).
std::optional<std::uint64_t> socket_inode(const tcp_ends& x);

/// Which of some processes has a socket open; empty for none of them, and for processes whose files
/// this one may not look at.
std::optional<pid_t> owner_of(std::uint64_t inode, std::span<const pid_t> processes);

} // namespace daybook::node::torture
