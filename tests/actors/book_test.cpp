#include "tests/support/book_fixture.hpp"

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

class three_events_book : public book_fixture {
public:
  three_events_book() : book_fixture({.events_max = 3, .bytes_max = 1'000'000}) {}
};

class one_byte_book : public book_fixture {
public:
  one_byte_book() : book_fixture({.events_max = 1'000, .bytes_max = 1}) {}
};

} // namespace

TEST_CASE_METHOD(book_fixture, "a write is answered once its batch is durable", "[I1][I7]") {
  auto answer = post("k1");
  run();
  REQUIRE(disk_.waiting.size() == 1);
  CHECK_FALSE(answer->arrived());
  CHECK(cash() == ledger::amount{0});
  disk_.succeed();
  run();
  auto& receipt = answer->value();
  CHECK(receipt.id == transaction_id{book_id{7}, event_seq{4}});
  CHECK(receipt.epoch == writer_epoch{3});
  CHECK(receipt.committed_at == time_.now());
  CHECK(receipt.chain == chain_hash{std::byte{7}});
  CHECK_FALSE(receipt.deduplicated);
  CHECK(cash() == ledger::amount{5});
}

TEST_CASE_METHOD(book_fixture, "writes that wait in the mailbox share one batch") {
  std::vector<std::shared_ptr<pending_answer<ledger::receipt>>> answers;
  for (int i = 0; i < 100; ++i)
    answers.push_back(post("k" + std::to_string(i)));
  run();
  REQUIRE(disk_.waiting.size() == 1);
  sync_all();
  for (auto& answer : answers)
    CHECK(answer->arrived());
  // Three to set up. Which client comes first is the scheduler's choice: a write may go ahead.
  CHECK(status().batches <= 3 + 2);
  CHECK(status().events == 3 + 100);
}

TEST_CASE_METHOD(book_fixture, "the next batch is staged while one is on the disk", "[I1][I3]") {
  auto first = post("k1");
  run();
  auto second = post("k2");
  auto third = post("k3");
  run();
  REQUIRE(disk_.waiting.size() == 1);
  disk_.succeed();
  run();
  CHECK(first->arrived());
  CHECK_FALSE(second->arrived());
  REQUIRE(disk_.waiting.size() == 1);
  CHECK(disk_.waiting.front().batch->info.first_seq == event_seq{5});
  CHECK(disk_.waiting.front().batch->events == 2);
  disk_.succeed();
  run();
  CHECK(second->value().id.seq.value() + third->value().id.seq.value() == 5 + 6);
}

TEST_CASE_METHOD(book_fixture, "a refusal waits for the writes it rests on", "[I7]") {
  auto first = post("k1", 5);
  run();
  auto conflict = post("k1", 6);
  auto duplicate = post("k1", 5);
  auto unknown = commit<ledger::receipt>(transfer("k2", "assets:none", "assets:cash", 1));
  run();
  CHECK_FALSE(conflict->arrived());
  CHECK_FALSE(duplicate->arrived());
  CHECK_FALSE(unknown->arrived());
  disk_.succeed();
  run();
  CHECK(disk_.waiting.empty());
  CHECK(conflict->refused().code() == ec::idempotency_conflict);
  CHECK(conflict->refused().get("key") == "k1");
  CHECK(duplicate->value().deduplicated);
  CHECK(duplicate->value().id == first->value().id);
  CHECK(unknown->refused().code() == ec::unknown_account);
  CHECK(unknown->refused().get("account") == "assets:none");
}

TEST_CASE_METHOD(book_fixture, "a refusal that rests on durable state is answered at once") {
  auto unknown = commit<ledger::receipt>(transfer("k2", "assets:none", "assets:cash", 1));
  run();
  CHECK(unknown->refused().code() == ec::unknown_account);
  CHECK(disk_.waiting.empty());
}

TEST_CASE_METHOD(book_fixture, "the items of a message are answered in their order", "[I3][I6]") {
  std::vector<ledger::command> xs{transfer("a", "assets:cash", "assets:bank", 1),
                                  transfer("b", "assets:cash", "assets:none", 1),
                                  account("assets:new"),
                                  transfer("c", "assets:new", "assets:bank", 1),
                                  transfer("a", "assets:cash", "assets:bank", 1)};
  auto answer = commit<std::vector<outcome>>(std::move(xs));
  run();
  disk_.succeed();
  run();
  auto& outcomes = answer->value();
  REQUIRE(outcomes.size() == 5);
  CHECK(std::get<ledger::receipt>(outcomes[0]).id.seq == event_seq{4});
  CHECK(std::get<error>(outcomes[1]).code() == ec::unknown_account);
  CHECK(std::get<ledger::receipt>(outcomes[2]).id.seq == event_seq{5});
  CHECK(std::get<ledger::receipt>(outcomes[3]).id.seq == event_seq{6});
  CHECK(std::get<ledger::receipt>(outcomes[4]).deduplicated);
  CHECK(std::get<ledger::receipt>(outcomes[4]).id.seq == event_seq{4});
}

TEST_CASE_METHOD(book_fixture, "an empty message is answered with nothing") {
  auto answer = commit<std::vector<outcome>>(std::vector<ledger::command>{});
  run();
  CHECK(answer->value().empty());
  CHECK(disk_.waiting.empty());
}

TEST_CASE_METHOD(book_fixture, "a failed write ends the book, its outcome unknown", "[I2]") {
  auto on_disk = post("k1");
  run();
  auto staged = post("k2");
  run();
  auto repeated = post("k1");
  run();
  disk_.fail_with({ec::io, "the disk is on fire", {{"errno", "EIO"}}});
  run();
  // The repeat is of what may be durable; what was only staged is surely not.
  for (auto& answer : {on_disk, repeated}) {
    CHECK(answer->refused().code() == ec::outcome_unknown);
    CHECK(answer->refused().get("errno") == "EIO");
  }
  CHECK(staged->refused().code() == ec::restarting);
  auto late = post("k3");
  run();
  CHECK(late->refused().code() == ec::restarting);
  CHECK(disk_.waiting.empty());
}

TEST_CASE_METHOD(three_events_book, "a book turns writes away past its limit, and loses none",
                 "[I12]") {
  auto on_disk = post("k0");
  run();
  std::vector<std::shared_ptr<pending_answer<ledger::receipt>>> answers;
  for (int i = 1; i <= 5; ++i)
    answers.push_back(post("k" + std::to_string(i)));
  run();
  auto turned_away = 0;
  for (auto& answer : answers)
    if (answer->arrived()) {
      ++turned_away;
      CHECK(answer->refused().code() == ec::overloaded);
      CHECK(answer->refused().get("limit") == "3");
    }
  CHECK(turned_away == 2);
  sync_all();
  for (auto& answer : answers)
    CHECK(answer->arrived());
  CHECK(status().durable == event_seq{3 + 1 + 3});
  CHECK(status().overloaded == 2);
}

TEST_CASE_METHOD(three_events_book, "refusals that wait have a bound too", "[I12]") {
  auto on_disk = post("k0");
  run();
  std::vector<std::shared_ptr<pending_answer<ledger::receipt>>> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(post("k0", 6));
  run();
  auto turned_away = std::ranges::count_if(
      answers, [](auto& x) { return x->arrived() && x->refused().code() == ec::overloaded; });
  CHECK(turned_away == 20 + 1 - 4 * 3);
  sync_all();
  for (auto& answer : answers)
    CHECK(answer->arrived());
}

TEST_CASE_METHOD(one_byte_book, "a write that finds the batch full is turned away at once",
                 "[I12]") {
  auto on_disk = post("k0");
  run();
  auto staged = post("k1");
  run();
  auto refused = post("k2");
  run();
  CHECK(refused->refused().code() == ec::overloaded);
  sync_all();
  CHECK(staged->arrived());
}

TEST_CASE_METHOD(one_byte_book, "a batch that is full of bytes takes no more", "[I12]") {
  std::vector<ledger::command> xs{transfer("a", "assets:cash", "assets:bank", 1),
                                  transfer("b", "assets:cash", "assets:bank", 1)};
  auto answer = commit<std::vector<outcome>>(xs);
  run();
  sync_all();
  auto& outcomes = answer->value();
  CHECK(std::holds_alternative<ledger::receipt>(outcomes[0]));
  CHECK(std::get<error>(outcomes[1]).code() == ec::overloaded);
  auto again = commit<std::vector<outcome>>(xs);
  run();
  sync_all();
  CHECK(std::get<ledger::receipt>(again->value()[0]).deduplicated);
  CHECK_FALSE(std::get<ledger::receipt>(again->value()[1]).deduplicated);
}

TEST_CASE_METHOD(book_fixture, "commit times do not run backwards", "[I4]") {
  time_.set(timestamp{5'000'000});
  auto late = post("k1");
  run();
  disk_.succeed();
  run();
  time_.set(timestamp{4'000'000});
  auto earlier = post("k2");
  run();
  disk_.succeed();
  run();
  CHECK(late->value().committed_at == timestamp{5'000'000});
  CHECK(earlier->value().committed_at == timestamp{5'000'000});
}

TEST_CASE_METHOD(book_fixture, "stopping answers what was accepted and closes the log") {
  auto accepted = post("k1");
  run();
  auto staged = post("k2");
  run();
  auto stop = std::make_shared<bool>(false);
  clients_.push_back(system_.spawn([this, stop](caf::event_based_actor* self) {
    self->request(book_, caf::infinite, atom::stop_v).then([stop] { *stop = true; });
  }));
  run();
  auto refused = post("k3");
  run();
  CHECK(refused->refused().code() == ec::restarting);
  CHECK_FALSE(*stop);
  disk_.succeed();
  run();
  disk_.succeed();
  run();
  CHECK(accepted->arrived());
  CHECK_FALSE(staged->value().deduplicated);
  CHECK(*stop);
  CHECK(disk_.closed == 1);
}

TEST_CASE_METHOD(book_fixture, "accounts are listed in pages, by whole parts of their paths") {
  durable<ledger::receipt>(account("assets:cash:till"));
  durable<ledger::receipt>(account("assets:cashless"));
  auto page =
      ask<accounts_page>(book_, atom::accounts_v, accounts_query{"assets:cash", account_no{0}, 3});
  run();
  REQUIRE(page->value().items.size() == 2);
  CHECK(page->value().items[0].definition.path == "assets:cash");
  CHECK(page->value().items[1].definition.path == "assets:cash:till");
  REQUIRE(page->value().next == account_no{3});
  auto rest =
      ask<accounts_page>(book_, atom::accounts_v, accounts_query{"assets:cash", account_no{3}, 3});
  run();
  CHECK(rest->value().items.empty());
  CHECK_FALSE(rest->value().next);
}

TEST_CASE_METHOD(book_fixture, "a wait for what is written ends when the batch is on its way") {
  auto first = post("a");
  run();
  auto second = post("b"); // waits for the first batch
  run();
  auto wait = ask<frontier>(book_, atom::wait_for_v, watermark::written, std::string{},
                            event_seq{5}, caf::timespan{std::chrono::seconds{9}});
  run();
  CHECK_FALSE(wait->arrived());
  disk_.succeed();
  run();
  CHECK(wait->arrived());
  CHECK_FALSE(second->arrived());
}

TEST_CASE_METHOD(book_fixture, "stopping answers repeats whose first receipts are being fetched") {
  durable<ledger::receipt>(transfer("a", "assets:cash", "assets:bank", 5));
  hold_receipts();
  auto repeat = post("a");
  run();
  auto stopped = ask_done(book_, atom::stop_v);
  run();
  CHECK_FALSE(stopped->arrived());
  CHECK(disk_.closed == 0);
  release_receipts();
  CHECK(repeat->value().deduplicated);
  CHECK(stopped->arrived());
}

namespace {

/// Fills a book while its disk is busy.
class filling_book : public book_fixture {
public:
  explicit filling_book(batch_limits bounds) : book_fixture(bounds) {
    (void)post("on the disk");
    run();
  }

