#pragma once

#include "actors/client.hpp"
#include "node/torture/node_board.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace daybook::node::torture {

/// A client's connection to one book of a node that comes and goes. One thread.
class book_session {
public:
  book_session(caf::actor_system& system, node_board& board, std::string book, std::size_t number,
               std::chrono::milliseconds timeout)
      : system_(system),
        board_(board),
        book_(std::move(book)),
        number_(number),
        timeout_(timeout) {}

  /// The book, opened if need be. Null, after a moment, while the node does not answer; the reason
  /// is `problem`.
  const book_client* open();

  /// Waits for a moment: the node is up and takes no more now.
  void pause();

  /// Something went wrong: the next `open` connects anew.
  void drop();

  const error& problem() const { return problem_; }
  node_board& board() { return board_; }
  std::size_t number() const { return number_; }

private:
  result<book_client> connect(const address& where);

  caf::actor_system& system_;
  node_board& board_;
  std::string book_;
  std::size_t number_; ///< of the book at its node
  std::chrono::milliseconds timeout_;
  std::optional<book_client> client_;
  std::uint64_t version_ = 0;
  error problem_{ec::io, "the node is down"};
};

} // namespace daybook::node::torture
