#pragma once

#include "log/storage.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::test {

/// Wraps a storage and gives each step that changes something a name, such as `rename snapshot` or
/// `sync segment`. The callback runs before the step, and in the middle of each write, on the
/// thread that takes it.
class named_storage final : public log::storage {
public:
  using callback = std::function<void(std::string_view name)>;

  named_storage(log::storage& inner, callback on_step)
      : inner_(inner), on_step_(std::move(on_step)) {}

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
  callback on_step_;
};

} // namespace daybook::test
