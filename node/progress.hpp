#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::node {

/// What long work is and how much of it there is.
struct work {
  std::string name;                   ///< "importing"
  std::string unit;                   ///< what is counted: "bytes"
  std::optional<std::uint64_t> total; ///< empty when nobody can know
};

/// One line of at most `width` columns: `importing [=====     ]  50 %`, or `importing 1,234 bytes`
/// when the total is not known.
std::string progress_line(const work& what, std::uint64_t done, std::size_t width);

/// Shows on standard error how far long work is, if that is a terminal; else it does nothing. One
/// thread.
class progress {
public:
  explicit progress(work what);

  /// Leaves the line empty for what is printed next.
  ~progress();

  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Cheap: the screen changes a few times a second.
  void update(std::uint64_t done);

  /// Takes the bar away, so that something else can be printed; `update` shows it again.
  void hide();

private:
  work what_;
  bool is_on_ = false;
  bool is_shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

} // namespace daybook::node
