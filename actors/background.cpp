#include "actors/background.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <future>
#include <system_error>

namespace daybook::actors {

namespace {

/// On Linux a niceness belongs to a thread. Failing is no harm: the work has the priority it had.
void lower_priority() {
  auto own = ::getpriority(PRIO_PROCESS, 0);
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, own + background_niceness));
}

} // namespace

void run_in_background(const std::function<void()>& work) {
  std::future<void> done;
  try {
    done = std::async(std::launch::async, [&work] {
      ::pthread_setname_np(::pthread_self(), "daybook.aside");
      lower_priority();
      work();
    });
  } catch (const std::system_error&) {
    work();
    return;
  }
  done.get();
}

} // namespace daybook::actors
