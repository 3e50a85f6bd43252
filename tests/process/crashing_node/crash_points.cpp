#include "tests/process/crashing_node/crash_points.hpp"

#include <signal.h>
#include <unistd.h>

namespace daybook::test {

void crash_points::reached(std::string_view name) {
  std::lock_guard guard{mutex_};
  auto is_of_fence = in_fence_commit_ && name.find("segment") != name.npos;
  count((is_of_fence ? "fence: " : "") + std::string{name});
}

void crash_points::reached(actors::step x) {
  std::lock_guard guard{mutex_};
  auto is_of_fence = in_fence_commit_ && x == actors::step::batch_durable;
  count((is_of_fence ? "fence: " : "") + std::string{to_string(x)});
  if (x == actors::step::fence_commit)
    in_fence_commit_ = true;
  else if (is_of_fence)
    in_fence_commit_ = false;
}

std::map<std::string, std::uint64_t> crash_points::hits() const {
  std::lock_guard guard{mutex_};
  return hits_;
}

/// The lock is held to the end, so that no other thread passes a point meanwhile.
void crash_points::count(std::string name) {
  auto is_here = name == at_.name;
  if (++hits_[std::move(name)] != at_.hit || !is_here)
    return;
  ::kill(::getpid(), SIGKILL);
  for (;;)
    ::pause();
}

} // namespace daybook::test
