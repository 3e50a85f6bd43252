#include "actors/client_fence.hpp"
#include "actors/errors.hpp"
#include "actors/node_system.hpp"
#include "actors/outbox.hpp"
#include "tests/support/client_fixture.hpp"

#include <caf/event_based_actor.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

/// A node with a book that answers no write before it is told to, and every one after that.
class silent_node {
public:
  explicit silent_node(client_options how)
      : supervisor_(system_->get().spawn(
            [calls = fence_calls_, holds = holds_fences_](caf::event_based_actor* self) {
              auto book = self->spawn(silent_book, calls, holds);
              return caf::behavior{
                  [=](atom::open, const std::string&, open_mode) {
                    return caf::actor_cast<book_actor>(book);
                  },
              };
            })),
        client_(system_->get(), caf::actor_cast<supervisor_actor>(supervisor_), how),
        book_(*client_.book("bank")) {}

  ~silent_node() {
    answer_all();
    caf::anon_send_exit(caf::actor_cast<caf::actor>(book_.handle()),
                        caf::exit_reason::user_shutdown);
    caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
  }

  const client& node() const { return client_; }
  const book_client& book() const { return book_; }

  /// What the book was told about a fence; a write behind one has no answer.
  std::shared_ptr<std::vector<std::string>> fence_calls() const { return fence_calls_; }

  /// From now on a fence begins when all is answered. Before the first call.
  void hold_fences() { *holds_fences_ = true; }

  void answer_all() { caf::anon_send(caf::actor_cast<caf::actor>(book_.handle()), atom::flush_v); }

private:
  static caf::behavior silent_book(caf::event_based_actor* self,
                                   std::shared_ptr<std::vector<std::string>> fence_calls,
                                   std::shared_ptr<bool> holds_fences) {
    auto fences = std::make_shared<std::vector<caf::typed_response_promise<fence_id>>>();
    auto waiting = std::make_shared<std::vector<caf::typed_response_promise<ledger::receipt>>>();
    auto answers = std::make_shared<bool>(false);
    auto keep = [=]() -> caf::result<ledger::receipt> {
      if (*answers)
        return ledger::receipt{};
      waiting->push_back(self->make_response_promise<ledger::receipt>());
      return waiting->back();
    };
    return {
        [=](atom::commit, const ledger::transaction&) { return keep(); },
        [=](atom::commit, const ledger::write&) { return keep(); },
        [=](atom::commit,
            const std::vector<ledger::command>& xs) -> caf::result<std::vector<outcome>> {
          return std::vector<outcome>(xs.size(), outcome{ledger::receipt{}});
        },
        [=](atom::begin_fence, const fence_options&) -> caf::result<fence_id> {
          if (!*holds_fences || *answers)
            return fence_id{7};
          fences->push_back(self->make_response_promise<fence_id>());
          return fences->back();
        },
        // As the client sees it when its time is over.
        [=](atom::submit, fence_id, const write_batch&) -> caf::result<std::vector<outcome>> {
          fence_calls->push_back("submit");
          return caf::make_error(caf::sec::request_timeout);
        },
        [=](atom::commit_fence, fence_id) {
          fence_calls->push_back("commit");
          return std::vector<ledger::receipt>{};
        },
        [=](atom::cancel_fence, fence_id id) {
          fence_calls->push_back("cancel " + std::to_string(id.token));
        },
        [=](atom::flush) {
          *answers = true;
          for (auto& promise : std::exchange(*waiting, {}))
            promise.deliver(ledger::receipt{});
          for (auto& promise : std::exchange(*fences, {}))
            promise.deliver(fence_id{6});
        },
    };
  }

  std::shared_ptr<bool> holds_fences_ = std::make_shared<bool>(false);
  std::shared_ptr<std::vector<std::string>> fence_calls_ =
      std::make_shared<std::vector<std::string>>();
  std::unique_ptr<node_system> system_ = node_system::start();
  caf::actor supervisor_;
  client client_;
  book_client book_;
};

