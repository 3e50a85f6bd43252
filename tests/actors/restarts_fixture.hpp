#pragma once

#include "actors/stable_book.hpp"
#include "tests/actors/node_fixture.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace daybook::test {

using namespace actors;

/// A whole node, and somebody who listens to its supervisor.
class restarts_fixture : public node_fixture {
public:
  /// The last that the listener is told, it is told while there is something to write it to.
  ~restarts_fixture() { stop(); }

  void start(restart_policy policy = {}) {
    node_options options;
    options.restarts = policy;
    options.book_restarts = own_;
    node_fixture::start(std::move(options), on_step_);
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

  book_actor book() { return open()->value(); }

  /// It is on its way, and nobody has run yet.
  auto ask_to_post(const book_actor& to, std::string key) {
    return ask<ledger::receipt>(to, atom::commit_v,
                                transfer(std::move(key), "assets:cash", "assets:bank", 5));
  }

  auto post(const book_actor& to, std::string key) {
    auto answer = ask_to_post(to, std::move(key));
    run();
    return answer;
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

  writer_epoch open_epoch() {
    auto answer = ask<book_status>(book(), atom::status_v);
    run();
    return answer->value().epoch;
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

  std::map<std::string, restart_policy> own_;
  std::vector<supervision_event> told_;
  std::function<void()> on_restarted_;
  step_callback on_step_; ///< for `start`
};

} // namespace daybook::test
