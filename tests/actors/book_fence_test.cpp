#include "tests/support/book_fixture.hpp"

using namespace daybook;
using namespace daybook::test;

namespace {

using outcomes = std::vector<outcome>;
using receipts = std::vector<ledger::receipt>;

write_batch batch(std::vector<ledger::command> xs, bool atomic = false) {
  write_batch x;
  x.atomic = atomic;
  for (auto& y : xs)
    x.items.push_back({std::move(y), {}, {}, {}, {}});
  return x;
}

ledger::transaction deposit(std::string key, std::int64_t value = 5) {
  return transfer(std::move(key), "assets:cash", "assets:bank", value);
}

/// A book, and two actors that talk to it.
class fence_fixture : public book_fixture {
public:
  explicit fence_fixture(batch_limits bounds = {}) : book_fixture(bounds) {
    owner_.emplace(system_);
  }

  /// Sends a request whose sender is `who`; `receive` takes the answer, once the book has run.
  template <class... Words>
  auto say(caf::scoped_actor& who, Words... words) {
    auto request = who->request(book_, caf::infinite, words...);
    run();
    return request;
  }

  template <class T, class Request>
  static result<T> receive(Request request) {
    result<T> answer;
    request.receive([&](T& x) { answer = std::move(x); },
                    [&](const caf::error& x) { answer = fail(from_caf(x, ec::outcome_unknown)); });
    return answer;
  }

  template <class Request>
  static result<void> receive_done(Request request) {
    result<void> answer;
    request.receive([] {},
                    [&](const caf::error& x) { answer = fail(from_caf(x, ec::outcome_unknown)); });
    return answer;
  }

  fence_id begin(fence_options options = {}) {
    auto id = receive<fence_id>(say(*owner_, atom::begin_fence_v, options));
    REQUIRE(id);
    return *id;
  }

  outcomes submit(fence_id id, write_batch x) {
    auto answer = receive<outcomes>(say(*owner_, atom::submit_v, id, std::move(x)));
    INFO((answer ? "" : to_string(answer.error())));
    REQUIRE(answer);
    return *answer;
  }

  ec refused_write(std::string key) {
    auto answer = post(std::move(key));
    run();
    return answer->refused().code();
  }

protected:
  std::optional<caf::scoped_actor> owner_;
  caf::scoped_actor stranger_{system_};
};

class small_fence : public fence_fixture {
public:
  small_fence() : fence_fixture({.events_max = 4}) {}
};

} // namespace

TEST_CASE_METHOD(small_fence, "repeats behind a fence have a bound too", "[I12]") {
  durable<ledger::receipt>(deposit("a"));
  auto fence = begin();
  for (int i = 0; i < 4; ++i)
    submit(fence, batch({deposit("a")}));
  auto refused = receive<outcomes>(say(*owner_, atom::submit_v, fence, batch({deposit("a")})));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::limit_exceeded);
  auto committed = receive<receipts>(say(*owner_, atom::commit_fence_v, fence));
  REQUIRE(committed);
  CHECK(committed->size() == 4);
}

TEST_CASE_METHOD(small_fence, "a full fence turns others away for its own sake", "[I12]") {
  auto fence = begin();
  submit(fence, batch({deposit("a"), deposit("b"), deposit("c"), deposit("d")}));
  CHECK(refused_write("e") == ec::fence_active);
  auto rehearsed = receive<outcomes>(say(stranger_, atom::rehearse_v, batch({deposit("e")})));
  REQUIRE_FALSE(rehearsed);
  CHECK(rehearsed.error().code() == ec::fence_active);
}