ledger::transaction any(std::string key) {
  return transfer(std::move(key), "assets:cash", "assets:bank", 1);
}

client_options small_queue() {
  client_options how;
  how.queue_items_max = 4;
  how.pressure_share = 0.5;
  return how;
}

} // namespace

// -- tickets ------------------------------------------------------------------------------------

TEST_CASE("a ticket has its answer later") {
  silent_node world{{}};
  auto first = world.book().submit(any("a"));
  auto second = world.book().submit(client_fixture::transferred("b", 1));
  CHECK_FALSE(first.try_get());
  CHECK_FALSE(second.wait_for(1ms));
  CHECK(world.node().pressure().queued == 2);
  world.answer_all();
  CHECK(first.wait());
  REQUIRE(second.wait_for(patience));
  CHECK(*second.try_get());
  CHECK(world.node().pressure().queued == 0);
}

TEST_CASE("a full client is overloaded at once", "[I12]") {
  silent_node world{small_queue()};
  std::vector<ticket> accepted;
  for (int i = 0; i < 4; ++i)
    accepted.push_back(world.book().submit(any(std::to_string(i))));
  auto pressure = world.node().pressure();
  CHECK(pressure.queued == 4);
  CHECK(pressure.capacity == 4);
  CHECK(pressure.share == 1.0);
  auto refused = world.book().submit(any("e")).try_get();
  REQUIRE(refused);
  CHECK(refused->error().code() == ec::overloaded);
  CHECK(refused->error().get("limit") == "4");
  CHECK(world.book().commit(any("f")).error().code() == ec::overloaded);
  CHECK(world.node().pressure().queued == 4);
  world.answer_all();
  for (auto& x : accepted)
    CHECK(x.wait());
  CHECK(world.node().pressure().queued == 0);
}

TEST_CASE("try_submit leaves a part of the queue to others", "[I12]") {
  silent_node world{small_queue()};
  REQUIRE(world.book().try_submit(any("a")));
  REQUIRE(world.book().try_submit(client_fixture::transferred("b", 1)));
  auto refused = world.book().try_submit(any("c"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::overloaded);
  CHECK_FALSE(world.book().submit(any("c")).try_get());
}

TEST_CASE("a message larger than the queue is the book's to judge") {
  silent_node world{small_queue()};
  std::vector<ledger::command> many(10, any("k"));
  CHECK(world.book().commit(many)->size() == 10);
  auto waiting = world.book().submit(any("a"));
  CHECK(world.book().commit(many).error().code() == ec::overloaded);
}

TEST_CASE("a ticket outlives its client") {
  auto system = node_system::start();
  auto silent = std::make_unique<silent_node>(client_options{});
  auto pending = silent->book().submit(any("a"));
  silent.reset();
  CHECK(pending.wait_for(patience));
}

// -- several at once ----------------------------------------------------------------------------

TEST_CASE_METHOD(client_fixture, "an atomic batch is all or nothing", "[I6]") {
  auto node = open();
  auto book = prepared_book(node);
  auto receipts = book.commit_atomic({transferred("a", 1), transferred("b", 2)});
  REQUIRE(receipts);
  CHECK((*receipts)[1].id.seq == (*receipts)[0].id.seq.next());
  auto refused = book.commit_atomic({transferred("c", 1), transferred("d", 2, "assets:none")});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::unknown_account);
  CHECK(refused.error().get("item") == "1");
  CHECK(book.balance("assets:cash")->balance == ledger::amount{3});
}

TEST_CASE_METHOD(client_fixture, "a batch is answered item by item") {
  auto node = open();
  auto book = prepared_book(node);
  auto stale = transferred("b", 1);
  stale.conditions = {ledger::balance_at_least{"assets:cash", ledger::amount{100}}};
  auto answers = book.commit_batch({transferred("a", 1), stale, transferred("c", 1)});
  REQUIRE(answers);
  CHECK((*answers)[0]);
  CHECK((*answers)[1].error().code() == ec::condition_failed);
  CHECK((*answers)[2]);
}

