#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace daybook::node {

/// A file to read from front to back, or standard input. One thread.
class input_file {
public:
  /// `-` is standard input. Errors: `io` with `path`, `operation`, `errno`.
  static result<input_file> open(const std::string& path);

  input_file(input_file&& other) noexcept;
  input_file& operator=(input_file&&) = delete;
  ~input_file();

  /// Fills the front of `into`; zero at the end. Errors: as `open`.
  result<std::size_t> read_some(std::span<char> into);

  /// Of a regular file.
  std::optional<std::uint64_t> size() const;

private:
  input_file(int descriptor, std::string path);

  int descriptor_;
  std::string path_;
};

} // namespace daybook::node
