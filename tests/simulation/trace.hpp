#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <optional>
#include <string>

namespace daybook::simulation {

/// What happened in a run, line by line. All of it goes into a hash, so that two runs can be
/// compared; the last lines are kept for people; and all can be printed as they come.
///
/// The first violation of an invariant is kept here too: whoever finds one reports it, from inside
/// an actor as well, and the driver looks after each step.
class trace {
public:
  enum class output { none, events, everything };

  explicit trace(output printed = output::none) : printed_(printed) {}

  /// Something a reader of the trace wants to know.
  void event(const std::string& text) {
    add(text);
    if (printed_ != output::none)
      std::printf("%s\n", text.c_str());
    recent_.push_back(text);
    if (recent_.size() > recent_max)
      recent_.pop_front();
  }

  /// What is too much for a reader: one call of the storage, one step of the scheduler.
  void detail(const std::string& text) {
    add(text);
    if (printed_ == output::everything)
      std::printf("    %s\n", text.c_str());
  }

  void violation(const std::string& text) {
    event("VIOLATION " + text);
    if (!violation_)
      violation_ = text;
  }

  const std::optional<std::string>& first_violation() const { return violation_; }
  const std::deque<std::string>& recent() const { return recent_; }
  std::uint64_t hash() const { return hash_; }
  std::uint64_t lines() const { return lines_; }

private:
  static constexpr std::size_t recent_max = 120;

  void add(const std::string& text) {
    for (auto c : text)
      hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash_ = (hash_ ^ '\n') * 0x100000001b3;
    ++lines_;
  }

  output printed_;
  std::uint64_t hash_ = 0xcbf29ce484222325;
  std::uint64_t lines_ = 0;
  std::deque<std::string> recent_;
  std::optional<std::string> violation_;
};

} // namespace daybook::simulation