TEST_CASE_METHOD(client_fixture, "a rehearsal says what would be, and changes nothing") {
  auto node = open();
  auto book = prepared_book(node);
  auto rehearsed = book.rehearse({transferred("a", 7), transferred("b", 1, "assets:none")});
  REQUIRE(rehearsed);
  REQUIRE((*rehearsed)[0]);
  CHECK((*rehearsed)[0]->balances.at(0).value == ledger::amount{7});
  CHECK((*rehearsed)[1].error().code() == ec::unknown_account);
  CHECK(book.status()->durable == event_seq{3});
  CHECK(book.rehearse({transferred("b", 1, "assets:none")}, true).error().code() ==
        ec::unknown_account);
}

TEST_CASE_METHOD(client_fixture, "a transaction is taken back once") {
  auto node = open();
  auto book = prepared_book(node);
  auto posted = post(book, "k");
  ledger::reversal back;
  back.key = "back";
  back.of = posted.id.seq;
  REQUIRE(book.reverse(back));
  CHECK(book.balance("assets:cash")->balance == ledger::amount{0});
  back.key = "again";
  CHECK(book.reverse(back).error().code() == ec::already_reversed);
}

TEST_CASE_METHOD(client_fixture, "a closed account takes nothing until it is reopened") {
  auto node = open();
  auto book = prepared_book(node);
  REQUIRE(book.close_account({"assets:cash", false}));
  CHECK(book.commit(any("a")).error().code() == ec::account_closed);
  CHECK(book.balance("assets:cash")->closed);
  REQUIRE(book.reopen_account({"assets:cash"}));
  CHECK(book.commit(any("a")));
}

// -- fences -------------------------------------------------------------------------------------

TEST_CASE_METHOD(client_fixture, "what is written behind a fence is seen all at once", "[I7]") {
  auto node = open();
  auto book = prepared_book(node);
  auto fence = book.begin_fence();
  REQUIRE(fence);
  auto written = fence->write(transferred("a", 1));
  INFO((written ? "" : to_string(written.error())));
  REQUIRE(written);
  CHECK(fence->submit({transferred("b", 2), transferred("c", 3, "assets:none")})->size() == 2);
  CHECK(fence->submit_atomic({transferred("d", 4)}));
  CHECK(book.balance("assets:cash")->balance == ledger::amount{0});
  CHECK(book.commit(any("x")).error().code() == ec::fence_active);
  auto receipts = fence->commit();
  REQUIRE(receipts);
  CHECK(receipts->size() == 3);
  CHECK(book.balance("assets:cash")->balance == ledger::amount{7});
  CHECK(fence->commit().error().code() == ec::not_found);
  CHECK(fence->write(transferred("e", 1)).error().code() == ec::not_found);
}

TEST_CASE_METHOD(client_fixture, "a fence that goes away leaves nothing") {
  auto node = open();
  auto book = prepared_book(node);
  {
    auto fence = book.begin_fence();
    REQUIRE(fence);
    CHECK(fence->write(transferred("a", 1)));
  }
  auto again = book.begin_fence();
  REQUIRE(again);
  CHECK(again->write(transferred("a", 5)));
  REQUIRE(again->cancel());
  CHECK(again->cancel().error().code() == ec::not_found);
  CHECK(book.commit(any("a")));
  CHECK(book.status()->durable == event_seq{4});
}

TEST_CASE_METHOD(client_fixture, "a fence that is moved is one fence") {
  auto node = open();
  auto book = prepared_book(node);
  auto fence = book.begin_fence();
  REQUIRE(fence);
  auto moved = std::move(*fence);
  CHECK(moved.write(transferred("a", 1)));
  REQUIRE(moved.commit());
  CHECK(book.balance("assets:cash")->balance == ledger::amount{1});
}

