#pragma once

#include "node/torture/book_session.hpp"
#include "node/torture/node_board.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace daybook::node::torture {

/// To one book of a node by itself that comes and goes: a connection for each of its processes.
class node_session final : public book_session {
public:
  node_session(caf::actor_system& system, node_board& board, std::string book, std::size_t number,
               std::chrono::milliseconds timeout)
      : system_(system),
        board_(board),
        book_(std::move(book)),
        number_(number),
        timeout_(timeout) {}

  const book_client* open() override;
  void pause() override;
  void drop() override { client_.reset(); }
  bool may_write() const override { return board_.may_write(); }
  void was_read(instant sent, instant at) override { board_.read(number_, sent, at); }
  void was_written(instant sent, instant at) override { board_.written(number_, sent, at); }

private:
  result<book_client> connect(const address& where);

  caf::actor_system& system_;
  node_board& board_;
  std::string book_;
  std::size_t number_; ///< of the book at its node
  std::chrono::milliseconds timeout_;
  std::optional<book_client> client_;
  std::uint64_t version_ = 0;
};

} // namespace daybook::node::torture