  book_pressure pressure() {
    auto answer = ask<book_pressure>(book_, atom::pressure_v);
    run();
    return answer->value();
  }

  /// Writes until one is turned away: the book says that it is full before that one, and not before
  /// any other. Returns what filled it.
  template <class Write>
  book_pressure fill(Write write) {
    for (int i = 0;; ++i) {
      REQUIRE(i < 100);
      auto before = pressure();
      auto answer = write("k" + std::to_string(i));
      run();
      auto is_refused = answer->arrived() && answer->refused().code() == ec::overloaded;
      CHECK(is_refused == (before.queued >= before.capacity));
      CHECK(is_refused == (before.share >= 1));
      if (is_refused)
        return before;
    }
  }
};

class book_of_few_events : public filling_book {
public:
  book_of_few_events() : filling_book({.events_max = 4, .bytes_max = 1'000'000}) {}
};

class book_of_few_bytes : public filling_book {
public:
  book_of_few_bytes() : filling_book({.events_max = 1'000, .bytes_max = 300}) {}
};

} // namespace

TEST_CASE_METHOD(book_of_few_events, "a book that is full of events says so", "[I12]") {
  auto full = fill([this](std::string key) { return post(std::move(key)); });
  CHECK(full.what == "events");
  CHECK(full.queued == 4);
}

TEST_CASE_METHOD(book_of_few_bytes, "a book that is full of bytes says so", "[I12]") {
  auto full = fill([this](std::string key) { return post(std::move(key)); });
  CHECK(full.what == "bytes");
  CHECK(full.capacity == 300);
}

TEST_CASE_METHOD(book_of_few_events, "a book that is full of refusals says so", "[I12]") {
  auto full = fill([this](std::string key) {
    return commit<ledger::receipt>(transfer(std::move(key), "assets:cash", "assets:none", 1));
  });
  CHECK(full.what == "answers");
  CHECK(full.queued == 16);
}
