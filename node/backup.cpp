#include "node/backup.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace daybook::node {

namespace {

using log::join;

constexpr std::size_t copy_bytes = 1024 * 1024;

bool is_missing(const error& x) { return x.get("errno") == "ENOENT"; }

/// What a writer is about to replace, or has just made for itself.
bool is_temporary(std::string_view name) { return name.starts_with('.'); }

bool is_segment(std::string_view name) { return name.starts_with("segment-"); }

class copier {
public:
  copier(log::storage& disk, const on_copied& copied) : disk_(disk), copied_(copied) {}

  backup_report take_report() { return std::move(report_); }

  /// The log's segments last and in order, for what was derived from the log must not be of a later
  /// time. The last one may grow meanwhile; when another follows it, the copy is of one that was
  /// not sealed yet, and is made again.
  result<void> copy_book(const std::string& book, const std::string& from, const std::string& to) {
    if (auto made = disk_.create_directory(to); !made)
      return made;
    auto names = names_in(from);
    if (!names)
      return fail(std::move(names.error()));
    for (auto& name : *names)
      if (!is_segment(name))
        if (auto done = copy_file(from, to, name); !done)
          return done;
    std::vector<std::string> done;
    for (auto segments = segments_in(from); !segments || *segments != done;
         segments = segments_in(from)) {
      if (!segments)
        return fail(std::move(segments.error()));
      auto first = done.empty() ? 0 : done.size() - 1;
      for (auto i = first; i < segments->size(); ++i)
        if (auto copied = copy_file(from, to, (*segments)[i]); !copied)
          return copied;
      done = std::move(*segments);
    }
    report_.books.push_back(book);
    return disk_.sync_directory(to);
  }

  /// In place of one that was copied before. One that is gone was not needed any more.
  result<void> copy_file(const std::string& from, const std::string& to, const std::string& name) {
    auto source = disk_.open(join(from, name), log::open_mode::read);
    if (!source && is_missing(source.error()) && !is_segment(name))
      return {};
    if (!source)
      return fail(std::move(source.error()));
    if (auto removed = disk_.remove(join(to, name)); !removed && !is_missing(removed.error()))
      return removed;
    auto target = disk_.open(join(to, name), log::open_mode::create_new);
    if (!target)
      return fail(std::move(target.error()));
    auto size = (*source)->size();
    if (!size)
      return fail(std::move(size.error()));
    // From the end: a log is written from its beginning, over zeros, and meanwhile too. So nothing
    // in the copy is older than what stands behind it, and its end is torn at most.
    for (auto chunk = (*size + copy_bytes - 1) / copy_bytes; chunk-- > 0;)
      if (auto done = copy_chunk(**source, **target, chunk * copy_bytes); !done)
        return done;
    ++report_.files;
    return (*target)->sync();
  }

private:
  result<void> copy_chunk(log::file& from, log::file& to, std::uint64_t offset) {
    auto got = from.read_at(offset, buffer_);
    if (!got)
      return fail(std::move(got.error()));
    report_.bytes += *got;
    if (copied_)
      copied_(*got);
    return to.write_at(offset, byte_span{buffer_}.first(*got));
  }

  result<std::vector<std::string>> names_in(const std::string& directory) {
    auto names = disk_.list(directory);
    if (names)
      std::erase_if(*names, is_temporary);
    return names;
  }

  result<std::vector<std::string>> segments_in(const std::string& directory) {
    auto names = names_in(directory);
    if (names)
      std::erase_if(*names, [](auto& name) { return !is_segment(name); });
    return names;
  }

  log::storage& disk_;
  const on_copied& copied_;
  byte_buffer buffer_ = byte_buffer(copy_bytes);
  backup_report report_;
};

result<void> make_empty_directory(log::storage& disk, const std::string& path) {
  auto kind = disk.kind(path);
  if (!kind)
    return fail(std::move(kind.error()));
  if (*kind == log::entry_kind::none)
    return disk.create_directory(path);
  auto names = disk.list(path);
  if (!names)
    return fail(std::move(names.error()));
  if (!names->empty())
    return fail(ec::already_exists,
                "there is something in " + path + ": give a new or an empty directory",
                {{"what", path}});
  return {};
}

/// Of a node of a cluster: the copy is of the same node.
result<void> copy_cluster(log::storage& disk, copier& to_copy, const std::string& from,
                          const std::string& to) {
  auto kind = disk.kind(from);
  if (!kind)
    return fail(std::move(kind.error()));
  if (*kind != log::entry_kind::directory)
    return {};
  if (auto made = disk.create_directory(to); !made)
    return made;
  for (auto* name : {"record", "offers", "arrivals"})
    if (auto copied = to_copy.copy_file(from, to, name); !copied)
      return copied;
  return disk.sync_directory(to);
}

} // namespace

result<backup_report> back_up(log::storage& disk, const log::data_directory& from,
                              const std::string& to, const on_copied& copied) {
  if (auto made = make_empty_directory(disk, to); !made)
    return fail(std::move(made.error()));
  auto books = from.books();
  if (!books)
    return fail(std::move(books.error()));
  copier work{disk, copied};
  auto books_to = join(to, "books");
  if (auto made = disk.create_directory(books_to); !made)
    return fail(std::move(made.error()));
  for (auto& book : *books)
    if (auto done = work.copy_book(book, from.book_directory(book), join(books_to, book)); !done)
      return fail(std::move(done.error()));
  if (auto done = copy_cluster(disk, work, from.cluster_directory(), join(to, "cluster")); !done)
    return fail(std::move(done.error()));
  if (auto synced = disk.sync_directory(books_to); !synced)
    return fail(std::move(synced.error()));
  if (auto synced = disk.sync_directory(to); !synced)
    return fail(std::move(synced.error()));
  // The file that makes it a data directory, when all the rest is durable.
  if (auto lock = disk.open(join(to, "LOCK"), log::open_mode::create_new); !lock)
    return fail(std::move(lock.error()));
  if (auto synced = disk.sync_directory(to); !synced)
    return fail(std::move(synced.error()));
  return work.take_report();
}

} // namespace daybook::node
