#include "node/torture/node_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace daybook::node::torture {

namespace {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

constexpr int cannot_run = 127;

auto io_problem(const std::string& operation, const std::string& path) {
  return fail(ec::io, "cannot " + operation + " " + path + ": " + std::strerror(errno),
              {{"operation", operation}, {"path", path}, {"errno", std::to_string(errno)}});
}

/// In the child, between fork and exec: nothing but system calls. A group of its own keeps the
/// terminal's signals from it.
[[noreturn]] void become(char* const* command, int output, int log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(cannot_run);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  auto input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(command[0], command);
  _exit(cannot_run);
}

int to_exit_code(int status) {
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

result<child_process> child_process::start(const std::vector<std::string>& command,
                                           const std::string& log) {
  auto log_file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log_file < 0)
    return io_problem("open", log);
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0) {
    close(log_file);
    return io_problem("make a pipe for", command[0]);
  }
  std::vector<char*> arguments;
  for (auto& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  auto parent = getpid();
  auto pid = fork();
  if (pid == 0)
    become(arguments.data(), pipe[1], log_file, parent);
  close(pipe[1]);
  close(log_file);
  if (pid < 0) {
    close(pipe[0]);
    return io_problem("start", command[0]);
  }
  return child_process{pid, pipe[0]};
}

child_process::child_process(child_process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      ended_(other.ended_) {}

child_process& child_process::operator=(child_process&& other) noexcept {
  if (this != &other) {
    std::swap(pid_, other.pid_);
    std::swap(output_, other.output_);
    std::swap(ended_, other.ended_);
  }
  return *this;
}

child_process::~child_process() {
  kill();
  if (output_ >= 0)
    close(output_);
}

result<std::string> child_process::read_line(milliseconds timeout) {
  auto deadline = steady::now() + timeout;
  std::string line;
  for (;;) {
    auto left = std::chrono::duration_cast<milliseconds>(deadline - steady::now()).count();
    pollfd readable{output_, POLLIN, 0};
    if (left <= 0 || poll(&readable, 1, static_cast<int>(left)) == 0)
      return fail(ec::timed_out, "the process wrote no line in time", {{"found", line}});
    char byte = 0;
    auto got = read(output_, &byte, 1);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return fail(ec::io, "the process wrote no line", {{"operation", "read"}});
    if (byte == '\n')
      return line;
    line += byte;
  }
}

void child_process::send(int signal) const {
  if (pid_ > 0 && !ended_)
    ::kill(pid_, signal);
}

std::optional<int> child_process::ended() {
  int status = 0;
  if (pid_ > 0 && !ended_ && waitpid(pid_, &status, WNOHANG) == pid_)
    ended_ = to_exit_code(status);
  return ended_;
}

std::optional<int> child_process::wait(milliseconds timeout) {
  if (pid_ <= 0 || ended())
    return ended_;
  auto process = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  auto deadline = steady::now() + timeout;
  for (auto left = timeout; left.count() > 0 && !ended();
       left = std::chrono::duration_cast<milliseconds>(deadline - steady::now())) {
    pollfd over{process, POLLIN, 0};
    // Not longer at a time, for kernels that have no such file.
    poll(&over, 1, static_cast<int>(std::min(left.count(), milliseconds::rep{100})));
  }
  close(process);
  return ended();
}

void child_process::kill() {
  if (pid_ <= 0 || ended_)
    return;
  send(SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ended_ = to_exit_code(status);
}

result<child_process> start_node(const node_command& x) {
  std::vector<std::string> command{x.program,
                                   "serve",
                                   "--data",
                                   x.data,
                                   "--listen",
                                   "127.0.0.1:0",
                                   "--snapshot-events",
                                   std::to_string(x.snapshot_events),
                                   "--segment-bytes",
                                   std::to_string(x.segment_bytes)};
  command.insert(command.end(), x.more.begin(), x.more.end());
  return child_process::start(command, x.log);
}

result<address> listening_address(child_process& node, milliseconds timeout) {
  constexpr std::string_view greeting = "listening on ";
  auto line = node.read_line(timeout);
  if (!line)
    return fail(std::move(line.error()));
  if (!line->starts_with(greeting))
    return fail(ec::io, "the node said '" + *line + "' and not where it listens");
  return parse_address(std::string_view{*line}.substr(greeting.size()));
}

} // namespace daybook::node::torture
