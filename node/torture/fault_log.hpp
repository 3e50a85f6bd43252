#pragma once

#include "node/torture/operation.hpp"

#include <fstream>
#include <mutex>
#include <string>

namespace daybook::node::torture {

/// What was done and when, a JSON object in each line of a file. Any thread.
class fault_log {
public:
  explicit fault_log(const std::string& path) : file_(path) {}

  /// `event` has nothing that JSON would escape.
  void add(const std::string& event) {
    std::lock_guard guard{mutex_};
    file_ << R"({"at_ns":)" << now() << R"(,"event":")" << event << "\"}" << std::endl;
  }

private:
  std::mutex mutex_;
  std::ofstream file_;
};

} // namespace daybook::node::torture
