#pragma once

#include "base/result.hpp"

#include <string>

namespace daybook::node::torture {

/// A directory of our own, removed with all that is in it unless it is kept.
class scratch {
public:
  /// In an existing directory. Errors: `io`.
  static result<scratch> make(const std::string& parent);

  scratch(scratch&& other) noexcept;
  scratch& operator=(scratch&&) = delete;
  ~scratch();

  const std::string& path() const { return path_; }
  /// Makes a directory in it. Errors: `io`.
  result<std::string> directory(const std::string& name) const;
  void keep() { is_kept_ = true; }

private:
  explicit scratch(std::string path) : path_(std::move(path)) {}

  std::string path_;
  bool is_kept_ = false;
};

} // namespace daybook::node::torture
