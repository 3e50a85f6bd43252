#include "node/progress.hpp"

#include "node/table.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace daybook::node {

namespace {

constexpr auto refresh_interval = std::chrono::milliseconds{100};
constexpr std::size_t bar_columns_max = 50;
constexpr std::size_t bar_columns_min = 5;

std::string percentage(std::uint64_t done, std::uint64_t total) {
  auto percent =
      total == 0
          ? 100
          : static_cast<unsigned>(100.0 * static_cast<double>(done) / static_cast<double>(total));
  auto text = std::to_string(percent) + " %";
  return std::string(5 - text.size(), ' ') + text;
}

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void show(const std::string& line) {
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
}

} // namespace

std::string progress_line(const work& what, std::uint64_t done, std::size_t width) {
  std::string line;
  if (!what.total) {
    line = what.name + " " + with_separators(done) + " " + what.unit;
  } else {
    done = std::min(done, *what.total);
    auto number = percentage(done, *what.total);
    auto others = what.name.size() + number.size() + 4;
    auto columns = std::clamp(width - std::min(width, others), bar_columns_min, bar_columns_max);
    auto share =
        *what.total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(*what.total);
    auto filled = static_cast<std::size_t>(share * static_cast<double>(columns));
    line = what.name + " [" + std::string(filled, '=') + std::string(columns - filled, ' ') + "] " +
           number;
  }
  line.resize(std::min(line.size(), width));
  return line;
}

progress::progress(work what) : what_(std::move(what)), is_on_(isatty(STDERR_FILENO) == 1) {}

progress::~progress() { hide(); }

void progress::update(std::uint64_t done) {
  if (!is_on_)
    return;
  auto now = std::chrono::steady_clock::now();
  if (now < next_)
    return;
  next_ = now + refresh_interval;
  is_shown_ = true;
  show(progress_line(what_, done, terminal_columns() - 1));
}

void progress::hide() {
  if (is_shown_)
    show({});
  is_shown_ = false;
}

} // namespace daybook::node
