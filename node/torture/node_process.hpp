#pragma once

#include "base/address.hpp"
#include "base/result.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daybook::node::torture {

/// How a node is started.
struct node_command {
  std::string program; ///< a `daybook`
  std::string data;    ///< its data directory
  std::string log;     ///< a file to which its standard error is appended
  std::uint64_t snapshot_events = 0;
  std::uint64_t segment_bytes = 0;
  std::vector<std::string> more{}; ///< options of `daybook serve`
};

/// A process that we have started. It is killed when this goes and when this process ends. Start it
/// and let it go on the same thread, which must outlive it: the kernel ends it with that thread.
class child_process {
public:
  /// Standard output can be read; standard error is appended to a file. Errors: `io`.
  static result<child_process> start(const std::vector<std::string>& command,
                                     const std::string& log);

  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&& other) noexcept;
  ~child_process();

  /// The next line of its standard output. Errors: `timed_out`, `io` when there are no more.
  result<std::string> read_line(std::chrono::milliseconds timeout);

  void send(int signal) const;

  pid_t pid() const { return pid_; }

  /// How it ended, once it has: an exit code, or -N for signal N.
  std::optional<int> ended();
  std::optional<int> wait(std::chrono::milliseconds timeout);
  /// SIGKILL; whatever it did, it does no more.
  void kill();

private:
  child_process(pid_t pid, int output) : pid_(pid), output_(output) {}

  pid_t pid_ = -1;
  int output_ = -1;
  std::optional<int> ended_;
};

/// `daybook serve` on a port that the system chose. Errors: `io`, `timed_out`.
result<child_process> start_node(const node_command& command);

/// Waits until it listens.
result<address> listening_address(child_process& node, std::chrono::milliseconds timeout);

} // namespace daybook::node::torture
