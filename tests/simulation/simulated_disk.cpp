#include "tests/simulation/simulated_disk.hpp"

#include "log/format.hpp"
#include "log/io_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace daybook::simulation {

using log::io_error;

struct simulated_disk::state {
  state(std::uint64_t seed, trace& x) : chance(seed, "disk"), told(&x) {}

  test::memory_storage memory;
  dice chance;
  trace* told;
  fault_rates rates;
  bool full = false;
  bool powered = true;
  bool dark = false;
  std::uint64_t changes_left = 0; ///< until the power goes; zero when it does not
  std::uint64_t failures = 0;
  std::uint64_t full_failures = 0;

  /// The errno with which a call fails, or zero.
  int strike(std::uint64_t rate, const char* what, const std::string& path) {
    if (!powered)
      return EIO;
    if (rate == 0 || !chance.chance(rate))
      return 0;
    return fail(EIO, what, path);
  }

  /// Whether the power goes at this call.
  bool goes_dark(const char* what, const std::string& path) {
    if (!powered || changes_left == 0 || --changes_left > 0)
      return false;
    told->event(fmt::format("disk   the power goes: {} {}", what, path));
    return true;
  }

  /// All calls but `write_at` that change something. `call` makes the change.
  template <class Call>
  auto change(std::uint64_t rate, const char* what, const std::string& path, Call call)
      -> decltype(call()) {
    if (auto number = strike(rate, what, path))
      return io_error(path, what, number);
    if (!goes_dark(what, path))
      return call();
    if (chance.chance(500))
      (void)call();
    return lose_power(what, path);
  }

  tl::unexpected<error> lose_power(const char* what, const std::string& path) {
    ++failures;
    powered = false;
    dark = true;
    return io_error(path, what, EIO);
  }

  int fail(int number, const char* what, const std::string& path) {
    ++failures;
    full_failures += number == ENOSPC;
    told->event(
        fmt::format("disk   {} fails: {}{}", what, path, number == ENOSPC ? " (full)" : ""));
    return number;
  }

  void note(const char* what, const std::string& path, std::uint64_t at = 0,
            std::uint64_t bytes = 0) {
    if (powered)
      told->detail(fmt::format("disk {} {} {}+{}", what, path, at, bytes));
  }
};

namespace {

class simulated_file final : public log::file {
public:
  simulated_file(std::string path, std::unique_ptr<log::file> inner,
                 std::shared_ptr<simulated_disk::state> state)
      : path_(std::move(path)), inner_(std::move(inner)), state_(std::move(state)) {}

  result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    state_->note("read", path_, offset, into.size());
    if (auto number = state_->strike(state_->rates.read, "read", path_))
      return io_error(path_, "read", number);
    return inner_->read_at(offset, into);
  }

  result<void> write_at(std::uint64_t offset, byte_span bytes) override {
    state_->note("write", path_, offset, bytes.size());
    auto size = inner_->size();
    if (state_->powered && state_->full && size && offset + bytes.size() > *size) {
      write_some(offset, bytes, *size > offset ? *size - offset : 0);
      return io_error(path_, "write", state_->fail(ENOSPC, "write", path_));
    }
    if (auto number = state_->strike(state_->rates.write, "write", path_)) {
      if (state_->powered && state_->chance.chance(500))
        write_some(offset, bytes, state_->chance.below(bytes.size() + 1));
      return io_error(path_, "write", number);
    }
    if (state_->goes_dark("write", path_)) {
      write_some(offset, bytes, state_->chance.below(2 * bytes.size() + 1));
      return state_->lose_power("write", path_);
    }
    return inner_->write_at(offset, bytes);
  }

  result<void> sync() override {
    state_->note("sync", path_);
    if (auto number = state_->strike(state_->rates.sync, "sync", path_)) {
      if (state_->powered)
        state_->memory.drop_dirty(path_, state_->chance.next());
      return io_error(path_, "sync", number);
    }
    return state_->change(0, "sync", path_, [&] { return inner_->sync(); });
  }

  result<void> truncate(std::uint64_t size) override {
    state_->note("truncate", path_, size);
    if (auto now = inner_->size(); state_->powered && state_->full && now && size > *now)
      return io_error(path_, "truncate", state_->fail(ENOSPC, "truncate", path_));
    return state_->change(state_->rates.other, "truncate", path_,
                          [&] { return inner_->truncate(size); });
  }

