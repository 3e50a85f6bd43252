#include "tests/actors/restarts_fixture.hpp"

#include <cerrno>
#include <new>
#include <optional>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;
using namespace std::chrono_literals;

// -- policies -----------------------------------------------------------------------------------

TEST_CASE_METHOD(restarts_fixture, "a book that is killed is there again, under a new epoch",
                 "[I5][I10]") {
  start();
  auto first = prepared_book();
  auto receipt = post(first, "k")->value();
  kill(first);
  CHECK(info().open);
  CHECK(info().phase == book_phase::running);
  CHECK(info().restarts == 1);
  CHECK(info().last_failure.find("killed") != std::string::npos);
  auto second = book();
  CHECK(second != first);
  CHECK(post(second, "k")->value().deduplicated);
  CHECK(post(second, "l")->value().epoch > receipt.epoch);
  CHECK(told() == std::vector{started, failed, restarting, restarted});
}

TEST_CASE_METHOD(restarts_fixture, "a book that may never be restarted is read and not written") {
  start(policy("never"));
  auto first = prepared_book();
  post(first, "k");
  kill(first);
  CHECK(info().phase == book_phase::failed);
  auto second = book();
  CHECK(cash(second) == ledger::amount{5});
  CHECK(post(second, "k")->value().deduplicated);
  auto refused = post(second, "l")->refused();
  CHECK(refused.code() == ec::failed);
  CHECK(refused.get("reason").find("killed") != std::string_view::npos);
  CHECK(told() == std::vector{started, failed, gave_up});
}

TEST_CASE_METHOD(restarts_fixture, "a book has one restart, or those of its own policy") {
  own_["bank"] = policy("once");
  start(policy("never"));
  prepared_book();
  kill(book());
  CHECK(info().phase == book_phase::running);
  kill(book());
  CHECK(info().phase == book_phase::failed);
  kill(open("other")->value());
  CHECK(info("other").phase == book_phase::failed);
  CHECK(info("other").restarts == 0);
}

