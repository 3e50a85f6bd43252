#pragma once

#include "log/storage.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace daybook::test {

enum class operation {
  open,
  create,
  read,
  write,
  sync,
  truncate,
  list,
  create_directory,
  rename,
  remove,
  sync_directory,
  lock,
  change, ///< any of those that change something: create to remove, and the syncs
};

/// One call that fails.
struct fault {
  operation what = operation::change;
  std::uint64_t nth = 1; ///< counted from when the fault is set, from 1
  int number = 5;        ///< errno; EIO
  bool for_good = false; ///< every later change fails too: the device is gone
  /// How much of a failing write still arrives, in whole sectors: the kernel copies page by page.
  std::size_t sectors_written = 0;
  bool alone = false; ///< for good: only calls of its kind
};

/// Wraps a storage, watches it and lets one call fail. Production code knows nothing of it.
class faulty_storage final : public log::storage {
public:
  struct state;

  explicit faulty_storage(log::storage& inner);
  ~faulty_storage() override;

  void set(fault x);
  /// From now on only calls for paths with this in them are counted, and fail.
  void only_in(std::string part);
  bool has_failed() const;

  /// The most bytes that one read has asked for.
  std::size_t largest_read() const;

  /// The bytes that all reads have got.
  std::uint64_t bytes_read() const;

  /// How often a directory was listed.
  std::uint64_t lists() const;

  /// Files that were opened here and are not closed yet.
  std::size_t open_files() const;

  /// Called before each call that changes something, and in the middle of a write: from then on it
  /// arrives sector by sector.
  void on_change(std::function<void(operation)> callback);

  /// Called with the file's path when its sync is made to fail.
  void on_failed_sync(std::function<void(const std::string&)> callback);

  result<std::unique_ptr<log::file>> open(const std::string& path, log::open_mode mode) override;
  result<log::entry_kind> kind(const std::string& path) override;
  result<std::vector<std::string>> list(const std::string& directory) override;
  result<void> create_directory(const std::string& path) override;
  result<void> rename(const std::string& from, const std::string& to) override;
  result<void> remove(const std::string& path) override;
  result<void> sync_directory(const std::string& path) override;
  result<std::unique_ptr<log::held_lock>> lock(const std::string& path) override;

private:
  log::storage& inner_;
  std::shared_ptr<state> state_;
};

} // namespace daybook::test