  result<std::uint64_t> size() override { return inner_->size(); }

private:
  /// As far as it came, in whole sectors; what it answers does not matter any more.
  void write_some(std::uint64_t offset, byte_span bytes, std::uint64_t most) {
    auto end = (offset + most) / log::sector_bytes * log::sector_bytes;
    auto length = std::min<std::uint64_t>(bytes.size(), end > offset ? end - offset : 0);
    (void)inner_->write_at(offset, bytes.first(length));
  }

  std::string path_;
  std::unique_ptr<log::file> inner_;
  std::shared_ptr<simulated_disk::state> state_;
};

} // namespace

simulated_disk::simulated_disk(std::uint64_t seed, trace& told)
    : state_(std::make_shared<state>(seed, told)) {}

simulated_disk::~simulated_disk() = default;

void simulated_disk::set_faults(const fault_rates& x) { state_->rates = x; }

void simulated_disk::set_full(bool x) { state_->full = x; }

void simulated_disk::set_power(bool on) {
  state_->powered = on;
  state_->dark = false;
}

void simulated_disk::lose_power_at(std::uint64_t change) { state_->changes_left = change; }

bool simulated_disk::is_dark() const { return state_->dark; }

void simulated_disk::count_failure() { ++state_->failures; }

std::uint64_t simulated_disk::failures() const { return state_->failures; }

std::uint64_t simulated_disk::full_failures() const { return state_->full_failures; }

void simulated_disk::end_process() {
  state_->rates = {};
  state_->full = false;
  state_->changes_left = 0;
}

void simulated_disk::lose_power() {
  end_process();
  state_->memory.crash(state_->chance.next());
}

void simulated_disk::rot(const std::string& path) {
  auto bytes = state_->memory.content(path);
  if (bytes.empty())
    return;
  auto at = state_->chance.below(bytes.size());
  bytes[at] ^= std::byte{static_cast<unsigned char>(1U << state_->chance.below(8))};
  state_->told->event(fmt::format("disk   rot in {} at {}", path, at));
  state_->memory.replace(path, std::move(bytes));
}

test::memory_storage& simulated_disk::memory() { return state_->memory; }

result<std::unique_ptr<log::file>> simulated_disk::open(const std::string& path,
                                                        log::open_mode mode) {
  state_->note(mode == log::open_mode::create_new ? "create" : "open", path);
  if (auto number = state_->strike(state_->rates.other, "open", path))
    return io_error(path, "open", number);
  auto creates = mode == log::open_mode::create_new;
  if (creates && state_->full)
    return io_error(path, "create", state_->fail(ENOSPC, "create", path));
  auto open = [&] { return state_->memory.open(path, mode); };
  auto opened = creates ? state_->change(0, "create", path, open) : open();
  if (!opened)
    return opened;
  return std::make_unique<simulated_file>(path, std::move(*opened), state_);
}

result<log::entry_kind> simulated_disk::kind(const std::string& path) {
  if (!state_->powered)
    return io_error(path, "stat", EIO);
  return state_->memory.kind(path);
}

result<std::vector<std::string>> simulated_disk::list(const std::string& directory) {
  state_->note("list", directory);
  if (auto number = state_->strike(state_->rates.other, "list", directory))
    return io_error(directory, "list", number);
  return state_->memory.list(directory);
}

result<void> simulated_disk::create_directory(const std::string& path) {
  state_->note("mkdir", path);
  if (state_->powered && state_->full)
    return io_error(path, "create", state_->fail(ENOSPC, "create", path));
  return state_->change(state_->rates.other, "create", path,
                        [&] { return state_->memory.create_directory(path); });
}

result<void> simulated_disk::rename(const std::string& from, const std::string& to) {
  state_->note("rename", to);
  return state_->change(state_->rates.other, "rename", to,
                        [&] { return state_->memory.rename(from, to); });
}

result<void> simulated_disk::remove(const std::string& path) {
  state_->note("remove", path);
  return state_->change(state_->rates.other, "remove", path,
                        [&] { return state_->memory.remove(path); });
}

result<void> simulated_disk::sync_directory(const std::string& path) {
  state_->note("syncdir", path);
  return state_->change(state_->rates.sync, "sync", path,
                        [&] { return state_->memory.sync_directory(path); });
}

result<std::unique_ptr<log::held_lock>> simulated_disk::lock(const std::string& path) {
  if (auto number = state_->strike(state_->rates.other, "lock", path))
    return io_error(path, "lock", number);
  return state_->memory.lock(path);
}

} // namespace daybook::simulation
