#include "actors/errors.hpp"
#include "actors/node_system.hpp"
#include "tests/support/client_fixture.hpp"

#include <caf/event_based_actor.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

/// What a book got, message by message. The test looks when all is answered.
struct seen_by_book {
  std::vector<std::size_t> sizes;
  std::vector<std::string> keys;
  std::size_t answers_missing = 0; ///< in each answer to several
  std::size_t items_max = 100'000;
  bool read_is_urgent = false;
  bool write_is_urgent = false;
  ec answer_to_many{}; ///< zero: what each of them is answered
};

/// Answers nothing before it is told to, and everything after that; what has the key "bad" is
/// refused.
class slow_book {
public:
  static inline const char* name = "slow_book";

  slow_book(caf::event_based_actor* self, std::shared_ptr<seen_by_book> seen)
      : self_(self), seen_(std::move(seen)) {}

  caf::behavior make_behavior() {
    return {
        [this](atom::commit, const ledger::transaction& x) {
          seen_->write_is_urgent = self_->current_mailbox_element()->mid.is_urgent_message();
          return later<ledger::receipt>(1, {x.key}, ledger::receipt{});
        },
        [this](atom::commit, const ledger::write& x) {
          return later<ledger::receipt>(1, {*key_of(x.what)}, ledger::receipt{});
        },
        [this](atom::commit,
               const std::vector<ledger::command>& xs) -> caf::result<std::vector<outcome>> {
          if (xs.size() > seen_->items_max)
            return to_caf(
                {ec::limit_exceeded,
                 "split it",
                 {{"what", "message_items"}, {"limit", std::to_string(seen_->items_max)}}});
          if (seen_->answer_to_many != ec{})
            return to_caf({seen_->answer_to_many, "one of them could not be looked up"});
          std::vector<std::string> keys;
          std::vector<outcome> outcomes;
          for (auto& x : xs) {
            keys.push_back(*key_of(x));
            ledger::receipt receipt;
            receipt.id = {book_id{1}, event_seq{keys.size()}};
            outcomes.emplace_back(receipt);
            if (keys.back() == "bad")
              outcomes.back() = error{ec::unbalanced, "refused"};
          }
          outcomes.resize(outcomes.size() - seen_->answers_missing);
          return later<std::vector<outcome>>(xs.size(), std::move(keys), std::move(outcomes));
        },
        [this](atom::balance, const std::string&) {
          seen_->read_is_urgent = self_->current_mailbox_element()->mid.is_urgent_message();
          return account_view{};
        },
        [this](atom::flush) {
          answers_ = true;
          for (auto& answer : std::exchange(waiting_, {}))
            answer();
        },
    };
  }

private:
  template <class Answer>
  caf::result<Answer> later(std::size_t size, std::vector<std::string> keys, Answer x) {
    seen_->sizes.push_back(size);
    seen_->keys.insert(seen_->keys.end(), keys.begin(), keys.end());
    if (answers_)
      return x;
    auto promise = self_->make_response_promise<Answer>();
    waiting_.emplace_back([promise, x]() mutable { promise.deliver(std::move(x)); });
    return promise;
  }

  caf::event_based_actor* self_;
  std::shared_ptr<seen_by_book> seen_;
  std::vector<std::function<void()>> waiting_;
  bool answers_ = false;
};

struct slow_node {
  slow_node() {
    auto behind = system->get().spawn<caf::stateful_actor<slow_book>>(seen);
    book_itself = behind;
    supervisor = system->get().spawn([behind](caf::event_based_actor*) {
      return caf::behavior{
          [=](atom::open, const std::string&, open_mode) {
            return caf::actor_cast<book_actor>(behind);
          },
      };
    });
    node = std::make_unique<client>(system->get(), caf::actor_cast<supervisor_actor>(supervisor));
    book = std::make_unique<book_client>(*node->book("bank"));
  }

