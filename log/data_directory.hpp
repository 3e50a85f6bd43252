#pragma once

#include "base/random.hpp"
#include "log/storage.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::log {

enum class if_missing { refuse, create };

/// The directory that holds everything a node keeps:
///
///     <data>/LOCK            held while a process has the directory open [I10]
///     <data>/books/<book>/   one directory for each book
///     <data>/index/          rebuildable [I9]
///     <data>/cluster/        what the node knows of its cluster, if it is in one
///
/// Nothing is touched in a directory that is not a data directory. Any thread, one at a time.
class data_directory {
public:
  /// Opens for writing: takes the lock and holds it for the object's life. A missing or empty
  /// directory is made a data directory when asked; its parent must exist. When this returns, the
  /// directory is durable, and directories that an interrupted creation of a book left are gone.
  /// Errors: `not_found` when there is none and none was asked for; `invalid_argument` (field
  /// `path`) for a file and for somebody else's directory; `locked` with `path` and `pid`; `io`.
  static result<data_directory> open(storage& disk, std::string path, if_missing missing);

  /// Opens for reading: no lock, no writing; a live node may have the directory open.
  /// Errors: as `open`, but never `locked`.
  static result<data_directory> open_read_only(storage& disk, std::string path);

  const std::string& path() const { return path_; }
  std::string books_directory() const { return join(path_, "books"); }
  std::string index_directory() const { return join(path_, "index"); }
  std::string cluster_directory() const { return join(path_, "cluster"); }

  /// Durable when it returns. Errors: `io`.
  result<void> make_cluster_directory();

  /// Where a book is or would be. `book` has passed `check_book_name`; a name that would leave the
  /// books directory trips a check.
  std::string book_directory(std::string_view book) const;

  // A book that comes from elsewhere, or goes there (docs/decisions/0024). Each blocks. Errors:
  // `io`.

  /// A new directory that is nobody's book, and is gone when the data directory is opened next.
  result<std::string> make_unfinished(random_source& random) const;
  /// It becomes the book's, durably; everything in it is durable before. After an error it may be
  /// either way. Also `already_exists`: there is such a book; nothing has changed.
  result<void> take_in(const std::string& unfinished, std::string_view book) const;
  /// The book is no more, durably; after an error it may be. What it leaves is removed, if it can
  /// be. There is none: nothing to do.
  result<void> let_go(std::string_view book, random_source& random) const;
  result<void> remove_unfinished(const std::string& directory) const;

  /// The names of the books, sorted.
  result<std::vector<std::string>> books() const;

private:
  enum class state { missing, empty, ours };

  data_directory(storage& disk, std::string path);

  std::string lock_path() const { return join(path_, "LOCK"); }
  std::string draw_unfinished(random_source& random) const;
  result<state> look() const;
  result<void> create(state found);
  result<void> complete();
  result<void> make_if_missing(const std::string& path);
  result<void> remove_unfinished_books();

  storage* disk_;
  std::string path_;
  std::unique_ptr<held_lock> lock_;
};

} // namespace daybook::log
