#include "actors/client_core.hpp"
#include "actors/client_follow.hpp"
#include "actors/errors.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/temporary_directory.hpp"

#include <caf/event_based_actor.hpp>

#include <atomic>
#include <future>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

// Real threads and a real disk, as a program that is not an actor has them.

namespace {

client open_client(const temporary_directory& directory) {
  node_options options;
  options.data = directory.path() + "/data";
  auto opened = client::open(options);
  INFO((opened ? "" : to_string(opened.error())));
  REQUIRE(opened);
  return *opened;
}

book_client prepared_book(const client& node) {
  auto book = node.book("bank");
  REQUIRE(book);
  REQUIRE(book->register_asset(asset()));
  REQUIRE(book->open_account(account("assets:cash")));
  REQUIRE(book->open_account(account("assets:bank")));
  return *book;
}

} // namespace

TEST_CASE("a client reads its own writes", "[I7]") {
  temporary_directory directory;
  auto book = prepared_book(open_client(directory));
  auto receipt = book.commit(transfer("k", "assets:cash", "assets:bank", 5));
  REQUIRE(receipt);
  CHECK(book.balance("assets:cash")->balance == ledger::amount{5});
  CHECK(book.balance("assets:cash")->updated_seq == receipt->id.seq);
  CHECK(book.accounts()->size() == 2);
  CHECK(book.accounts("assets:bank")->size() == 1);
  CHECK(book.assets()->front() == asset());
  CHECK(book.history({"assets:bank", {}, 10})->entries.size() == 1);
  CHECK(book.events({})->items.size() == 4);
  auto row = book.trial_balance()->front();
  CHECK(row.debit_balances == ledger::amount{5});
  CHECK(row.credit_balances == ledger::amount{5});
}

TEST_CASE("many threads share a client", "[I3][I5]") {
  temporary_directory directory;
  auto node = open_client(directory);
  auto book = prepared_book(node);
  std::vector<std::thread> threads;
  std::atomic<int> first_time{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        auto key = "k" + std::to_string(i);
        auto receipt = book.commit(transfer(key, "assets:cash", "assets:bank", 1));
        if (receipt && !receipt->deduplicated)
          ++first_time;
      }
    });
  for (auto& thread : threads)
    thread.join();
  CHECK(first_time == 50);
  CHECK(book.balance("assets:cash")->balance == ledger::amount{50});
  CHECK(book.status()->durable == event_seq{53});
}

TEST_CASE("a message of many writes is answered item by item") {
  temporary_directory directory;
  auto book = prepared_book(open_client(directory));
  auto answers = book.commit({transfer("a", "assets:cash", "assets:bank", 1),
                              transfer("b", "assets:cash", "assets:none", 1)});
  REQUIRE(answers);
  CHECK((*answers)[0]);
  CHECK((*answers)[1].error().code() == ec::unknown_account);
}

TEST_CASE("a client finds events by their id, their key and what they caused") {
  temporary_directory directory;
  auto book = prepared_book(open_client(directory));
  auto cause = book.commit(transfer("cause", "assets:cash", "assets:bank", 5));
  REQUIRE(cause);
  auto caused = transfer("effect", "assets:cash", "assets:bank", 6);
  caused.causation_id = to_string(cause->id);
  auto effect = book.commit(caused);
  REQUIRE(effect);
  CHECK(book.transaction(cause->id)->receipt.chain == cause->chain);
  CHECK(book.transaction_by_key("effect")->receipt.id == effect->id);
  CHECK(book.transaction_by_key("none").error().code() == ec::not_found);
  auto ancestors = book.ancestors(effect->id);
  REQUIRE(ancestors);
  REQUIRE(ancestors->size() == 1);
  CHECK(ancestors->front().receipt.id == cause->id);
}

TEST_CASE("a client reads what was") {
  temporary_directory directory;
  auto book = prepared_book(open_client(directory));
  auto first = book.commit(transfer("a", "assets:cash", "assets:bank", 5));
  REQUIRE(first);
  REQUIRE(book.commit(transfer("b", "assets:cash", "assets:bank", 6)));
  moment then{.seq = first->id.seq, .time = {}};
  CHECK(book.balance("assets:cash")->balance == ledger::amount{11});
  CHECK(book.balance("assets:cash", then)->balance == ledger::amount{5});
  CHECK(book.trial_balance(then)->front().debit_turnover == ledger::amount{5});
}

TEST_CASE("a client takes a snapshot, and hears how full the book is") {
  temporary_directory directory;
  auto book = prepared_book(open_client(directory));
  auto taken = book.snapshot();
  REQUIRE(taken);
  CHECK(taken->seq == event_seq{3});
  CHECK(taken->written);
  auto pressure = book.pressure();
  REQUIRE(pressure);
  CHECK(pressure->queued == 0);
  CHECK(pressure->capacity > 0);
}

