#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <stdlib.h>

namespace daybook::test {

/// A directory on the real disk that goes away with the object.
class temporary_directory {
public:
  temporary_directory() {
    auto name = (std::filesystem::temp_directory_path() / "daybook-test-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw std::runtime_error{"cannot make a temporary directory"};
    path_ = name;
  }

  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::string& path() const { return path_; }

private:
  std::string path_;
};

} // namespace daybook::test
