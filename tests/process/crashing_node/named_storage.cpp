#include "tests/process/crashing_node/named_storage.hpp"

#include "log/book_creation.hpp"
#include "log/format.hpp"
#include "log/segment_name.hpp"
#include "log/snapshot_format.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace daybook::test {

namespace {

/// The file that this thread changed last: a book's directory is synced for a segment by its disk,
/// and for a snapshot by a keeper.
thread_local std::string last_changed;

std::string_view last_part(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

/// What lies at a path, in one or two words.
std::string what_is(std::string_view path) {
  auto name = last_part(path);
  auto parent = log::parent_of(path);
  if (log::parse_segment_name(name))
    return last_part(parent).starts_with(log::unfinished_book_prefix) ? "first segment" : "segment";
  if (log::parse_snapshot_name(name) || log::is_unfinished_snapshot_name(name))
    return "snapshot";
  if (name.starts_with(log::unfinished_book_prefix))
    return "new book";
  if (last_part(parent) == "books")
    return "book";
  return name == "books" || name == "index" || name == "LOCK" ? std::string{name} : "data";
}

class named_file final : public log::file {
public:
  named_file(std::string what, std::unique_ptr<log::file> inner,
             const named_storage::callback& on_step)
      : what_(std::move(what)), inner_(std::move(inner)), on_step_(on_step) {}

  result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    return inner_->read_at(offset, into);
  }

  result<void> write_at(std::uint64_t offset, byte_span bytes) override {
    auto name = "write " + what_ + part(offset, bytes);
    is_cut_ = false;
    say(name);
    auto length = first_part(offset, bytes.size());
    if (length == 0)
      return inner_->write_at(offset, bytes);
    if (auto written = inner_->write_at(offset, bytes.first(length)); !written)
      return written;
    say(name + " (middle)");
    return inner_->write_at(offset + length, bytes.subspan(length));
  }

  result<void> sync() override {
    say("sync " + what_);
    return inner_->sync();
  }

  result<void> truncate(std::uint64_t size) override {
    say("truncate " + what_);
    is_cut_ = true;
    return inner_->truncate(size);
  }

  result<std::uint64_t> size() override { return inner_->size(); }

private:
  /// About half of a write, in whole sectors: a write is never torn inside one. Zero for a write
  /// inside one sector.
  static std::size_t first_part(std::uint64_t offset, std::size_t size) {
    auto first = (offset + log::sector_bytes) / log::sector_bytes * log::sector_bytes;
    auto half = (offset + size / 2) / log::sector_bytes * log::sector_bytes;
    auto until = std::max(first, half);
    return until < offset + size ? until - offset : 0;
  }

  /// Which part of a segment is written.
  std::string part(std::uint64_t offset, byte_span bytes) const {
    if (what_ == "snapshot")
      return {};
    if (offset == 0)
      return " header";
    if (std::ranges::all_of(bytes, [](auto x) { return x == std::byte{}; }))
      return " zeros";
    // A cut that is not followed by zeros is the one of sealing.
    return is_cut_ ? " footer" : " record";
  }

  void say(const std::string& name) {
    last_changed = what_;
    on_step_(name);
  }

  std::string what_;
  std::unique_ptr<log::file> inner_;
  const named_storage::callback& on_step_;
  bool is_cut_ = false;
};

} // namespace

result<std::unique_ptr<log::file>> named_storage::open(const std::string& path,
                                                       log::open_mode mode) {
  auto what = what_is(path);
  if (mode == log::open_mode::create_new)
    on_step_("create " + what);
  auto opened = inner_.open(path, mode);
  if (!opened)
    return opened;
  return std::make_unique<named_file>(std::move(what), std::move(*opened), on_step_);
}

result<log::entry_kind> named_storage::kind(const std::string& path) { return inner_.kind(path); }

result<std::vector<std::string>> named_storage::list(const std::string& directory) {
  return inner_.list(directory);
}

result<void> named_storage::create_directory(const std::string& path) {
  on_step_("create " + what_is(path));
  return inner_.create_directory(path);
}

result<void> named_storage::rename(const std::string& from, const std::string& to) {
  last_changed = what_is(to);
  on_step_("rename " + last_changed);
  return inner_.rename(from, to);
}

result<void> named_storage::remove(const std::string& path) {
  last_changed = what_is(path);
  on_step_("remove " + last_changed);
  return inner_.remove(path);
}

result<void> named_storage::sync_directory(const std::string& path) {
  auto what = what_is(path);
  on_step_("sync " + (what == "book" ? what + " after " + last_changed : what));
  return inner_.sync_directory(path);
}

result<std::unique_ptr<log::held_lock>> named_storage::lock(const std::string& path) {
  return inner_.lock(path);
}

} // namespace daybook::test