TEST_CASE("a directory has one node at a time", "[I10]") {
  temporary_directory directory;
  auto node = open_client(directory);
  node_options options;
  options.data = directory.path() + "/data";
  auto second = client::open(options);
  REQUIRE_FALSE(second);
  CHECK(second.error().code() == ec::locked);
  CHECK(second.error().get("pid") == std::to_string(::getpid()));
}

TEST_CASE("closing a client makes its writes durable and frees the directory", "[I1]") {
  temporary_directory directory;
  std::future<book_client::write_result> last;
  {
    auto book = prepared_book(open_client(directory));
    last = book.commit_async(transfer("k", "assets:cash", "assets:bank", 5));
  }
  REQUIRE(last.get());
  auto node = open_client(directory);
  auto book = node.book("bank", open_mode::existing);
  REQUIRE(book);
  CHECK(book->balance("assets:cash")->balance == ledger::amount{5});
}

TEST_CASE("a client of a node over the network sees what a local one sees") {
  temporary_directory directory;
  auto system = node_system::start();
  node_options options;
  options.data = directory.path() + "/data";
  auto node = spawn_node(system->get(), options);
  REQUIRE(node);
  auto port = publish_node(system->get(), *node, "127.0.0.1", 0);
  REQUIRE(port);
  {
    auto remote = client::connect("127.0.0.1", *port);
    REQUIRE(remote);
    auto book = prepared_book(*remote);
    auto first = book.commit(transfer("k", "assets:cash", "assets:bank", 5));
    REQUIRE(first);
    auto again = book.commit(transfer("k", "assets:cash", "assets:bank", 5));
    REQUIRE(again);
    CHECK(again->deduplicated);
    CHECK(again->chain == first->chain);
    auto refused = book.commit(transfer("k", "assets:cash", "assets:bank", 6));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == ec::idempotency_conflict);
    CHECK(refused.error().get("key") == "k");
    CHECK(book.events({})->items.size() == 4);
    CHECK(book.history({"assets:bank", {}, 10})->entries.size() == 1);
    CHECK(remote->books()->front().name == "bank");
    CHECK(remote->book("none", open_mode::existing).error().code() == ec::not_found);
  }
  client local{system->get(), *node};
  CHECK(local.book("bank")->balance("assets:cash")->balance == ledger::amount{5});
  caf::anon_send(*node, atom::stop_v);
}

TEST_CASE("nobody at an address is an error, not a hang") {
  auto nobody = client::connect("127.0.0.1", 1);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code() == ec::io);
  CHECK(nobody.error().get("address") == "127.0.0.1:1");
}

TEST_CASE("a client may be dropped while its calls are under way") {
  temporary_directory directory;
  auto system = node_system::start();
  node_options options;
  options.data = directory.path() + "/data";
  auto node = spawn_node(system->get(), options);
  REQUIRE(node);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::future<book_client::write_result>> answers;
    {
      client dropped{system->get(), *node};
      auto book = dropped.book("bank");
      REQUIRE(book);
      for (int i = 0; i < 50; ++i)
        answers.push_back(book->commit_async(transfer("k", "a", "b", 1)));
    }
    for (auto& answer : answers)
      CHECK_FALSE(answer.get());
  }
  caf::anon_send(*node, atom::stop_v);
}

// -- options ------------------------------------------------------------------------------------

namespace {

/// A node that opens no book before it is told to.
class slow_node {
public:
  slow_node() {
    supervisor_ = system_->get().spawn([opening = opening_](caf::event_based_actor* self) {
      using books_promise = caf::typed_response_promise<std::vector<book_info>>;
      auto waiting = std::make_shared<std::vector<caf::typed_response_promise<book_actor>>>();
      auto unanswered = std::make_shared<std::vector<books_promise>>();
      return caf::behavior{
          [=](atom::open, const std::string&, open_mode) -> caf::result<book_actor> {
            waiting->push_back(self->make_response_promise<book_actor>());
            *opening = true;
            return waiting->back();
          },
          [=](atom::books) -> caf::result<std::vector<book_info>> {
            unanswered->push_back(self->make_response_promise<std::vector<book_info>>());
            return unanswered->back();
          },
          [](atom::cluster) -> caf::result<cluster_actor> {
            return to_caf({ec::not_found, "by itself"});
          },
          [=](atom::flush) {
            for (auto& promise : std::exchange(*waiting, {}))
              promise.deliver(to_caf({ec::corrupt, "after a long look at the log"}));
          },
      };
    });
  }

  ~slow_node() { caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown); }

  caf::actor_system& system() { return system_->get(); }
  supervisor_actor actor() const { return caf::actor_cast<supervisor_actor>(supervisor_); }

  void wait_until_asked() const {
    while (!*opening_)
      std::this_thread::yield();
  }

