#pragma once

#include "actors/client.hpp"
#include "node/torture/operation.hpp"

namespace daybook::node::torture {

/// A client's way to one book, whatever happens to the nodes. One thread.
class book_session {
public:
  virtual ~book_session() = default;

  /// The book, opened if need be. Null, after a moment, while it cannot be reached; the reason is
  /// `problem`.
  virtual const book_client* open() = 0;

  /// Waits for a moment: the book can be reached and takes no more now.
  virtual void pause() = 0;

  /// Something went wrong: the next `open` finds the book anew.
  virtual void drop() = 0;

  /// Whether the library may send a call more than once.
  virtual bool retries() const { return false; }

  /// Whether there is room on the disk for what is written.
  virtual bool may_write() const { return true; }

  /// The book has answered a question, or accepted a write, that was sent then.
  virtual void was_read(instant sent, instant at) = 0;
  virtual void was_written(instant sent, instant at) = 0;

  const error& problem() const { return problem_; }

protected:
  book_session() = default;
  book_session(const book_session&) = default;
  book_session& operator=(const book_session&) = default;

  error problem_{ec::io, "the node is down"};
};

} // namespace daybook::node::torture
