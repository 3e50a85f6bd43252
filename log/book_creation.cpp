#include "log/book_creation.hpp"

#include "log/chain.hpp"
#include "log/segment_writer.hpp"

#include <fmt/format.h>

namespace daybook::log {

namespace {

/// Zero is kept free for "no book".
book_id draw_book_id(random_source& random) {
  auto id = random.next();
  return book_id{id == 0 ? 1 : id};
}

segment_header first_header(random_source& random, timestamp now, std::string_view book) {
  segment_header header;
  header.first_seq = event_seq{1};
  header.first_index = log_index{1};
  header.book = draw_book_id(random);
  header.salt = random.next();
  header.created_at = now;
  header.book_name = book;
  header.previous_chain = chain_hasher{}.first(header.book);
  return header;
}

} // namespace

result<void> create_book(storage& disk, random_source& random, timestamp now,
                         const std::string& directory, std::string_view book) {
  auto header = first_header(random, now, book);
  auto parent = parent_of(directory);
  auto unfinished =
      join(parent, fmt::format("{}{:016x}", unfinished_book_prefix, header.book.value()));
  // Power lost from here to the rename: a directory that is nobody's book may stay, and the next
  // `data_directory::open` removes it.
  if (auto done = disk.create_directory(unfinished); !done)
    return done;
  // The segment's content and its name in this directory are durable before the next line.
  if (auto segment = segment_writer::create(disk, unfinished, header); !segment)
    return fail(segment.error());
  // Power lost after this: the whole book is there, or still the unfinished directory.
  if (auto done = disk.rename(unfinished, directory); !done)
    return done;
  // From here the book stays.
  return disk.sync_directory(parent);
}

std::string parent_of(std::string_view path) {
  auto slash = path.find_last_of('/');
  if (slash == std::string_view::npos)
    return ".";
  return std::string{path.substr(0, slash == 0 ? 1 : slash)};
}

} // namespace daybook::log