TEST_CASE_METHOD(fence_fixture, "a fence becomes durable and visible all at once", "[I1][I3][I7]") {
  auto fence = begin();
  auto first = submit(fence, batch({deposit("a"), deposit("b", 7)}));
  auto second = submit(fence, batch({deposit("c", 1)}, true));
  CHECK(disk_.waiting.empty());
  CHECK(cash() == ledger::amount{0});
  for (auto& x : first)
    CHECK(std::get<ledger::receipt>(x).id.seq == event_seq{});
  CHECK(std::get<ledger::receipt>(second[0]).balances.empty());
  CHECK(status().accepted == event_seq{3});

  auto commit = say(*owner_, atom::commit_fence_v, fence);
  REQUIRE(disk_.waiting.size() == 1);
  CHECK(disk_.waiting.front().batch->events == 3);
  CHECK(cash() == ledger::amount{0});
  sync_all();
  auto all = receive<receipts>(std::move(commit));
  REQUIRE(all);
  REQUIRE(all->size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK((*all)[i].id.seq == event_seq{4 + i});
  CHECK((*all)[2].balances[0].value == ledger::amount{13});
  CHECK(cash() == ledger::amount{13});
}

TEST_CASE_METHOD(fence_fixture, "a cancelled fence never was", "[I3]") {
  auto fence = begin();
  submit(fence, batch({deposit("a"), account("assets:new")}));
  CHECK(receive_done(say(*owner_, atom::cancel_fence_v, fence)));
  CHECK(cash() == ledger::amount{0});
  auto again = post("a");
  run();
  sync_all();
  CHECK(again->value().id.seq == event_seq{4});
  CHECK_FALSE(again->value().deduplicated);
  auto unknown = commit<ledger::receipt>(transfer("d", "assets:new", "assets:bank", 1));
  run();
  CHECK(unknown->refused().code() == ec::unknown_account);
}

TEST_CASE_METHOD(fence_fixture, "other writes are turned away while a fence is active") {
  auto fence = begin();
  CHECK(refused_write("k") == ec::fence_active);
  CHECK(receive<fence_id>(say(stranger_, atom::begin_fence_v, fence_options{})).error().code() ==
        ec::fence_active);
  auto rehearsed = ask<outcomes>(book_, atom::rehearse_v, batch({deposit("r")}));
  run();
  CHECK(rehearsed->refused().code() == ec::fence_active);
  CHECK(receive_done(say(*owner_, atom::cancel_fence_v, fence)));
  auto after = post("k");
  run();
  sync_all();
  CHECK(after->arrived());
}

TEST_CASE_METHOD(fence_fixture, "only the actor that began a fence may use it") {
  auto fence = begin();
  auto foreign = receive<outcomes>(say(stranger_, atom::submit_v, fence, batch({deposit("a")})));
  CHECK(foreign.error().code() == ec::busy);
  CHECK(receive<receipts>(say(stranger_, atom::commit_fence_v, fence)).error().code() == ec::busy);
  CHECK(receive_done(say(stranger_, atom::cancel_fence_v, fence)).error().code() == ec::busy);
  CHECK(receive<receipts>(say(*owner_, atom::commit_fence_v, fence)));
}

TEST_CASE_METHOD(fence_fixture, "a fence that is not there is not found") {
  fence_id unknown{4711};
  CHECK(receive<receipts>(say(*owner_, atom::commit_fence_v, unknown)).error().code() ==
        ec::not_found);
  auto fence = begin();
  CHECK(receive<receipts>(say(*owner_, atom::commit_fence_v, unknown)).error().code() ==
        ec::not_found);
  CHECK(receive_done(say(*owner_, atom::cancel_fence_v, fence)));
  CHECK(receive_done(say(*owner_, atom::cancel_fence_v, fence)).error().code() == ec::not_found);
}

TEST_CASE_METHOD(fence_fixture, "a fence goes with the actor that began it") {
  auto fence = begin();
  submit(fence, batch({deposit("a")}));
  owner_.reset();
  run();
  auto after = post("a", 6);
  run();
  sync_all();
  CHECK(after->value().id.seq == event_seq{4});
  CHECK(cash() == ledger::amount{6});
}

TEST_CASE_METHOD(fence_fixture, "a fence ends when its time is over") {
  auto fence = begin({.timeout = std::chrono::seconds{2}});
  submit(fence, batch({deposit("a")}));
  scheduler().advance_time(std::chrono::seconds{1});
  run();
  CHECK(refused_write("k") == ec::fence_active);
  scheduler().advance_time(std::chrono::seconds{1});
  run();
  CHECK(receive<receipts>(say(*owner_, atom::commit_fence_v, fence)).error().code() ==
        ec::not_found);
  auto after = post("k");
  run();
  sync_all();
  CHECK(after->value().id.seq == event_seq{4});
}

TEST_CASE_METHOD(fence_fixture, "the status says until when a fence is active") {
  CHECK_FALSE(status().fence_until);
  auto fence = begin({.timeout = std::chrono::seconds{2}});
  CHECK(status().fence_until == timestamp{time_.now().us() + 2'000'000});
  CHECK(receive_done(say(*owner_, atom::cancel_fence_v, fence)));
  CHECK_FALSE(status().fence_until);
}

TEST_CASE_METHOD(fence_fixture, "the timeout of an old fence does not touch a new one") {
  auto old = begin({.timeout = std::chrono::seconds{2}});
  CHECK(receive_done(say(*owner_, atom::cancel_fence_v, old)));
  auto fence = begin({.timeout = std::chrono::seconds{9}});
  scheduler().advance_time(std::chrono::seconds{3});
  run();
  CHECK(receive<receipts>(say(*owner_, atom::commit_fence_v, fence)));
}

TEST_CASE_METHOD(fence_fixture, "a fence begins when everything before it is durable", "[I1]") {
  auto before = post("a");
  run();
  auto staged = post("b");
  run();
  auto beginning = say(*owner_, atom::begin_fence_v, fence_options{});
  CHECK(refused_write("c") == ec::fence_active);
  sync_all();
  CHECK(before->arrived());
  CHECK(staged->arrived());
  CHECK(receive<fence_id>(std::move(beginning)));
}

TEST_CASE_METHOD(fence_fixture, "stopping cancels a live fence") {
  auto fence = begin();
  submit(fence, batch({deposit("a")}));
  caf::anon_send(book_, atom::stop_v);
  run();
  CHECK(disk_.closed == 1);
  CHECK(disk_.waiting.empty());
}

TEST_CASE_METHOD(fence_fixture, "a fence whose batch fails has an unknown outcome", "[I2]") {
  auto fence = begin();
  submit(fence, batch({deposit("a")}));
  auto commit = say(*owner_, atom::commit_fence_v, fence);
  disk_.fail_with({ec::io, "the disk is on fire"});
  run();
  CHECK(receive<receipts>(std::move(commit)).error().code() == ec::outcome_unknown);
}

TEST_CASE_METHOD(fence_fixture, "a repeat behind a fence is answered with the first receipt",
                 "[I5]") {
  auto first = post("a");
  run();
  sync_all();
  auto fence = begin();
  auto again = submit(fence, batch({deposit("a"), deposit("b")}));
  CHECK(std::get<ledger::receipt>(again[0]).deduplicated);
  CHECK(std::get<ledger::receipt>(again[0]).id == first->value().id);
  auto commit = say(*owner_, atom::commit_fence_v, fence);
  sync_all();
  auto all = receive<receipts>(std::move(commit));
  REQUIRE(all);
  REQUIRE(all->size() == 2);
  CHECK((*all)[0].id == first->value().id);
  CHECK((*all)[1].id.seq == event_seq{5});
}

TEST_CASE_METHOD(fence_fixture, "a refused atomic batch leaves the fence as it was", "[I6]") {
  auto fence = begin();
  submit(fence, batch({deposit("a")}));
  auto bad = batch({deposit("b"), transfer("c", "assets:none", "assets:bank", 1)}, true);
  auto refused = receive<outcomes>(say(*owner_, atom::submit_v, fence, bad));
  CHECK(refused.error().code() == ec::unknown_account);
  CHECK(refused.error().get("item") == "1");
  auto commit = say(*owner_, atom::commit_fence_v, fence);
  REQUIRE(disk_.waiting.size() == 1);
  CHECK(disk_.waiting.front().batch->events == 1);
  sync_all();
  CHECK(receive<receipts>(std::move(commit))->size() == 1);
  CHECK(cash() == ledger::amount{5});
}

TEST_CASE_METHOD(fence_fixture, "a fence is not committed while its writes wait for facts") {
  durable<ledger::receipt>(deposit("a"));
  know_transaction(event_seq{4}, "a");
  auto fence = begin();
  hold_facts();
  auto reversal = batch({ledger::reversal{"r", event_seq{4}, {}, {}, {}}});
  auto waiting = say(*owner_, atom::submit_v, fence, reversal);
  auto early = receive<receipts>(say(*owner_, atom::commit_fence_v, fence));
  REQUIRE_FALSE(early);
  CHECK(early.error().code() == ec::busy);
  release_facts();
  CHECK(receive<outcomes>(std::move(waiting)));
  auto committed = say(*owner_, atom::commit_fence_v, fence);
  sync_all();
  CHECK(receive<receipts>(std::move(committed)));
  CHECK(cash() == ledger::amount{0});
}

TEST_CASE_METHOD(fence_fixture, "a write that waits for facts when its fence ends is refused") {
  durable<ledger::receipt>(deposit("a"));
  know_transaction(event_seq{4}, "a");
  auto fence = begin();
  hold_facts();
  auto reversal = batch({ledger::reversal{"r", event_seq{4}, {}, {}, {}}});
  auto waiting = say(*owner_, atom::submit_v, fence, reversal);
  REQUIRE(receive_done(say(*owner_, atom::cancel_fence_v, fence)));
  release_facts();
  auto refused = receive<outcomes>(std::move(waiting));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::not_found);
  CHECK(status().accepted == event_seq{4});
}

TEST_CASE_METHOD(fence_fixture, "an impossible timeout is refused") {
  for (auto timeout : {caf::timespan{0}, caf::timespan{-1}, caf::timespan{std::chrono::hours{2}}}) {
    auto refused = receive<fence_id>(say(*owner_, atom::begin_fence_v, fence_options{timeout}));
    CHECK(refused.error().get("field") == "timeout");
  }
}
