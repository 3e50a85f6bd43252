#pragma once

#include "actors/stable_book.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/support/memory_storage.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace daybook::test {

using namespace actors;

/// A whole node on a disk in memory, and somebody who listens to its supervisor.
class restarts_fixture : public actor_fixture {
public:
  ~restarts_fixture() {
    if (node_)
      caf::anon_send(node_, atom::stop_v);
    node_ = nullptr;
    run();
  }

  void start(restart_policy policy = {}) {
    node_options options;
    options.data = "/data";
    options.disks = 2;
    options.restarts = policy;
    options.book_restarts = own_;
    auto node = spawn_node(system_, std::move(options),
                           {.storage = &disk_,
                            .time = &time_,
                            .random = &random_,
                            .detached = false,
                            .on_step = on_step_});
    REQUIRE(node);
    node_ = *node;
    auto listener =
        system_.spawn([this](supervision_listener::pointer) -> supervision_listener::behavior_type {
          return {[this](atom::deliver, const supervision_event& x) {
            told_.push_back(x);
            if (x.what == restarted && on_restarted_)
              on_restarted_();
          }};
        });
    clients_.push_back(caf::actor_cast<caf::actor>(listener));
    ask_done(node_, atom::subscribe_v, listener);
    run();
  }

  static restart_policy policy(const char* text) { return *parse_restart_policy(text); }

  auto open(const std::string& book = "bank") {
    auto answer = ask<book_actor>(node_, atom::open_v, book, open_mode::create);
    run();
    return answer;
  }

  book_actor book() { return open()->value(); }

  template <class X>
  auto commit(const book_actor& to, X x) {
    auto answer = ask<ledger::receipt>(to, atom::commit_v, std::move(x));
    run();
    return answer;
  }

  book_actor prepared() {
    auto x = book();
    commit(x, asset());
    commit(x, account("assets:cash"));
    commit(x, account("assets:bank"));
    return x;
  }

  auto post(const book_actor& to, std::string key) {
    return commit(to, transfer(std::move(key), "assets:cash", "assets:bank", 5));
  }

  void kill(const book_actor& x) {
    caf::anon_send_exit(x, caf::exit_reason::kill);
    run();
  }

  book_info info(const std::string& name = "bank") {
    auto answer = ask<std::vector<book_info>>(node_, atom::books_v);
    run();
    auto all = answer->value();
    return *std::ranges::find(all, name, &book_info::name);
  }

  ledger::amount cash(const book_actor& of) {
    auto answer = ask<account_view>(of, atom::balance_v, std::string{"assets:cash"});
    run();
    return answer->value().balance;
  }

  book_actor stable_book() {
    auto x = spawn_stable_book(system_, node_, "bank");
    clients_.push_back(caf::actor_cast<caf::actor>(x));
    return x;
  }

  void pass(caf::timespan time) {
    scheduler().clock().advance_time(time);
    run();
  }

  std::vector<supervision> told() const {
    std::vector<supervision> kinds;
    for (auto& x : told_)
      kinds.push_back(x.what);
    return kinds;
  }

protected:
  using enum supervision;

  manual_clock time_;
  fixed_random random_;
  memory_storage memory_;
  faulty_storage disk_{memory_};
  std::map<std::string, restart_policy> own_;
  std::vector<supervision_event> told_;
  std::function<void()> on_restarted_;
  step_callback on_step_; ///< for `start`
  supervisor_actor node_;
};

} // namespace daybook::test
