#pragma once

#include "actors/node_system.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/support/memory_storage.hpp"

#include <string>
#include <utility>

namespace daybook::test {

/// A whole node on a disk in memory.
class node_fixture : public actor_fixture {
public:
  ~node_fixture() { stop(); }

  void start(actors::node_options options = {}, actors::step_callback on_step = {}) {
    options.data = "/data";
    options.disks = 2;
    auto node = actors::spawn_node(system_, std::move(options),
                                   {.storage = &disk_,
                                    .time = &time_,
                                    .random = &random_,
                                    .detached = false,
                                    .on_step = std::move(on_step)});
    INFO((node ? "" : to_string(node.error())));
    REQUIRE(node);
    node_ = *node;
    run();
  }

  void stop() {
    if (node_)
      caf::anon_send(node_, actors::atom::stop_v);
    node_ = nullptr;
    run();
  }

  auto open(const std::string& book = "bank", actors::open_mode mode = actors::open_mode::create) {
    auto answer = ask<actors::book_actor>(node_, actors::atom::open_v, book, mode);
    run();
    return answer;
  }

  template <class X>
  auto commit(const actors::book_actor& book, X x) {
    auto answer = ask<ledger::receipt>(book, actors::atom::commit_v, std::move(x));
    run();
    return answer;
  }

  actors::book_actor prepared_book() {
    auto book = open()->value();
    commit(book, asset());
    commit(book, account("assets:cash"));
    commit(book, account("assets:bank"));
    return book;
  }

protected:
  manual_clock time_;
  fixed_random random_;
  memory_storage memory_;
  faulty_storage disk_{memory_};
  actors::supervisor_actor node_;
};

} // namespace daybook::test
