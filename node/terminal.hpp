#pragma once

#include "node/top.hpp"

#include <termios.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace daybook::node {

/// The terminal of standard output, taken over for frames that replace each other, and given back
/// as it was. Make it before the process has other threads: they would get SIGINT and SIGTERM,
/// which are wishes here. One thread.
class terminal {
public:
  enum class wish { none, end };

  terminal();
  ~terminal();

  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;

  /// Until the time is over or somebody wants it to end: by q, ^C, the end of the input, or a
  /// signal.
  wish wait(std::chrono::milliseconds timeout);

  void show(const std::vector<std::string>& lines);

  frame_size size() const;

private:
  static void write(const std::string& text);
  bool input_wants_end();

  std::optional<termios> before_; ///< of the input, when it is a terminal
  sigset_t signals_before_{};
  int signals_ = -1; ///< where they can be read
};

} // namespace daybook::node