  void answer() { caf::anon_send(supervisor_, atom::flush_v); }

private:
  std::shared_ptr<std::atomic<bool>> opening_ = std::make_shared<std::atomic<bool>>(false);
  std::unique_ptr<node_system> system_ = node_system::start();
  caf::actor supervisor_;
};

/// Opens a book, and lets another call of the client run into its timeout meanwhile.
ec code_of_slow_opening(slow_node& node, const client& how) {
  auto opening = std::async(std::launch::async, [&] { return how.book("bank").error().code(); });
  node.wait_until_asked();
  CHECK(how.books().error().code() == ec::io);
  node.answer();
  return opening.get();
}

} // namespace

TEST_CASE("opening a book in this process has no timeout") {
  slow_node node;
  client_options impatient;
  impatient.timeout = impatient.open_timeout = std::chrono::milliseconds{1};
  CHECK(code_of_slow_opening(node, client{node.system(), node.actor(), impatient}) == ec::corrupt);
}

TEST_CASE("opening a book of another process has a timeout of its own") {
  slow_node node;
  auto port = publish_node(node.system(), node.actor(), "127.0.0.1", 0);
  REQUIRE(port);
  client_options how;
  how.timeout = std::chrono::milliseconds{1};
  {
    auto patient = client::connect("127.0.0.1", *port, how);
    REQUIRE(patient);
    CHECK(code_of_slow_opening(node, *patient) == ec::corrupt);
  }
  how.open_timeout = std::chrono::milliseconds{1};
  auto impatient = client::connect("127.0.0.1", *port, how);
  REQUIRE(impatient);
  CHECK(impatient->book("bank").error().code() == ec::io);
}

TEST_CASE("options that cannot be are refused and named") {
  auto refused = [](client_options how) {
    temporary_directory directory;
    node_options options;
    options.data = directory.path() + "/data";
    auto opened = client::open(options, how);
    auto connected = client::connect("127.0.0.1", 1, how);
    REQUIRE_FALSE(opened);
    REQUIRE_FALSE(connected);
    CHECK(opened.error().code() == ec::invalid_argument);
    CHECK(connected.error().code() == ec::invalid_argument);
    return opened.error().get("field") == connected.error().get("field")
               ? std::string{opened.error().get("field")}
               : "";
  };
  using std::chrono::milliseconds;
  CHECK(refused({.timeout = milliseconds{0}}) == "timeout");
  CHECK(refused({.timeout = milliseconds{-1}}) == "timeout");
  CHECK(refused({.open_timeout = milliseconds{0}}) == "open_timeout");
  CHECK(refused({.retry_budget = milliseconds{-1}}) == "retry_budget");
  CHECK(refused({.queue_items_max = 0}) == "queue_items_max");
  CHECK(refused({.pressure_share = -0.1}) == "pressure_share");
  CHECK(refused({.pressure_share = 1.1}) == "pressure_share");
  CHECK(refused({.pressure_share = std::numeric_limits<double>::quiet_NaN()}) == "pressure_share");
}

TEST_CASE("the largest options are as good as any") {
  constexpr auto for_ever = std::chrono::milliseconds::max();
  temporary_directory directory;
  node_options options;
  options.data = directory.path() + "/data";
  client_options how;
  how.timeout = how.open_timeout = how.retry_budget = for_ever;
  how.queue_items_max = std::numeric_limits<std::size_t>::max();
  how.pressure_share = 1;
  auto node = client::open(options, how);
  REQUIRE(node);
  auto book = prepared_book(*node);
  auto first = book.try_submit(transfer("a", "assets:cash", "assets:bank", 1));
  auto second = book.try_submit(transfer("b", "assets:cash", "assets:bank", 1));
  REQUIRE(first);
  REQUIRE(second);
  CHECK(second->wait());
  CHECK(book.wait_for(watermark::durable, event_seq{5}, for_ever));
  CHECK(book.wait_for(watermark::durable, event_seq{6}, for_ever).error().code() ==
        ec::invalid_argument);
  CHECK(book.wait_for(watermark::durable, event_seq{6}, std::chrono::milliseconds::min())
            .error()
            .code() == ec::invalid_argument);
  auto following = book.subscribe({}, [](const delivery&) {});
  REQUIRE(following);
  following->stop();
  CHECK(following->wait_for(for_ever));
}

TEST_CASE("who is turned away takes no room from others", "[I12]") {
  in_flight_items queue{4};
  REQUIRE(queue.admit(1));
  std::atomic<bool> is_over{false};
  std::thread too_large{[&] {
    while (!is_over)
      (void)queue.admit(10);
  }};
  int refused = 0;
  for (int i = 0; i < 1'000'000; ++i)
    if (queue.admit(1))
      queue.release(1);
    else
      ++refused;
  is_over = true;
  too_large.join();
  CHECK(refused == 0);
  CHECK(queue.count() == 1);
}
