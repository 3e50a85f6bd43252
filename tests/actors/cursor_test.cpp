#include "actors/cursor_worker.hpp"
#include "tests/support/client_fixture.hpp"

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <vector>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

/// What a worker has been given.
class worked {
public:
  cursor_handler handler() {
    return [this](const delivery& x) {
      std::lock_guard lock{mutex_};
      for (auto& event : x.events)
        seqs_.push_back(event.receipt.id.seq.value());
      return next_step::go_on;
    };
  }

  std::vector<std::uint64_t> seqs() const {
    std::lock_guard lock{mutex_};
    return seqs_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::uint64_t> seqs_;
};

cursor_request cursor(std::string name = "mailer") {
  cursor_request x;
  x.name = std::move(name);
  return x;
}

/// Waits until a worker has dealt with an event.
void wait_until_applied(const book_client& book, event_seq seq, const std::string& who = "mailer") {
  auto reached = book.wait_for(watermark::applied, seq, patience, who);
  INFO((reached ? "" : to_string(reached.error())));
  REQUIRE(reached);
}

using seq_list = std::vector<std::uint64_t>;

} // namespace

TEST_CASE_METHOD(client_fixture, "a cursor's worker goes on where the last one ended") {
  auto node = open();
  auto book = prepared_book(node);
  worked first;
  {
    auto worker = book.run_cursor(cursor(), {}, first.handler());
    REQUIRE(worker);
    wait_until_applied(book, event_seq{3});
    CHECK(worker->position() == event_seq{3});
    CHECK(worker->lag() == 0);
  }
  CHECK(first.seqs() == seq_list{1, 2, 3});
  CHECK(book.cursors()->at(0).position == event_seq{3});
  CHECK_FALSE(book.cursors()->at(0).held);
  post(book, "k");
  worked second;
  auto worker = book.run_cursor(cursor(), {}, second.handler());
  REQUIRE(worker);
  wait_until_applied(book, event_seq{4});
  CHECK(second.seqs() == seq_list{4});
}

TEST_CASE_METHOD(client_fixture, "a cursor survives its node") {
  worked before;
  {
    auto node = open();
    auto book = prepared_book(node);
    auto worker = book.run_cursor(cursor(), {}, before.handler());
    REQUIRE(worker);
    wait_until_applied(book, event_seq{3});
  }
  worked after;
  auto node = open();
  auto book = *node.book("bank");
  post(book, "k");
  auto worker = book.run_cursor(cursor(), {}, after.handler());
  REQUIRE(worker);
  wait_until_applied(book, event_seq{4});
  CHECK(after.seqs() == seq_list{4});
}

TEST_CASE_METHOD(client_fixture, "one worker has a cursor at a time") {
  auto node = open();
  auto book = prepared_book(node);
  worked both;
  auto first = book.run_cursor(cursor(), {}, both.handler());
  REQUIRE(first);
  auto second = book.run_cursor(cursor(), {}, both.handler());
  REQUIRE_FALSE(second);
  CHECK(second.error().code() == ec::busy);
  CHECK(book.remove_cursor("mailer").error().code() == ec::busy);
  first->stop();
  CHECK(book.run_cursor(cursor(), {}, both.handler()));
}

TEST_CASE_METHOD(client_fixture, "a cursor is bound to its filter") {
  auto node = open();
  auto book = prepared_book(node);
  worked all;
  auto filtered = cursor();
  filtered.filter.account_prefixes = {"assets:bank"};
  {
    auto worker = book.run_cursor(filtered, {}, all.handler());
    REQUIRE(worker);
    wait_until_applied(book, event_seq{3});
    CHECK(all.seqs() == seq_list{3});
  }
  auto other = book.run_cursor(cursor(), {}, all.handler());
  REQUIRE_FALSE(other);
  CHECK(other.error().code() == ec::already_exists);
}

TEST_CASE_METHOD(client_fixture, "a delivery is given again until it is dealt with") {
  auto node = open();
  auto book = prepared_book(node);
  std::vector<event_seq> given;
  cursor_options options;
  options.retries = {1ms, 2ms};
  auto worker = book.run_cursor(cursor(), options, [&](const delivery& x) {
    given.push_back(x.first);
    return given.size() < 4 ? next_step::retry : next_step::stop;
  });
  REQUIRE(worker);
  REQUIRE(worker->wait());
  CHECK(given == std::vector<event_seq>(4, event_seq{1}));
  CHECK(worker->position() == event_seq{3});
  CHECK(book.cursors()->at(0).position == event_seq{3});
}

TEST_CASE_METHOD(client_fixture, "what is filtered out meanwhile is not lost to a waiting worker") {
  auto node = open();
  auto book = prepared_book(node);
  auto filtered = cursor();
  filtered.filter.account_prefixes = {"assets"};
  cursor_options options;
  options.retries = {1ms, 1ms};
  std::atomic<bool> ready{false};
  auto worker = book.run_cursor(filtered, options, [&](const delivery&) {
    return ready ? next_step::go_on : next_step::retry;
  });
  REQUIRE(worker);
  REQUIRE(book.register_asset(asset("EUR")));
  REQUIRE(book.register_asset(asset("USD")));
  ready = true;
  wait_until_applied(book, event_seq{5});
  CHECK(worker->position() == event_seq{5});
}

TEST_CASE_METHOD(client_fixture, "what a handler throws ends the worker, at what was dealt with") {
  auto node = open();
  auto book = prepared_book(node);
  cursor_options options;
  options.batch = 1;
  auto worker = book.run_cursor(cursor(), options, [&](const delivery& x) {
    if (x.last == event_seq{3})
      throw std::runtime_error{"the mail server is gone"};
    return next_step::go_on;
  });
  REQUIRE(worker);
  auto ended = worker->wait();
  REQUIRE_FALSE(ended);
  CHECK(ended.error().message().find("the mail server is gone") != std::string::npos);
  CHECK(ended.error().get("field") == "handler");
  CHECK(book.cursors()->at(0).position == event_seq{2});
  CHECK_FALSE(book.cursors()->at(0).held);
}

TEST_CASE_METHOD(client_fixture, "a position is stored when so many events have been dealt with") {
  auto node = open();
  auto book = prepared_book(node);
  worked all;
  cursor_options options;
  options.store_every_events = 3;
  options.store_every = 1h;
  auto worker = book.run_cursor(cursor(), options, all.handler());
  REQUIRE(worker);
  wait_until_applied(book, event_seq{3});
  CHECK(book.cursors()->at(0).position == event_seq{3});
  post(book, "k");
  wait_until_applied(book, event_seq{4});
  CHECK(book.cursors()->at(0).position == event_seq{3});
  worker->stop();
  CHECK(book.cursors()->at(0).position == event_seq{4});
}

TEST_CASE_METHOD(client_fixture, "a worker hears that its book was stopped") {
  auto node = open();
  auto book = prepared_book(node);
  worked all;
  auto worker = book.run_cursor(cursor(), {}, all.handler());
  REQUIRE(worker);
  wait_until_applied(book, event_seq{3});
  REQUIRE(node.stop_book("bank"));
  auto ended = worker->wait();
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code() == ec::not_found);
}

TEST_CASE_METHOD(client_fixture, "a cursor with a bad name or filter is refused") {
  auto node = open();
  auto book = prepared_book(node);
  worked all;
  CHECK(book.run_cursor(cursor("No Name"), {}, all.handler()).error().code() == ec::invalid_name);
  auto filtered = cursor();
  filtered.filter.account_prefixes = {"a::b"};
  CHECK(book.run_cursor(filtered, {}, all.handler()).error().code() == ec::invalid_argument);
}