  ~slow_node() {
    book.reset();
    node.reset();
    caf::anon_send_exit(book_itself, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
  }

  ticket submit(std::string key) {
    return book->submit(transfer(std::move(key), "assets:cash", "assets:bank", 1));
  }

  std::vector<ticket> submit_many(std::size_t from, std::size_t to) {
    std::vector<ticket> tickets;
    for (auto n = from; n < to; ++n)
      tickets.push_back(submit(std::to_string(n)));
    return tickets;
  }

  /// Everything that was submitted has gone through the client's gateway, and then is answered.
  void answer_all() {
    REQUIRE(node->book("bank"));
    caf::anon_send(book_itself, atom::flush_v);
  }

  std::shared_ptr<seen_by_book> seen = std::make_shared<seen_by_book>();
  std::unique_ptr<node_system> system = node_system::start();
  caf::actor book_itself;
  caf::actor supervisor;
  std::unique_ptr<client> node;
  std::unique_ptr<book_client> book;
};

using sizes = std::vector<std::size_t>;

constexpr std::size_t alone = 16; ///< messages without an answer before transactions wait

std::vector<std::string> numbers(std::size_t to) {
  std::vector<std::string> keys;
  for (std::size_t n = 0; n < to; ++n)
    keys.push_back(std::to_string(n));
  return keys;
}

} // namespace

TEST_CASE("few transactions in flight have a message each") {
  slow_node world;
  auto tickets = world.submit_many(0, alone);
  world.answer_all();
  for (auto& x : tickets)
    CHECK(x.wait());
  CHECK(world.seen->sizes == sizes(alone, 1));
}

TEST_CASE("many transactions in flight share a message, in order, with an answer each") {
  slow_node world;
  auto tickets = world.submit_many(0, 100);
  world.answer_all();
  for (std::size_t n = 0; n < tickets.size(); ++n) {
    auto answer = tickets[n].wait();
    REQUIRE(answer);
    if (n >= alone)
      CHECK(answer->id.seq == event_seq{n - alone + 1});
  }
  auto expected = sizes(alone, 1);
  expected.push_back(100 - alone);
  CHECK(world.seen->sizes == expected);
  CHECK(world.seen->keys == numbers(100));
  CHECK(world.node->pressure().queued == 0);
}

TEST_CASE("a refusal of one does not touch those beside it") {
  slow_node world;
  auto before = world.submit_many(0, alone + 1);
  auto bad = world.submit("bad");
  auto after = world.submit("after");
  world.answer_all();
  CHECK(bad.wait().error().code() == ec::unbalanced);
  CHECK(before.back().wait());
  CHECK(after.wait());
  CHECK(world.seen->sizes.back() == 3);
}

TEST_CASE("what waits goes before anything else that is sent to the book") {
  slow_node world;
  auto tickets = world.submit_many(0, alone + 4);
  auto other = world.book->submit(client_fixture::transferred("other", 1));
  world.answer_all();
  CHECK(other.wait());
  for (auto& x : tickets)
    CHECK(x.wait());
  auto expected = numbers(alone + 4);
  expected.emplace_back("other");
  CHECK(world.seen->keys == expected);
}

TEST_CASE("who asks what is there now does not wait behind writes") {
  slow_node world;
  auto tickets = world.submit_many(0, alone);
  CHECK(world.book->balance("assets:cash"));
  world.answer_all();
  for (auto& x : tickets)
    CHECK(x.wait());
  CHECK(world.seen->read_is_urgent);
  CHECK_FALSE(world.seen->write_is_urgent);
}

TEST_CASE("two handles of a book keep one order") {
  slow_node world;
  auto second = world.node->book("bank");
  REQUIRE(second);
  auto tickets = world.submit_many(0, alone + 4);
  auto other = second->submit(client_fixture::transferred("other", 1));
  world.answer_all();
  CHECK(other.wait());
  CHECK(world.seen->keys.size() == alone + 5);
  CHECK(world.seen->keys.back() == "other");
}

