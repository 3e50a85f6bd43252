#include "tests/support/faulty_storage.hpp"

#include "log/format.hpp"
#include "log/io_error.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

namespace daybook::test {

using log::io_error;
using log::open_mode;

struct faulty_storage::state {
  std::optional<fault> armed;
  std::uint64_t seen = 0;
  bool failed = false;
  std::string only_in;
  std::size_t largest_read = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t lists = 0;
  std::function<void(const std::string&)> on_failed_sync;
  std::function<void(operation)> on_change;

  static bool is_change(operation x) {
    return x != operation::open && x != operation::read && x != operation::list &&
           x != operation::lock;
  }

  /// Whether this call is the one to fail.
  bool strikes(operation x, const std::string& path) {
    if (path.find(only_in) == path.npos)
      return false;
    if (on_change && is_change(x))
      on_change(x);
    if (!armed)
      return false;
    if (failed)
      return armed->for_good && (x == armed->what || (is_change(x) && !armed->alone));
    if (armed->what != x && !(armed->what == operation::change && is_change(x)))
      return false;
    failed = ++seen == armed->nth;
    return failed;
  }
};

namespace {

class faulty_file final : public log::file {
public:
  faulty_file(std::string path, std::unique_ptr<log::file> inner,
              std::shared_ptr<faulty_storage::state> faults)
      : path_(std::move(path)), inner_(std::move(inner)), state_(std::move(faults)) {}

  result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    state_->largest_read = std::max(state_->largest_read, into.size());
    if (state_->strikes(operation::read, path_))
      return io_error(path_, "read", state_->armed->number);
    auto got = inner_->read_at(offset, into);
    state_->bytes_read += got.value_or(0);
    return got;
  }

  result<void> write_at(std::uint64_t offset, byte_span bytes) override {
    if (!state_->strikes(operation::write, path_))
      return state_->on_change ? write_slowly(offset, bytes) : inner_->write_at(offset, bytes);
    auto until = (offset / log::sector_bytes + state_->armed->sectors_written) * log::sector_bytes;
    if (until > offset) {
      auto arrives = std::min<std::uint64_t>(until - offset, bytes.size());
      if (auto written = inner_->write_at(offset, bytes.first(arrives)); !written)
        return written;
    }
    return io_error(path_, "write", state_->armed->number);
  }

  result<void> sync() override {
    if (!state_->strikes(operation::sync, path_))
      return inner_->sync();
    if (state_->on_failed_sync)
      state_->on_failed_sync(path_);
    return io_error(path_, "sync", state_->armed->number);
  }

  result<void> truncate(std::uint64_t size) override {
    if (state_->strikes(operation::truncate, path_))
      return io_error(path_, "truncate", state_->armed->number);
    return inner_->truncate(size);
  }

  result<std::uint64_t> size() override { return inner_->size(); }

private:
  result<void> write_slowly(std::uint64_t offset, byte_span bytes) {
    for (;;) {
      auto length =
          std::min<std::size_t>(bytes.size(), log::sector_bytes - offset % log::sector_bytes);
      if (auto written = inner_->write_at(offset, bytes.first(length)); !written)
        return written;
      offset += length;
      bytes = bytes.subspan(length);
      if (bytes.empty())
        return {};
      state_->on_change(operation::write);
    }
  }

  std::string path_;
  std::unique_ptr<log::file> inner_;
  std::shared_ptr<faulty_storage::state> state_;
};

} // namespace

faulty_storage::faulty_storage(log::storage& inner)
    : inner_(inner), state_(std::make_shared<state>()) {}

faulty_storage::~faulty_storage() = default;

void faulty_storage::set(fault x) {
  state_->armed = x;
  state_->seen = 0;
  state_->failed = false;
}

void faulty_storage::only_in(std::string part) { state_->only_in = std::move(part); }

bool faulty_storage::has_failed() const { return state_->failed; }

std::size_t faulty_storage::largest_read() const { return state_->largest_read; }

std::uint64_t faulty_storage::bytes_read() const { return state_->bytes_read; }

std::uint64_t faulty_storage::lists() const { return state_->lists; }

/// Each of them holds the state.
std::size_t faulty_storage::open_files() const {
  return static_cast<std::size_t>(state_.use_count()) - 1;
}

void faulty_storage::on_change(std::function<void(operation)> callback) {
  state_->on_change = std::move(callback);
}

void faulty_storage::on_failed_sync(std::function<void(const std::string&)> callback) {
  state_->on_failed_sync = std::move(callback);
}

result<std::unique_ptr<log::file>> faulty_storage::open(const std::string& path, open_mode mode) {
  auto creates = mode == open_mode::create_new;
  if (state_->strikes(creates ? operation::create : operation::open, path))
    return io_error(path, creates ? "create" : "open", state_->armed->number);
  auto opened = inner_.open(path, mode);
  if (!opened)
    return opened;
  return std::make_unique<faulty_file>(path, std::move(*opened), state_);
}

result<log::entry_kind> faulty_storage::kind(const std::string& path) { return inner_.kind(path); }

result<std::vector<std::string>> faulty_storage::list(const std::string& directory) {
  ++state_->lists;
  if (state_->strikes(operation::list, directory))
    return io_error(directory, "list", state_->armed->number);
  return inner_.list(directory);
}

result<void> faulty_storage::create_directory(const std::string& path) {
  if (state_->strikes(operation::create_directory, path))
    return io_error(path, "create", state_->armed->number);
  return inner_.create_directory(path);
}

result<void> faulty_storage::rename(const std::string& from, const std::string& to) {
  if (state_->strikes(operation::rename, to))
    return io_error(to, "rename", state_->armed->number);
  return inner_.rename(from, to);
}

result<void> faulty_storage::remove(const std::string& path) {
  if (state_->strikes(operation::remove, path))
    return io_error(path, "remove", state_->armed->number);
  return inner_.remove(path);
}

result<void> faulty_storage::sync_directory(const std::string& path) {
  if (state_->strikes(operation::sync_directory, path))
    return io_error(path, "sync", state_->armed->number);
  return inner_.sync_directory(path);
}

result<std::unique_ptr<log::held_lock>> faulty_storage::lock(const std::string& path) {
  if (state_->strikes(operation::lock, path))
    return io_error(path, "lock", state_->armed->number);
  return inner_.lock(path);
}

} // namespace daybook::test
