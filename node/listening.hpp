#pragma once

#include <cstddef>
#include <string>

namespace daybook::node {

/// Whether a host stands for all addresses of the machine.
bool is_any_address(const std::string& host);

/// Whether only this machine reaches a host: it is a loopback address, or a name that has no other
/// ones. Asks for names; a host that has no address is none.
bool is_loopback(const std::string& host);

/// Lets the process have as many descriptors as the system permits it, and says how many that are.
std::size_t raise_descriptors();

} // namespace daybook::node
