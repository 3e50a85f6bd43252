#pragma once

#include "node/torture/violations.hpp"

#include <string>

namespace daybook::node::torture {

/// Checksums, chain and rules of a data directory that nobody has open, by a process that knows
/// nothing but the logs. `where` names the node; what the process says is in `log`.
void verify_data(const std::string& program, const std::string& data, const std::string& where,
                 const std::string& log, violations& found);

} // namespace daybook::node::torture
