#pragma once

#include "actors/steps.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace daybook::test {

/// Where a process dies. An empty name: nowhere.
struct crash_point {
  std::string name;
  std::uint64_t hit = 1; ///< counted from 1
};

/// Counts how often each named point of a run is reached, and kills the process at one of them.
/// Any thread may call any method.
class crash_points {
public:
  explicit crash_points(crash_point at) : at_(std::move(at)) {}

  /// A step of the storage.
  void reached(std::string_view name);

  /// A step of the actors. From a fence's commit until its batch is durable what happens to the
  /// segment has the prefix `fence: `: behind a fence nobody else writes.
  void reached(actors::step x);

  std::map<std::string, std::uint64_t> hits() const;

private:
  void count(std::string name);

  crash_point at_;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> hits_;
  bool in_fence_commit_ = false;
};

} // namespace daybook::test
