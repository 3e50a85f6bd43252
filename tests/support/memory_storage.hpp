#pragma once

#include "log/storage.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace daybook::test {

/// A disk in memory that knows what of it is durable, and loses the rest on `crash`.
///
/// A file has the content that programs see (the page cache) and the content on the device. A write
/// makes sectors of 512 bytes dirty; a sync copies the dirty ones. A directory has the names that
/// programs see, and the changes to them that no sync has made durable yet.
///
/// Paths are absolute; only `/` exists at first. Any thread may call anything.
class memory_storage final : public log::storage {
public:
  struct node;

  memory_storage();
  ~memory_storage() override;

  result<std::unique_ptr<log::file>> open(const std::string& path, log::open_mode mode) override;
  result<log::entry_kind> kind(const std::string& path) override;
  result<std::vector<std::string>> list(const std::string& directory) override;
  result<void> create_directory(const std::string& path) override;
  result<void> rename(const std::string& from, const std::string& to) override;
  result<void> remove(const std::string& path) override;
  result<void> sync_directory(const std::string& path) override;
  result<std::unique_ptr<log::held_lock>> lock(const std::string& path) override;

  /// Power loss. Each dirty sector, each unsynced change of a size and each unsynced change of a
  /// name is kept or lost as the seed decides. Locks are gone. Files opened before it belong to a
  /// dead process: destroy them first.
  void crash(std::uint64_t seed);

  /// Power loss that keeps, or loses, everything of that kind.
  enum class unsynced { kept, lost };
  void crash(unsynced what);

  /// The same disk once more, with the same things durable and nothing locked.
  std::unique_ptr<memory_storage> copy() const;

  /// What a failed sync of a file does: some dirty sectors reach the device, and all are clean from
  /// now on, so no later sync writes them. The cache shows them until a crash; reading past the
  /// cache does not.
  void drop_dirty(const std::string& path, std::uint64_t seed);

  /// Every file's content as programs see it.
  std::map<std::string, byte_buffer> files() const;

  byte_buffer content(const std::string& path) const;

  /// Replaces a file, cache and device alike.
  void replace(const std::string& path, byte_buffer content);

private:
  std::shared_ptr<node> find(std::string_view path) const;
  std::shared_ptr<node> parent(const std::string& path, std::string& name) const;

  std::shared_ptr<node> root_;
  std::shared_ptr<std::mutex> mutex_;
};

} // namespace daybook::test
