#include "node/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

namespace daybook::node {

namespace {

constexpr auto other_screen = "\x1b[?1049h\x1b[?25l";
constexpr auto own_screen = "\x1b[?25h\x1b[?1049l";
constexpr auto top_left = "\x1b[H";
constexpr auto clear_line = "\x1b[K";
constexpr auto clear_below = "\x1b[J";

constexpr char control_c = 3;
constexpr char control_d = 4;

} // namespace

terminal::terminal() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, &signals_before_);
  signals_ = ::signalfd(-1, &ends, SFD_CLOEXEC);
  termios now{};
  if (::tcgetattr(STDIN_FILENO, &now) == 0) {
    before_ = now;
    now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &now);
  }
  write(other_screen);
}

terminal::~terminal() {
  write(own_screen);
  if (before_)
    ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
  if (signals_ >= 0)
    ::close(signals_);
  pthread_sigmask(SIG_SETMASK, &signals_before_, nullptr);
}

terminal::wish terminal::wait(std::chrono::milliseconds timeout) {
  using steady = std::chrono::steady_clock;
  auto end = steady::now() + timeout;
  for (auto left = timeout; left.count() > 0;
       left = std::chrono::ceil<std::chrono::milliseconds>(end - steady::now())) {
    std::array<pollfd, 2> watched{{{STDIN_FILENO, POLLIN, 0}, {signals_, POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), static_cast<int>(left.count())) <= 0)
      continue;
    // Taken, so that it does not end the process when signals come through again.
    signalfd_siginfo taken{};
    if (watched[1].revents != 0 && ::read(signals_, &taken, sizeof(taken)) != 0)
      return wish::end;
    if (watched[0].revents != 0 && input_wants_end())
      return wish::end;
  }
  return wish::none;
}

bool terminal::input_wants_end() {
  std::array<char, 64> keys{};
  auto read = ::read(STDIN_FILENO, keys.data(), keys.size());
  if (read <= 0)
    return true;
  for (auto key : std::string_view{keys.data(), static_cast<std::size_t>(read)})
    if (key == 'q' || key == 'Q' || key == control_c || key == control_d)
      return true;
  return false;
}

void terminal::show(const std::vector<std::string>& lines) {
  std::string text = top_left;
  for (auto& line : lines)
    text += (&line == &lines.front() ? "" : "\r\n") + line + clear_line;
  write(text + clear_below);
}

frame_size terminal::size() const {
  winsize now{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) != 0 || now.ws_col == 0)
    return {};
  return {now.ws_col, now.ws_row};
}

void terminal::write(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

} // namespace daybook::node