TEST_CASE("a book that takes fewer in a message refuses none for it") {
  slow_node world;
  world.seen->items_max = 2;
  auto tickets = world.submit_many(0, alone + 3);
  world.answer_all();
  for (std::size_t n = 0; n < alone; ++n)
    CHECK(tickets[n].wait());
  for (auto n = alone; n < tickets.size(); ++n)
    CHECK(tickets[n].wait().error().code() == ec::overloaded);
}

TEST_CASE("a message of which one cannot be looked up fails nobody else in it", "[I5]") {
  slow_node world;
  world.seen->answer_to_many = GENERATE(ec::io, ec::corrupt);
  auto tickets = world.submit_many(0, alone + 3);
  world.answer_all();
  for (auto& x : tickets)
    CHECK(x.wait());
  CHECK(world.seen->sizes == sizes(alone + 3, 1));
  CHECK(world.seen->keys == numbers(alone + 3));
}

TEST_CASE("a message that the book refuses as one is not asked again in parts") {
  slow_node world;
  world.seen->answer_to_many = GENERATE(ec::overloaded, ec::fence_active, ec::read_only);
  auto tickets = world.submit_many(0, alone + 3);
  world.answer_all();
  for (auto n = alone; n < tickets.size(); ++n)
    CHECK(tickets[n].wait().error().code() == world.seen->answer_to_many);
  CHECK(world.seen->sizes == sizes(alone, 1));
}

TEST_CASE("a message holds no more than a thousand transactions", "[I12]") {
  slow_node world;
  auto tickets = world.submit_many(0, alone + 1'500);
  world.answer_all();
  for (auto& x : tickets)
    CHECK(x.wait());
  auto expected = sizes(alone, 1);
  expected.insert(expected.end(), {1'000, 500});
  CHECK(world.seen->sizes == expected);
  CHECK(world.seen->keys == numbers(alone + 1'500));
}

TEST_CASE("an answer that is missing is an unknown outcome", "[I1]") {
  slow_node world;
  world.seen->answers_missing = 1;
  auto tickets = world.submit_many(0, alone + 3);
  world.answer_all();
  CHECK(tickets[alone].wait());
  CHECK(tickets[alone + 1].wait());
  CHECK(tickets[alone + 2].wait().error().code() == ec::outcome_unknown);
}

TEST_CASE("transactions that wait when the client is closed are answered") {
  slow_node world;
  auto tickets = world.submit_many(0, alone + 3);
  REQUIRE(world.node->book("bank"));
  world.book.reset();
  world.node.reset();
  for (auto& x : tickets)
    CHECK(x.wait().error().code() == ec::outcome_unknown);
}

TEST_CASE_METHOD(client_fixture, "transactions in flight together are all there, once each") {
  auto node = open();
  auto book = prepared_book(node);
  std::vector<ticket> tickets;
  for (int n = 0; n < 500; ++n)
    tickets.push_back(
        book.submit(transfer(std::to_string(n % 400), "assets:cash", "assets:bank", 1)));
  std::size_t repeats = 0;
  for (auto& x : tickets) {
    auto answer = x.wait();
    REQUIRE(answer);
    repeats += answer->deduplicated;
  }
  CHECK(repeats == 100);
  CHECK(book.balance("assets:cash")->balance == ledger::amount{400});
}

TEST_CASE_METHOD(client_fixture, "what was submitted before the node is stopped is durable",
                 "[I1]") {
  constexpr int count = 1'000;
  std::vector<ticket> tickets;
  {
    auto node = open();
    auto book = prepared_book(node);
    for (int n = 0; n < count; ++n)
      tickets.push_back(book.submit(transfer(std::to_string(n), "assets:cash", "assets:bank", 1)));
  }
  for (auto& x : tickets)
    CHECK(x.wait());
  auto book = open().book("bank");
  REQUIRE(book);
  CHECK(book->balance("assets:cash")->balance == ledger::amount{count});
}
