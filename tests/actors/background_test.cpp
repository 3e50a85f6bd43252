#include "actors/background.hpp"
#include "actors/node_system.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_storage.hpp"

#include <caf/scoped_actor.hpp>
#include <catch2/catch_all.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;
using namespace std::chrono_literals;

namespace {

int niceness() { return ::getpriority(PRIO_PROCESS, 0); }

/// Notes at which niceness it is asked.
class watching_random final : public random_source {
public:
  std::uint64_t next() override {
    std::lock_guard guard{mutex_};
    seen_.insert(niceness());
    return ++last_;
  }

  std::set<int> seen() const {
    std::lock_guard guard{mutex_};
    return seen_;
  }

private:
  mutable std::mutex mutex_;
  std::set<int> seen_;
  std::uint64_t last_ = 0;
};

} // namespace

TEST_CASE("background work has a thread of its own, whose priority is lower") {
  auto own = niceness();
  auto thread = std::this_thread::get_id();
  int lowered = 0;
  run_in_background([&] {
    CHECK(std::this_thread::get_id() != thread);
    lowered = niceness();
  });
  CHECK(lowered == std::min(own + background_niceness, 19));
  CHECK(niceness() == own);
}

TEST_CASE("what background work throws is thrown") {
  CHECK_THROWS_AS(run_in_background([] { throw std::runtime_error{"no"}; }), std::runtime_error);
}

TEST_CASE("a node opens books in the background") {
  auto own = niceness();
  memory_storage disk;
  watching_random random;
  auto system = node_system::start();
  node_options options;
  options.data = "/data";
  auto node = spawn_node(system->get(), std::move(options), {.storage = &disk, .random = &random});
  REQUIRE(node);
  caf::scoped_actor self{system->get()};
  self->request(*node, 60s, atom::open_v, std::string{"bank"}, open_mode::create)
      .receive([](const book_actor&) {}, [](const caf::error& x) { FAIL(caf::to_string(x)); });
  // Identities are drawn where a book is opened.
  CHECK(random.seen() == std::set{std::min(own + background_niceness, 19)});
  self->request(*node, 60s, atom::stop_v)
      .receive([] {}, [](const caf::error& x) { FAIL(caf::to_string(x)); });
}
