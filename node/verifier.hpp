#pragma once

#include "base/result.hpp"
#include "log/data_directory.hpp"
#include "log/storage.hpp"
#include "log/verify.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace daybook::node {

/// What was checked of a book, all of it right.
struct book_report {
  log::verify_report log;
  std::uint64_t events = 0;
  std::uint64_t accounts = 0;
  std::uint64_t transactions = 0;
};

/// Told how many bytes of records have been checked since the last time.
using on_checked = std::function<void(std::uint64_t bytes)>;

/// Checks a book by its log alone: every checksum, the chain, that each event follows from those
/// before it, and that debits equal credits. Writes nothing and takes no lock; holds the book's
/// state in memory.
/// Errors: `corrupt` with `file` and `offset`, or with `book` and `asset`; `not_found`;
/// `invalid_name`; `invalid_argument` for a newer format; `io`.
result<book_report> verify_book(log::storage& disk, const log::data_directory& directory,
                                const std::string& book, const on_checked& checked);

} // namespace daybook::node
