#pragma once

#include "base/result.hpp"
#include "node/torture/history_checker.hpp"
#include "node/torture/operation.hpp"

#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace daybook::node::torture {

/// Writes what one client did to a file, one operation a line. One thread.
class history_writer {
public:
  explicit history_writer(const std::string& path);

  void add(const operation& x);

  /// Errors: `io`, when this or a write before failed.
  result<void> close();

private:
  std::string path_;
  std::ofstream file_;
};

/// The operations of one client in order, an empty one after the last. Errors: `corrupt`, `io`.
using history_source = std::function<result<std::optional<operation>>()>;

/// Reads such a file.
history_source read_history(const std::string& path);

/// Tells a checker of all operations of a book's clients and of the starts of its node, in order of
/// time. Holds one operation of each client. Errors: as the sources; `corrupt` when a client began
/// an operation before its last one ended.
result<void> replay(std::vector<history_source> clients, std::vector<instant> node_starts,
                    history_checker& checker);

} // namespace daybook::node::torture
