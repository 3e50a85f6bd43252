#pragma once

#include "log/storage.hpp"

namespace daybook::log {

/// The operating system's files. Files are created with mode 0600 and directories with 0700.
/// One object serves all threads.
class posix_storage final : public storage {
public:
  result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) override;
  result<entry_kind> kind(const std::string& path) override;
  result<std::vector<std::string>> list(const std::string& directory) override;
  result<void> create_directory(const std::string& path) override;
  result<void> rename(const std::string& from, const std::string& to) override;
  result<void> remove(const std::string& path) override;
  result<void> sync_directory(const std::string& path) override;
  result<std::unique_ptr<held_lock>> lock(const std::string& path) override;
};

} // namespace daybook::log
