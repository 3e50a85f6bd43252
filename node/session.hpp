#pragma once

#include "actors/client.hpp"
#include "actors/net/transport_options.hpp"
#include "base/result.hpp"

#include <string>

namespace daybook::node {

/// Where a command finds the books: in a directory, which this process opens, or at a node. One of
/// the two.
struct location {
  std::string data;      ///< a data directory
  std::string connect;   ///< HOST:PORT
  actors::tls_files tls; ///< with a node
  /// With a directory: looks at it beside the node that has it open. Nothing is locked or written.
  bool read_only = false;
};

/// `create` makes the directory and the book that are missing. Only what can succeed in an empty
/// book says so: a posting to a mistyped book should leave nothing behind.
enum class access { existing, create };

/// Errors: as `client::open` and `client::connect`; `invalid_argument` for a bad address.
result<client> open_client(const location& where, access wanted);

/// One book. It keeps its client open.
result<book_client> open_book(const location& where, const std::string& book, access wanted);

} // namespace daybook::node