TEST_CASE_METHOD(restarts_fixture, "between two tries the caller is told when to come back") {
  start(policy("3/60s"));
  prepared_book();
  kill(book());
  kill(book());
  CHECK(info().phase == book_phase::restarting);
  auto refused = open()->refused();
  CHECK(refused.code() == ec::restarting);
  auto us = std::stoll(std::string{refused.get("retry_after_us")});
  CHECK(us > 50'000);
  CHECK(us <= 100'000);
  auto waits = ask<book_actor>(node_, atom::await_v, std::string{"bank"});
  run();
  CHECK_FALSE(waits->arrived());
  pass(std::chrono::microseconds{us});
  CHECK(waits->value() == book());
  CHECK(info().restarts == 2);
}

TEST_CASE_METHOD(restarts_fixture, "restarts are counted in a window of time") {
  start(policy("2/60s"));
  prepared_book();
  for (int i = 0; i < 5; ++i) {
    kill(book());
    pass(31s);
    CHECK(info().phase == book_phase::running);
  }
  kill(book());
  pass(1s);
  kill(book());
  CHECK(info().phase == book_phase::failed);
}

TEST_CASE_METHOD(restarts_fixture, "a restart that does not open the book counts") {
  start(policy("3/60s"));
  prepared_book();
  auto before = book();
  disk_.set({.what = operation::sync, .for_good = true});
  CHECK(post(before, "k")->refused().code() == ec::outcome_unknown);
  pass(1s);
  pass(1s);
  CHECK(info().phase == book_phase::failed);
  CHECK(info().restarts == 0);
  auto refused = open()->refused();
  CHECK(refused.code() == ec::failed);
  CHECK(std::ranges::count(told(), restarting) == 3);
}

TEST_CASE_METHOD(restarts_fixture,
                 "a book that can be read and not be opened to be written is read", "[I2][I7]") {
  start(policy("never"));
  auto first = prepared_book();
  post(first, "k");
  auto epoch = open_epoch();
  disk_.set({.what = operation::lock, .number = EROFS, .for_good = true, .alone = true});
  kill(first);
  REQUIRE(info().phase == book_phase::failed);
  auto second = book();
  CHECK(cash(second) == ledger::amount{5});
  auto found = ask<recorded_event>(second, atom::transaction_v, std::string{"k"});
  auto repeat = post(second, "k");
  run();
  CHECK(found->value().receipt.id.seq == event_seq{4});
  CHECK(repeat->value().deduplicated);
  CHECK(post(second, "m")->refused().code() == ec::failed);
  CHECK(open_epoch() >= epoch);
  disk_.set({.what = operation::lock, .nth = 1'000'000});
  auto third = ask<book_actor>(node_, atom::restart_v, std::string{"bank"});
  run();
  CHECK(post(third->value(), "m")->value().epoch > epoch);
}

TEST_CASE_METHOD(restarts_fixture, "a book outlives somebody who was linked to it and ended well") {
  start();
  auto first = prepared_book();
  system_.spawn([first](caf::event_based_actor* self) { self->link_to(first); });
  run();
  CHECK(book() == first);
  CHECK(post(first, "k")->value().id.seq == event_seq{4});
  CHECK(told() == std::vector{started});
}

TEST_CASE_METHOD(restarts_fixture, "only its supervisor ends a book in good order", "[I2]") {
  start();
  auto first = prepared_book();
  caf::anon_send_exit(first, caf::exit_reason::user_shutdown);
  run();
  CHECK(told() == std::vector{started, failed, restarting, restarted});
  CHECK(post(book(), "k")->value().id.seq == event_seq{4});
}

TEST_CASE_METHOD(restarts_fixture,
                 "a book is written that was restarted while it was opened to be read", "[I2]") {
  start(policy("never"));
  auto first = prepared_book();
  disk_.set({.what = operation::lock, .number = EROFS, .for_good = true, .alone = true});
  auto is_asked = std::make_shared<bool>(false);
  disk_.on_change([this, is_asked](operation) {
    if (std::exchange(*is_asked, true))
      return;
    // The supervisor hears of it before it hears from the opener.
    disk_.set({.what = operation::lock, .nth = 1'000'000});
    caf::anon_send(node_, atom::restart_v, std::string{"bank"});
  });
  kill(first);
  REQUIRE(*is_asked);
  CHECK(info().phase == book_phase::running);
  CHECK(post(book(), "k")->value().id.seq == event_seq{4});
  CHECK(told() == std::vector{started, failed, gave_up, restarted});
}

TEST_CASE_METHOD(restarts_fixture, "a book that has failed is lifted by hand") {
  start(policy("once"));
  prepared_book();
  kill(book());
  kill(book());
  CHECK(info().phase == book_phase::failed);
  auto lifted = ask<book_actor>(node_, atom::restart_v, std::string{"bank"});
  run();
  CHECK(post(lifted->value(), "k")->arrived());
  CHECK(info().phase == book_phase::running);
  kill(lifted->value());
  CHECK(info().phase == book_phase::running);
  auto none = ask<book_actor>(node_, atom::restart_v, std::string{"none"});
  run();
  CHECK(none->refused().code() == ec::not_found);
}

TEST_CASE_METHOD(restarts_fixture, "a book restarted by hand has written what it accepted") {
  start();
  auto first = prepared_book();
  auto posted = ask_to_post(first, "k");
  auto again = ask<book_actor>(node_, atom::restart_v, std::string{"bank"});
  run();
  CHECK(posted->arrived());
  CHECK(again->value() != first);
}

TEST_CASE_METHOD(restarts_fixture, "the other books do not notice", "[I1]") {
  start(policy("never"));
  auto other = open("other")->value();
  prepared_book();
  kill(book());
  CHECK(commit(other, asset())->arrived());
  CHECK(info("other").restarts == 0);
  CHECK(info("other").last_failure.empty());
}

TEST_CASE_METHOD(restarts_fixture, "a stopped node does not restart its books") {
  start(policy("3/60s"));
  prepared_book();
  kill(book());
  kill(book());
  auto waits = ask<book_actor>(node_, atom::await_v, std::string{"bank"});
  run();
  caf::anon_send(std::exchange(node_, nullptr), atom::stop_v);
  run();
  CHECK(waits->refused().code() == ec::not_found);
  pass(1min);
}

// -- who is answered what -----------------------------------------------------------------------

TEST_CASE_METHOD(restarts_fixture, "what CAF answers for an actor that has ended", "[I2]") {
  start();
  auto dead = prepared_book();
  auto begun = ask_to_post(dead, "k");
  scheduler().run_once();               // it is sent
  auto queued = ask_to_post(dead, "l"); // behind the kill
  kill(dead);
  auto late = post(dead, "m");
  CHECK(begun->refused().code() == ec::outcome_unknown);
  CHECK(queued->refused().code() == ec::restarting);
  CHECK(late->refused().code() == ec::restarting);
  CHECK(fate_of(caf::make_error(caf::sec::request_receiver_down)) == fate::not_accepted);
  CHECK(fate_of(caf::make_error(caf::sec::broken_promise)) == fate::unknown);
  CHECK(fate_of(caf::make_error(caf::sec::runtime_error)) == fate::unknown);
  CHECK(fate_of(to_caf({ec::restarting, "x"})) == fate::not_accepted);
  CHECK(fate_of(to_caf({ec::outcome_unknown, "x"})) == fate::unknown);
  CHECK(fate_of(to_caf({ec::unbalanced, "x"})) == fate::decided);
  CHECK(fate_of(caf::make_error(caf::sec::request_timeout)) == fate::decided);
}

TEST_CASE_METHOD(restarts_fixture, "an exception on a disk ends the book over it, and no other",
                 "[I2]") {
  start();
  auto bank = prepared_book();
  auto other = open("other")->value();
  disk_.on_change([thrown = false](operation what) mutable {
    if (what == operation::sync && !std::exchange(thrown, true))
      throw std::bad_alloc{};
  });
  CHECK(post(bank, "k")->refused().code() == ec::outcome_unknown);
  CHECK(info().restarts == 1);
  CHECK(info().last_failure.find("bad_alloc") != std::string::npos);
  CHECK(post(book(), "k")->arrived());
  CHECK(commit(other, asset())->arrived());
}

TEST_CASE_METHOD(restarts_fixture, "an exception while opening is a try that failed") {
  start();
  prepared_book();
  auto first = book();
  disk_.on_change([thrown = false](operation) mutable {
    if (!std::exchange(thrown, true))
      throw std::bad_alloc{};
  });
  kill(first);
  CHECK(info().phase == book_phase::restarting);
  pass(1s);
  CHECK(post(book(), "k")->arrived());
}

TEST_CASE_METHOD(restarts_fixture, "a stable book finds the true outcome", "[I5]") {
  start();
  prepared_book();
  auto stable = stable_book();
  CHECK(post(stable, "k")->value().id.seq == event_seq{4});
  // The sync fails: durable or not, the retry has the same key.
  disk_.set({.what = operation::sync});
  auto retried = post(stable, "l");
  pass(1s);
  CHECK(retried->value().id.seq == event_seq{5});
  kill(book());
  auto balance = ask<account_view>(stable, atom::balance_v, std::string{"assets:cash"});
  run();
  pass(1s);
  CHECK(balance->value().balance == ledger::amount{10});
  CHECK(post(stable, "l")->value().deduplicated);
}

TEST_CASE_METHOD(restarts_fixture, "a stable book sends an atomic batch again if it has a key",
                 "[I5]") {
  start();
  prepared_book();
  auto stable = stable_book();
  auto write = [&](std::vector<ledger::write> items, bool atomic = true) {
    disk_.set({.what = operation::sync});
    auto answer =
        ask<std::vector<outcome>>(stable, atom::commit_v, write_batch{std::move(items), atomic});
    run();
    pass(1s);
    return answer;
  };
  auto closing = [](const char* path) {
    return ledger::write{ledger::account_closing{path, true}, {}, {}, {}, {}};
  };
  ledger::write keyed{transfer("k", "assets:cash", "assets:bank", 5), {}, {}, {}, {}};
  auto answers = write({keyed, closing("assets:cash")})->value();
  REQUIRE(answers.size() == 2);
  CHECK(std::get<ledger::receipt>(answers[1]).id.seq == event_seq{5});
  CHECK(write({closing("assets:bank")})->refused().code() == ec::outcome_unknown);
  CHECK(write({keyed, closing("assets:bank")}, false)->refused().code() == ec::outcome_unknown);
}

TEST_CASE_METHOD(restarts_fixture, "a stable book gives up when there is no book in time", "[I2]") {
  auto slow = policy("5/60s");
  slow.delay_first = slow.delay_longest = 20s;
  start(slow);
  prepared_book();
  auto stable = stable_book();
  kill(book());
  kill(book());
  auto refused = post(stable, "k");
  CHECK(refused->refused().code() == ec::restarting);
  CHECK_FALSE(refused->refused().get("retry_after_us").empty());
  pass(21s);
  CHECK(post(stable, "k")->arrived());
}

TEST_CASE_METHOD(restarts_fixture, "a fence does not outlive a restart", "[I7]") {
  start();
  prepared_book();
  auto stable = stable_book();
  auto fence = ask<fence_id>(stable, atom::begin_fence_v, fence_options{});
  run();
  auto id = fence->value();
  kill(book());
  auto refused = ask<std::vector<ledger::receipt>>(stable, atom::commit_fence_v, id);
  run();
  CHECK(refused->refused().code() == ec::not_found);
  CHECK(post(stable, "k")->arrived());
}

// -- a full disk --------------------------------------------------------------------------------

TEST_CASE_METHOD(restarts_fixture, "a book on a full disk is read, and written again in time",
                 "[I2][I5]") {
  start(policy("never"));
  auto first = prepared_book();
  post(first, "a");
  disk_.set({.what = operation::write, .number = ENOSPC});
  CHECK(post(first, "k")->refused().code() == ec::outcome_unknown);
  CHECK(info().phase == book_phase::no_space);
  auto second = book();
  CHECK(cash(second) == ledger::amount{5});
  CHECK(post(second, "a")->value().deduplicated);
  CHECK(post(second, "k")->refused().code() == ec::no_space);
  // The first look for space finds none.
  disk_.set({.what = operation::write, .number = ENOSPC});
  pass(1s);
  CHECK(info().phase == book_phase::no_space);
  pass(1s);
  CHECK(info().phase == book_phase::no_space);
  pass(1s);
  CHECK(info().phase == book_phase::running);
  CHECK(book() == second);
  CHECK(post(second, "k")->value().id.seq == event_seq{5});
  CHECK(info().restarts == 1);
  CHECK(std::ranges::count(told(), resumed) == 1);
  CHECK(std::ranges::count(told(), no_space) == 1);
}

// -- subscriptions ------------------------------------------------------------------------------

namespace {

class followed_fixture : public restarts_fixture {
public:
  /// The end of the subscription is written while there is something to write it to.
  ~followed_fixture() { stop(); }

  subscriber_actor subscribe(const book_actor& to) {
    auto who = system_.spawn([this](subscriber_actor::pointer) -> subscriber_actor::behavior_type {
      return {[this](atom::deliver, const delivery& x) {
                for (auto& event : x.events)
                  seqs_.push_back(event.receipt.id.seq.value());
                epochs_.push_back(x.epoch.value());
              },
              [this](atom::ended, const error& x) { ended_ = x; }};
    });
    clients_.push_back(caf::actor_cast<caf::actor>(who));
    ask<subscription_actor>(to, atom::subscribe_v, who, subscription{});
    run();
    return who;
  }

protected:
  std::vector<std::uint64_t> seqs_;
  std::vector<std::uint64_t> epochs_;
  std::optional<error> ended_;
};

} // namespace

TEST_CASE_METHOD(followed_fixture, "a subscription goes on behind a restart", "[I7][I10]") {
  start();
  subscribe(prepared_book());
  for (int i = 0; i < 4; ++i) {
    post(book(), "k" + std::to_string(i));
    kill(book());
    pass(2s);
  }
  post(book(), "last");
  CHECK(seqs_ == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK_FALSE(ended_);
  CHECK(std::ranges::is_sorted(epochs_));
  CHECK(epochs_.front() < epochs_.back());
}

TEST_CASE_METHOD(followed_fixture, "a subscription ends when its book has failed for good") {
  start(policy("never"));
  subscribe(prepared_book());
  kill(book());
  REQUIRE(ended_);
  CHECK(ended_->code() == ec::failed);
}

TEST_CASE_METHOD(followed_fixture, "a subscription ends when its book is stopped, and not when it "
                                   "is restarted by hand") {
  start();
  subscribe(prepared_book());
  ask<book_actor>(node_, atom::restart_v, std::string{"bank"});
  run();
  CHECK_FALSE(ended_);
  post(book(), "k");
  CHECK(seqs_ == std::vector<std::uint64_t>{1, 2, 3, 4});
  ask_done(node_, atom::stop_v, std::string{"bank"});
  run();
  REQUIRE(ended_);
  CHECK(ended_->code() == ec::not_found);
}

TEST_CASE_METHOD(followed_fixture,
                 "a subscription does not go on with a book that has lost what "
                 "it delivered",
                 "[I2][I10]") {
  start();
  subscribe(prepared_book());
  auto before = memory_.files();
  post(book(), "k");
  CHECK(seqs_ == std::vector<std::uint64_t>{1, 2, 3, 4});
  for (auto& [path, content] : before)
    memory_.replace(path, content);
  kill(book());
  pass(2s);
  REQUIRE(ended_);
  CHECK(ended_->code() == ec::corrupt);
}
