#pragma once

#include "actors/cluster/handover_messages.hpp"
#include "actors/node_options.hpp"
#include "actors/recover_book.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace daybook::actors {

/// A book that comes from another node, in a directory that is nobody's book. Its destructor
/// removes that, unless the book was taken in. One thread at a time; calls block.
class incoming_copy {
public:
  /// Errors: `io`.
  static result<std::unique_ptr<incoming_copy>> begin(const environment& env, handover of);
  ~incoming_copy();

  incoming_copy(const incoming_copy&) = delete;
  incoming_copy& operator=(const incoming_copy&) = delete;

  const handover& of() const { return of_; }

  /// Errors: `corrupt` (not the bytes that were sent), `invalid_argument` (no name of a file of a
  /// book, or a hole), `io`.
  result<void> write(const file_chunk& x);

  /// Reads what has come into the book's state, which is kept. Errors: as `read_copy`.
  result<copied_end> warm();

  /// These are all files, and how long they are: what is not named is removed, everything is
  /// durable, and the log verifies to its end. Errors: `corrupt`, also when something is missing;
  /// `io`.
  result<void> complete(const std::vector<copied_file>& files);

  /// Makes it a book, durably. Errors: as `data_directory::take_in`.
  result<void> take_in();

  /// After that failed: whether it is certain that there is no book.
  bool is_nowhere_else() const;

  /// After it did not: the book, ready to work. Errors: as `recover_book`; it is there all the
  /// same.
  result<std::shared_ptr<recovered_book>> open();

private:
  incoming_copy(const environment& env, handover of, std::string directory)
      : env_(&env), of_(std::move(of)), directory_(std::move(directory)) {}

  result<void> open_file(const std::string& name);
  result<void> close_file();
  result<void> cut(const copied_file& to);

  const environment* env_;
  handover of_;
  std::string directory_;
  std::map<std::string, std::uint64_t> files_; ///< and how much of each has come
  std::string open_name_;
  std::unique_ptr<log::file> open_;
  std::unique_ptr<copied_book> state_; ///< null: nothing has been read
  bool is_taken_ = false;
};

} // namespace daybook::actors
