#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace daybook::test {

/// While it lives, every read of the open files of this process below a directory whose names have
/// an ending is an error of the operating system: a disk in passing trouble, for libraries that
/// have no seam to put one in.
class unreadable_files {
public:
  unreadable_files(const std::string& directory, const std::string& ending) {
    auto nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (auto [file, path] : open_files())
      if (path.starts_with(directory + "/") && path.ends_with(ending)) {
        hidden_.emplace_back(file, ::fcntl(file, F_DUPFD_CLOEXEC, 0));
        ::dup2(nowhere, file);
      }
    ::close(nowhere);
  }

  ~unreadable_files() {
    for (auto [file, kept] : hidden_) {
      ::dup2(kept, file);
      ::close(kept);
    }
  }

  unreadable_files(const unreadable_files&) = delete;
  unreadable_files& operator=(const unreadable_files&) = delete;

  std::size_t count() const { return hidden_.size(); }

private:
  static std::vector<std::pair<int, std::string>> open_files() {
    std::vector<std::pair<int, std::string>> files;
    for (auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code failed;
      auto target = std::filesystem::read_symlink(entry.path(), failed);
      if (!failed)
        files.emplace_back(std::stoi(entry.path().filename().string()), target.string());
    }
    return files;
  }

  std::vector<std::pair<int, int>> hidden_;
};

} // namespace daybook::test
