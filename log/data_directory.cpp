#include "log/data_directory.hpp"

#include "base/check.hpp"
#include "log/book_creation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace daybook::log {

namespace {

constexpr std::string_view lock_name = "LOCK";
constexpr std::string_view books_name = "books";
constexpr std::string_view index_name = "index";
constexpr std::string_view cluster_name = "cluster";

/// What the file system itself puts at the top of a volume.
constexpr std::string_view lost_and_found = "lost+found";

tl::unexpected<error> not_ours(const std::string& path, std::string what) {
  return fail(ec::invalid_argument, path + " " + what, {{"field", "path"}, {"path", path}});
}

bool exists(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool may_be_in_ours(const std::string& name) {
  constexpr std::array known{lock_name, books_name, index_name, cluster_name, lost_and_found};
  return std::ranges::find(known, name) != known.end();
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.pop_back();
  return path;
}

/// Removes a directory that holds nothing but files.
result<void> remove_directory(storage& disk, const std::string& path) {
  auto names = disk.list(path);
  if (!names)
    return fail(names.error());
  for (auto& name : *names)
    if (auto removed = disk.remove(join(path, name)); !removed)
      return removed;
  return disk.remove(path);
}

} // namespace

data_directory::data_directory(storage& disk, std::string path)
    : disk_(&disk), path_(without_trailing_slashes(std::move(path))) {}

result<data_directory> data_directory::open(storage& disk, std::string path, if_missing missing) {
  data_directory opened{disk, std::move(path)};
  auto found = opened.look();
  if (!found)
    return fail(found.error());
  if (*found != state::ours) {
    if (missing == if_missing::refuse)
      return fail(ec::not_found,
                  "there is no data directory at " + opened.path_ +
                      ": check the path; the first write creates one",
                  {{"what", opened.path_}});
    if (auto created = opened.create(*found); !created)
      return fail(created.error());
  }
  auto lock = disk.lock(opened.lock_path());
  if (!lock)
    return fail(lock.error());
  opened.lock_ = std::move(*lock);
  if (auto completed = opened.complete(); !completed)
    return fail(completed.error());
  return opened;
}

result<data_directory> data_directory::open_read_only(storage& disk, std::string path) {
  data_directory opened{disk, std::move(path)};
  auto found = opened.look();
  if (!found)
    return fail(found.error());
  if (*found != state::ours)
    return fail(ec::not_found,
                "there is no data directory at " + opened.path_ +
                    ": check the path; the first write creates one",
                {{"what", opened.path_}});
  return opened;
}

/// Changes nothing.
result<data_directory::state> data_directory::look() const {
  auto kind = disk_->kind(path_);
  if (!kind)
    return fail(kind.error());
  if (*kind == entry_kind::none)
    return state::missing;
  if (*kind != entry_kind::directory)
    return not_ours(path_, "is not a directory: give the path of a data directory");
  auto names = disk_->list(path_);
  if (!names)
    return fail(names.error());
  auto foreign = std::ranges::find_if_not(*names, may_be_in_ours);
  if (foreign != names->end())
    return not_ours(path_, "is not a data directory: it holds other things (the first is " +
                               *foreign + "); give a new or an empty directory");
  if (exists(*names, lock_name))
    return state::ours;
  if (exists(*names, books_name) || exists(*names, index_name))
    return not_ours(path_, "is not a data directory, for it has no file LOCK; if it is the copy of "
                           "one, create an empty file of that name in it");
  return state::empty;
}

/// The lock file comes first: a directory with it is known for ours, however little else of it
/// became durable, and `complete` does the rest at the next opening.
result<void> data_directory::create(state found) {
  // Another process may be doing the same at this moment; the lock will tell which one stays.
  if (found == state::missing) {
    auto created = disk_->create_directory(path_);
    if (!created && created.error().get("errno") != "EEXIST")
      return created;
  }
  auto created = disk_->open(lock_path(), open_mode::create_new);
  if (!created && created.error().get("errno") != "EEXIST")
    return fail(created.error());
  return {};
}

/// Power lost anywhere in here: the next opening does it again.
result<void> data_directory::complete() {
  for (auto& path : {books_directory(), index_directory()})
    if (auto made = make_if_missing(path); !made)
      return made;
  if (auto synced = disk_->sync_directory(path_); !synced)
    return synced;
  if (auto synced = disk_->sync_directory(parent_of(path_)); !synced)
    return synced;
  return remove_unfinished_books();
}

result<void> data_directory::make_if_missing(const std::string& path) {
  auto kind = disk_->kind(path);
  if (!kind)
    return fail(kind.error());
  return *kind == entry_kind::directory ? result<void>{} : disk_->create_directory(path);
}

result<void> data_directory::make_cluster_directory() {
  if (auto made = make_if_missing(cluster_directory()); !made)
    return made;
  return disk_->sync_directory(path_);
}

/// Nobody is creating a book now: the lock is held, and this object is not yet in use.
result<void> data_directory::remove_unfinished_books() {
  auto names = disk_->list(books_directory());
  if (!names)
    return fail(names.error());
  for (auto& name : *names)
    if (name.starts_with(unfinished_book_prefix))
      if (auto removed = remove_directory(*disk_, join(books_directory(), name)); !removed)
        return removed;
  return {};
}

// -- books that come and go -----------------------------------------------------------------------

std::string data_directory::draw_unfinished(random_source& random) const {
  return join(books_directory(), fmt::format("{}{:016x}", unfinished_book_prefix, random.next()));
}

result<std::string> data_directory::make_unfinished(random_source& random) const {
  auto path = draw_unfinished(random);
  if (auto made = disk_->create_directory(path); !made)
    return fail(std::move(made.error()));
  return path;
}

/// Power lost before the sync: the book is there or not, as a whole.
result<void> data_directory::take_in(const std::string& unfinished, std::string_view book) const {
  auto to = book_directory(book);
  auto kind = disk_->kind(to);
  if (!kind)
    return fail(std::move(kind.error()));
  if (*kind != entry_kind::none)
    return fail(ec::already_exists, "there is a book '" + std::string{book} + "' already",
                {{"what", std::string{book}}});
  if (auto synced = disk_->sync_directory(unfinished); !synced)
    return synced;
  if (auto renamed = disk_->rename(unfinished, to); !renamed)
    return renamed;
  return disk_->sync_directory(books_directory());
}

/// Under a name that is nobody's book first: a half of a book is never seen.
result<void> data_directory::let_go(std::string_view book, random_source& random) const {
  auto from = book_directory(book);
  auto kind = disk_->kind(from);
  if (!kind)
    return fail(std::move(kind.error()));
  auto aside = draw_unfinished(random);
  if (*kind != entry_kind::none)
    if (auto renamed = disk_->rename(from, aside); !renamed)
      return renamed;
  if (auto synced = disk_->sync_directory(books_directory()); !synced)
    return synced;
  // What stays is removed when the data directory is opened next.
  if (*kind != entry_kind::none)
    (void)remove_unfinished(aside);
  return {};
}

result<void> data_directory::remove_unfinished(const std::string& directory) const {
  return remove_directory(*disk_, directory);
}

std::string data_directory::book_directory(std::string_view book) const {
  DAYBOOK_CHECK(!book.empty());
  DAYBOOK_CHECK(book.find_first_of(std::string_view{"/\0", 2}) == std::string_view::npos);
  DAYBOOK_CHECK(!book.starts_with('.'));
  return join(books_directory(), book);
}

result<std::vector<std::string>> data_directory::books() const {
  auto kind = disk_->kind(books_directory());
  if (!kind)
    return fail(kind.error());
  // An interrupted creation may have left no more than the lock file.
  if (*kind == entry_kind::none)
    return std::vector<std::string>{};
  auto names = disk_->list(books_directory());
  if (!names)
    return fail(names.error());
  std::vector<std::string> books;
  for (auto& name : *names) {
    auto entry = disk_->kind(join(books_directory(), name));
    if (!entry)
      return fail(entry.error());
    if (*entry == entry_kind::directory && !name.starts_with('.') && name != lost_and_found)
      books.push_back(std::move(name));
  }
  return books;
}

} // namespace daybook::log
