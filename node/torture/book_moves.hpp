#pragma once

#include "base/address.hpp"
#include "base/result.hpp"

#include <string>
#include <utility>

namespace daybook::node::torture {

/// Moves books as somebody at a terminal does: `daybook book move`, a process each, so that one
/// that does not end can be ended. Any thread, one at a time.
class book_mover {
public:
  /// `program` is a `daybook`; what it says of refusals is appended to `log`.
  book_mover(std::string program, std::string log)
      : program_(std::move(program)), log_(std::move(log)) {}

  /// Asks the node at an address to bring a book to a node, and waits for the end of it. Blocks.
  /// Errors: what the cluster answers; `timed_out` after a minute.
  result<void> move(const address& through, const std::string& book, const std::string& to) const;

private:
  std::string program_;
  std::string log_;
};

/// Whether a move that ended so has kept its promises: it may not come about while nodes are down,
/// cannot hear each other or have others to move, as long as it says so.
bool is_clean_refusal(const error& x);

} // namespace daybook::node::torture