TEST_CASE("a fence of which a write had no answer can only be cancelled", "[I5]") {
  silent_node world{{}};
  auto calls = world.fence_calls();
  {
    auto fence = world.book().begin_fence();
    REQUIRE(fence);
    // It may stand behind the fence, or not.
    CHECK(fence->write(client_fixture::transferred("a", 1)).error().code() == ec::outcome_unknown);
    for (auto& error : {fence->write(client_fixture::transferred("b", 1)).error(),
                        fence->submit_atomic({client_fixture::transferred("c", 1)}).error(),
                        fence->commit().error()}) {
      CHECK(error.code() == ec::invalid_argument);
      CHECK(error.get("field") == "fence");
    }
    // It is over, and everybody else can write.
    CHECK(fence->commit().error().code() == ec::not_found);
  }
  auto another = world.book().begin_fence(); // behind all of that
  REQUIRE(another);
  CHECK(*calls == std::vector<std::string>{"submit", "cancel 7"});
  CHECK(another->submit({client_fixture::transferred("a", 1)}).error().code() ==
        ec::outcome_unknown);
  auto moved = std::move(*another);
  CHECK(moved.commit().error().code() == ec::invalid_argument);
}

TEST_CASE("a fence that begins when nobody waits for it any more is cancelled at once") {
  client_options impatient;
  impatient.timeout = 50ms;
  impatient.retry_budget = 0ms;
  silent_node world{impatient};
  world.hold_fences();
  CHECK(world.book().begin_fence().error().code() == ec::io);
  world.answer_all();
  // Each answer is behind what the one before it made the client send.
  std::vector<result<write_fence>> others;
  while (others.size() < 2) {
    others.push_back(world.book().begin_fence());
    if (!others.back())
      others.clear();
  }
  auto& calls = *world.fence_calls();
  REQUIRE_FALSE(calls.empty());
  CHECK(calls.front() == "cancel 6");
}

// -- outboxes -----------------------------------------------------------------------------------

TEST_CASE_METHOD(client_fixture, "an outbox writes everything, and who caused what") {
  auto node = open();
  auto book = prepared_book(node);
  outbox box{book};
  auto opened = box.add(ledger::command{account("assets:new")});
  auto posted = box.add_because_of(opened, transferred("a", 3, "assets:new"));
  CHECK(box.size() == 2);
  CHECK(book.status()->durable == event_seq{3});
  auto receipts = box.flush();
  REQUIRE(receipts);
  CHECK(box.empty());
  auto event = book.transaction(receipts->at(posted).id);
  REQUIRE(event);
  CHECK(event->causation_id == to_string(receipts->at(opened).id));
  CHECK(event->joined);
  CHECK(box.flush()->empty());
}

TEST_CASE_METHOD(client_fixture, "an outbox that is refused can be flushed again", "[I5]") {
  auto node = open();
  auto book = prepared_book(node);
  outbox box{book};
  box.add(transferred("a", 3, "assets:late"));
  CHECK(box.flush().error().code() == ec::unknown_account);
  CHECK(box.size() == 1);
  REQUIRE(book.open_account(account("assets:late")));
  REQUIRE(box.flush());
  CHECK(box.empty());
}

TEST_CASE_METHOD(client_fixture, "an outbox that is dropped has written nothing") {
  auto node = open();
  auto book = prepared_book(node);
  {
    outbox box{book};
    box.add(transferred("a", 3));
  }
  CHECK(book.status()->accepted == event_seq{3});
}

TEST_CASE_METHOD(client_fixture, "an outbox may be flushed behind a fence") {
  auto node = open();
  auto book = prepared_book(node);
  auto fence = book.begin_fence();
  REQUIRE(fence);
  outbox box{*fence};
  box.add(transferred("a", 3));
  box.add(transferred("b", 4));
  REQUIRE(box.flush());
  CHECK(book.balance("assets:cash")->balance == ledger::amount{0});
  REQUIRE(fence->commit());
  CHECK(book.balance("assets:cash")->balance == ledger::amount{7});
}
