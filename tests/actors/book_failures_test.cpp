#include "actors/book_link.hpp"
#include "base/check.hpp"
#include "tests/actors/restarts_fixture.hpp"

#include <cerrno>
#include <memory>

// What ends a book, and what does not come back from it.

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;
using namespace std::chrono_literals;

TEST_CASE_METHOD(restarts_fixture, "a broken invariant ends the book over it, and no other",
                 "[I2][I5]") {
  auto is_broken = std::make_shared<bool>(false);
  on_step_ = [is_broken](step x) {
    if (x == step::batch_durable)
      DAYBOOK_INVARIANT(!std::exchange(*is_broken, false));
  };
  start();
  auto first = prepared_book();
  auto other = open("other")->value();
  *is_broken = true;
  CHECK(post(first, "k")->refused().code() == ec::outcome_unknown);
  CHECK(info().restarts == 1);
  CHECK(info().last_failure.find("is_broken") != std::string::npos);
  CHECK(post(book(), "k")->value().deduplicated);
  CHECK(commit(other, asset())->arrived());
  CHECK(info("other").restarts == 0);
}

TEST_CASE_METHOD(restarts_fixture, "a request that ends every book is not sent for ever", "[I2]") {
  start(policy("9/60s"));
  prepared_book();
  auto stable = stable_book();
  auto fail_next = [this] { disk_.set({.what = operation::write}); };
  on_restarted_ = fail_next;
  fail_next();
  auto answer = post(stable, "k");
  for (int i = 0; i < 100; ++i)
    pass(100ms);
  CHECK(answer->refused().code() == ec::outcome_unknown);
  CHECK(info().restarts == 5);
  CHECK(info().phase == book_phase::running);
}

TEST_CASE_METHOD(restarts_fixture, "a book that has failed and cannot be read is not tried for "
                                   "everybody who asks") {
  start(policy("never"));
  prepared_book();
  kill(book());
  auto refusing = book();
  disk_.set({.what = operation::list, .for_good = true});
  kill(refusing);
  CHECK(open()->refused().code() == ec::failed);
  auto listed = disk_.lists();
  auto failures = info().last_failure;
  CHECK(open()->refused().code() == ec::failed);
  CHECK(open()->refused().code() == ec::failed);
  CHECK(disk_.lists() == listed);
  disk_.set({.what = operation::list, .nth = 1'000'000});
  pass(31s);
  CHECK(cash(book()) == ledger::amount{0});
}

TEST_CASE_METHOD(restarts_fixture, "a restart by hand that fails is tried again") {
  start(policy("once"));
  prepared_book();
  kill(book());
  kill(book());
  kill(book());
  REQUIRE(info().phase == book_phase::failed);
  disk_.set({.what = operation::sync});
  ask<book_actor>(node_, atom::restart_v, std::string{"bank"});
  run();
  CHECK(info().phase == book_phase::running);
  CHECK(post(book(), "k")->arrived());
}

TEST_CASE_METHOD(restarts_fixture, "a stop undoes a restart that was asked for before") {
  start();
  auto first = prepared_book();
  auto posted = ask_to_post(first, "k");
  auto again = ask<book_actor>(node_, atom::restart_v, std::string{"bank"});
  auto stopped = ask_done(node_, atom::stop_v, std::string{"bank"});
  run();
  CHECK(posted->arrived());
  CHECK(again->refused().code() == ec::not_found);
  CHECK(stopped->arrived());
  CHECK_FALSE(info().open);
}

TEST_CASE_METHOD(restarts_fixture, "who writes while a book is restarted by hand is told to wait",
                 "[I2]") {
  start();
  auto first = prepared_book();
  auto stable = stable_book();
  post(stable, "j");
  auto busy = ask_to_post(first, "k");
  auto again = ask<book_actor>(node_, atom::restart_v, std::string{"bank"});
  auto late = ask_to_post(first, "l");
  auto patient = ask_to_post(stable, "m");
  run();
  pass(1s);
  CHECK(busy->arrived());
  CHECK(again->value() != first);
  CHECK((late->arrived() || late->refused().code() == ec::restarting));
  CHECK(patient->value().id.seq > busy->value().id.seq);
}

TEST_CASE("only an answer of somebody who looked at the key ends a doubt", "[I2][I5]") {
  auto judged = [](ec code, const char* what = "") {
    return actors::detail::is_judged({code, "x", {{"what", what}}});
  };
  CHECK(judged(ec::unbalanced));
  CHECK(judged(ec::idempotency_conflict));
  CHECK(judged(ec::limit_exceeded, "balance"));
  CHECK(judged(ec::failed));
  CHECK(judged(ec::no_space));
  CHECK_FALSE(judged(ec::limit_exceeded, "message_items"));
  for (auto code : {ec::overloaded, ec::fence_active, ec::read_only, ec::io, ec::corrupt,
                    ec::outcome_unknown, ec::internal, ec::timed_out, ec::locked})
    CHECK_FALSE(judged(code));
  std::vector<outcome> outcomes{ledger::receipt{}, error{ec::unbalanced, "x"},
                                error{ec::internal, "x"}};
  actors::detail::doubt(outcomes);
  CHECK(std::get<error>(outcomes[1]).code() == ec::unbalanced);
  CHECK(std::get<error>(outcomes[2]).code() == ec::outcome_unknown);
}

TEST_CASE("when to come back is taken from the refusal, if it is there") {
  CHECK_FALSE(retry_delay({ec::restarting, "x"}));
  CHECK_FALSE(retry_delay({ec::restarting, "x", {{"retry_after_us", "soon"}}}));
  CHECK_FALSE(retry_delay({ec::restarting, "x", {{"retry_after_us", "-5"}}}));
  CHECK(retry_delay({ec::restarting, "x", {{"retry_after_us", "250"}}}) ==
        std::chrono::microseconds{250});
}
