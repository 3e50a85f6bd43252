#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace daybook::node::torture {

/// Makes the mounts of this process and its children its own, so that they are gone when it ends.
/// Call it before there are other threads. Errors: `io` without the right to do so.
result<void> begin_own_mounts();

/// A file system of limited size, in memory, that can be filled and emptied. One thread.
class small_disk {
public:
  /// Mounts it on a directory, which must exist. Errors: `io`.
  static result<small_disk> mount(const std::string& directory, std::uint64_t bytes);

  small_disk(small_disk&& other) noexcept;
  small_disk& operator=(small_disk&& other) noexcept;
  ~small_disk();

  /// Takes what room there is. Errors: `io`.
  result<void> fill();
  /// Gives it back.
  void free();
  /// What nobody uses.
  std::uint64_t free_bytes() const;
  std::uint64_t bytes() const { return bytes_; }

private:
  small_disk(std::string directory, std::uint64_t bytes)
      : directory_(std::move(directory)), bytes_(bytes) {}

  std::string filler() const { return directory_ + "/filler"; }

  std::string directory_;
  std::uint64_t bytes_ = 0;
};

} // namespace daybook::node::torture
