#include "actors/cluster/incoming_copy.hpp"

#include "base/names.hpp"
#include "log/format.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace daybook::actors {

namespace {

constexpr std::size_t files_max = 1'000'000;

/// Of another node nothing is believed: a name must not lead out of the directory.
bool is_file_of_book(std::string_view name) {
  auto may_stand = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 255 && name[0] != '.' &&
         std::ranges::all_of(name, may_stand);
}

tl::unexpected<error> is_wrong(std::string what, const std::string& file) {
  return fail(ec::invalid_argument, std::move(what),
              {{"field", "file"}, {"file", printable(file)}});
}

tl::unexpected<error> is_missing(const copied_file& x) {
  return fail(ec::corrupt, "a part of the file " + printable(x.file) + " did not come",
              {{"file", printable(x.file)}, {"offset", std::to_string(x.bytes)}});
}

std::string name_in(const std::string& path) { return path.substr(path.rfind('/') + 1); }

} // namespace

result<std::unique_ptr<incoming_copy>> incoming_copy::begin(const environment& env, handover of) {
  auto directory = env.directory->make_unfinished(*env.random);
  if (!directory)
    return fail(std::move(directory.error()));
  return std::unique_ptr<incoming_copy>{
      new incoming_copy{env, std::move(of), std::move(*directory)}};
}

/// What cannot be removed now is when the data directory is opened next.
incoming_copy::~incoming_copy() {
  open_.reset();
  state_.reset();
  if (!is_taken_)
    (void)env_->directory->remove_unfinished(directory_);
}

// -- what comes -----------------------------------------------------------------------------------

result<void> incoming_copy::write(const file_chunk& x) {
  if (!is_file_of_book(x.file))
    return is_wrong("'" + printable(x.file) + "' is no file of a book", x.file);
  if (log::checksum(x.bytes, 0) != x.checksum)
    return fail(ec::corrupt, "the bytes are not those that were sent",
                {{"file", x.file}, {"offset", std::to_string(x.offset)}});
  if (files_.size() >= files_max && !files_.contains(x.file))
    return is_wrong("the book has too many files", x.file);
  if (auto opened = open_file(x.file); !opened)
    return opened;
  auto& bytes = files_[x.file];
  if (x.offset > bytes)
    return is_wrong("there would be a hole in the file", x.file);
  if (auto written = open_->write_at(x.offset, x.bytes); !written)
    return written;
  bytes = std::max<std::uint64_t>(bytes, x.offset + x.bytes.size());
  return {};
}

result<void> incoming_copy::open_file(const std::string& name) {
  if (open_ && open_name_ == name)
    return {};
  if (auto closed = close_file(); !closed)
    return closed;
  auto mode = files_.contains(name) ? log::open_mode::write : log::open_mode::create_new;
  auto opened = env_->storage->open(log::join(directory_, name), mode);
  if (!opened)
    return fail(std::move(opened.error()));
  open_ = std::move(*opened);
  open_name_ = name;
  return {};
}

/// A file that nobody writes to is durable, but for its name.
result<void> incoming_copy::close_file() {
  if (auto last = std::exchange(open_, nullptr))
    return last->sync();
  return {};
}

result<copied_end> incoming_copy::warm() {
  if (auto closed = close_file(); !closed)
    return fail(std::move(closed.error()));
  auto read = env_->in_background([&] { return read_copy(*env_, of_.book, directory_, state_); });
  if (!read)
    return fail(std::move(read.error()));
  return copied_end{name_in(state_->segment), state_->offset, state_->book->end.seq.value()};
}

// -- what it becomes ------------------------------------------------------------------------------

result<void> incoming_copy::complete(const std::vector<copied_file>& files) {
  if (auto closed = close_file(); !closed)
    return closed;
  for (auto& file : files)
    if (auto done = cut(file); !done)
      return done;
  std::set<std::string_view> named;
  for (auto& file : files)
    named.insert(file.file);
  for (auto& [name, bytes] : files_)
    if (!named.contains(name))
      if (auto removed = env_->storage->remove(log::join(directory_, name)); !removed)
        return removed;
  if (auto opened = open_copy(*env_, of_.book, directory_, state_); !opened)
    return opened;
  state_->book->log.reset();
  return {};
}

result<void> incoming_copy::cut(const copied_file& to) {
  auto known = files_.find(to.file);
  if (known == files_.end() && to.bytes == 0)
    return {}; // nothing of it came, and nothing is needed
  if (known == files_.end() || known->second < to.bytes)
    return is_missing(to);
  if (known->second == to.bytes)
    return {};
  auto opened = env_->storage->open(log::join(directory_, to.file), log::open_mode::write);
  if (!opened)
    return fail(std::move(opened.error()));
  if (auto cut = (*opened)->truncate(to.bytes); !cut)
    return cut;
  known->second = to.bytes;
  return (*opened)->sync();
}

result<void> incoming_copy::take_in() {
  auto taken = env_->directory->take_in(directory_, of_.book);
  is_taken_ = taken || !is_nowhere_else();
  return taken;
}

/// It has its old name, so it never had the new one.
bool incoming_copy::is_nowhere_else() const {
  auto kind = env_->storage->kind(directory_);
  return kind && *kind == log::entry_kind::directory;
}

result<std::shared_ptr<recovered_book>> incoming_copy::open() {
  auto directory = env_->directory->book_directory(of_.book);
  if (auto opened = open_copy(*env_, of_.book, directory, state_); !opened)
    return fail(std::move(opened.error()));
  auto book = std::exchange(state_, nullptr)->book;
  book->machine.start(book->log->id(), book->log->epoch());
  return book;
}

} // namespace daybook::actors
