#include "tests/support/follow_fixture.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <rapidcheck.h>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

TEST_CASE_METHOD(follow_fixture, "a subscription delivers what is there and then what comes",
                 "[I7]") {
  book.add({plain(), plain()});
  follow(100);
  CHECK(got->seqs() == seq_list{1, 2});
  CHECK(got->deliveries[0].durable == event_seq{2});
  add({plain()});
  add({plain(), plain()});
  CHECK(got->seqs() == seq_list{1, 2, 3, 4, 5});
  CHECK(is_contiguous(got->deliveries, event_seq{1}));
  CHECK(got->ended.empty());
}

TEST_CASE_METHOD(follow_fixture, "an event is delivered as a reader sees it") {
  book.add({of_customer()});
  follow(1);
  auto& event = got->deliveries.at(0).events.at(0);
  CHECK(event.receipt.id == transaction_id{book.id, event_seq{1}});
  CHECK(event.receipt.committed_at == timestamp{17});
  CHECK(event.receipt.chain == chain_hash{std::byte{9}});
  auto& posted = std::get<ledger::transaction>(event.content);
  CHECK(posted.postings.at(1).account == "liabilities:customers:15");
  CHECK(posted.postings.at(1).asset == "CZK");
}

TEST_CASE_METHOD(follow_fixture, "a subscription may begin in the middle") {
  book.add(many(5));
  follow(100, event_seq{3});
  CHECK(got->seqs() == seq_list{3, 4, 5});
  CHECK(is_contiguous(got->deliveries, event_seq{3}));
}

TEST_CASE_METHOD(follow_fixture, "a subscription may begin with the next event") {
  book.add(many(2));
  follow(100, event_seq{3});
  CHECK(got->deliveries.empty());
  add({plain()});
  CHECK(got->seqs() == seq_list{3});
}

TEST_CASE_METHOD(follow_fixture, "a subscription does not begin within a unit", "[I7]") {
  book.add({plain(), plain(), joined(), joined(), plain()});
  auto is_in_memory = GENERATE(true, false);
  if (!is_in_memory)
    book.forget_memory();
  follow(100, event_seq{4});
  CHECK(got->deliveries.empty());
  REQUIRE(got->ended.size() == 1);
  CHECK(got->ended[0].code() == ec::invalid_argument);
  CHECK(got->ended[0].get("field") == "from");
}

// -- credit -------------------------------------------------------------------------------------

TEST_CASE_METHOD(follow_fixture, "no more is delivered than there is credit for", "[I12]") {
  book.add(many(5));
  follow(2);
  CHECK(got->seqs() == seq_list{1, 2});
  grant(1);
  CHECK(got->seqs() == seq_list{1, 2, 3});
  grant(10);
  CHECK(got->seqs() == seq_list{1, 2, 3, 4, 5});
}

TEST_CASE_METHOD(follow_fixture, "without credit the book is not asked", "[I12]") {
  book.add(many(1));
  follow(1);
  auto asked = tails;
  add(many(1));
  add(many(1));
  CHECK(tails == asked);
  grant(1);
  CHECK(tails > asked);
  CHECK(got->seqs() == seq_list{1, 2});
}

TEST_CASE_METHOD(follow_fixture, "without credit the book's memory is let go of", "[I12]") {
  book.add(many(5));
  follow(2);
  CHECK_FALSE(book.is_held_by_others());
  grant(2);
  CHECK_FALSE(book.is_held_by_others());
  CHECK(got->seqs() == seq_list{1, 2, 3, 4});
}

TEST_CASE_METHOD(follow_fixture, "a unit is whole and overdraws the credit once") {
  book.add({plain(), plain(), joined(), joined(), plain()});
  follow(2);
  CHECK(got->seqs() == seq_list{1, 2, 3, 4});
  grant(2);
  CHECK(got->seqs() == seq_list{1, 2, 3, 4});
  grant(1);
  CHECK(got->seqs() == seq_list{1, 2, 3, 4, 5});
}

TEST_CASE_METHOD(follow_fixture, "units are whole when they come from the log") {
  book.add({plain(), plain(), joined(), joined(), plain()});
  book.forget_memory();
  follow(2);
  CHECK(got->seqs() == seq_list{1, 2, 3, 4});
  CHECK(got->deliveries.size() == 1);
  grant(3);
  CHECK(got->seqs() == seq_list{1, 2, 3, 4, 5});
}

TEST_CASE_METHOD(follow_fixture, "a delivery has a bounded number of events", "[I12]") {
  book.add(many(2'500));
  follow(10'000);
  CHECK(got->seqs() == seqs_from(1, 2'500));
  for (auto& x : got->deliveries)
    CHECK(x.events.size() <= delivery_events_max);
  CHECK(is_contiguous(got->deliveries, event_seq{1}));
}

TEST_CASE_METHOD(follow_fixture, "the reader is asked for what there is credit for", "[I12]") {
  book.add(many(100));
  book.forget_memory();
  follow(7);
  CHECK(got->seqs() == seqs_from(1, 7));
  CHECK(limits == std::vector<std::uint32_t>{7});
  grant(3);
  CHECK(got->seqs() == seqs_from(1, 10));
  CHECK(limits == std::vector<std::uint32_t>{7, 3});
}

TEST_CASE_METHOD(follow_fixture, "what a filter held back is not read again and again", "[I12]") {
  for (int i = 0; i < 2'000; ++i)
    book.add({plain(), plain(), plain(), of_customer()});
  book.forget_memory();
  follow(customers_only(1));
  for (int i = 1; i < 100; ++i)
    grant(1);
  CHECK(got->seqs().size() == 100);
  CHECK(is_contiguous(got->deliveries, event_seq{1}));
  // 400 events were looked at; what was read and could not be delivered is less than they.
  std::uint64_t read = 0;
  for (auto limit : limits)
    read += limit;
  CHECK(read < 3 * 400 + 2 * delivery_events_max);
  grant(10'000);
  CHECK(got->seqs().size() == 2'000);
}

// -- from the log -------------------------------------------------------------------------------

TEST_CASE_METHOD(follow_fixture, "a subscription catches up from the log and goes on live") {
  book.add(many(15'000));
  book.add(many(10'000));
  book.forget_memory();
  follow(100'000);
  CHECK(pages == 3);
  CHECK(got->seqs() == seqs_from(1, 25'000));
  add(many(3));
  CHECK(pages == 3);
  CHECK(got->seqs() == seqs_from(1, 25'003));
  CHECK(is_contiguous(got->deliveries, event_seq{1}));
}

TEST_CASE_METHOD(follow_fixture, "a slow subscriber falls back to the log") {
  book.add(many(5));
  follow(2);
  add(many(5));
  book.forget_memory();
  add(many(2));
  grant(100);
  CHECK(pages == 1);
  CHECK(got->seqs() == seqs_from(1, 12));
  CHECK(is_contiguous(got->deliveries, event_seq{1}));
}

TEST_CASE_METHOD(follow_fixture, "a subscription ends when the log cannot be read", "[I8]") {
  book.add(many(5));
  book.forget_memory();
  reads_fail = true;
  follow(2);
  REQUIRE(got->ended.size() == 1);
  CHECK(got->ended[0].code() == ec::corrupt);
  CHECK(got->ended[0].get("file") == "f");
}

// -- ends ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(follow_fixture, "a subscription ends with its subscriber") {
  follow(10);
  end(subscriber_);
  auto asked = tails;
  add(many(1));
  CHECK(tails == asked);
  auto answer = tell(subscription_, atom::credit_v, std::uint32_t{1});
  run();
  CHECK(answer->refused().code() == ec::restarting);
}

TEST_CASE_METHOD(follow_fixture, "a subscriber hears that the book failed, and of what") {
  book.add(many(3));
  follow(10);
  end(feed_, to_caf({ec::io, "the disk is full", {{"errno", "28"}}}));
  REQUIRE(got->ended.size() == 1);
  CHECK(got->ended[0].code() == ec::io);
  CHECK(got->ended[0].get("errno") == "28");
}

TEST_CASE_METHOD(follow_fixture, "a subscriber hears that the book was stopped") {
  book.add(many(3));
  follow(10);
  end(feed_, caf::exit_reason::user_shutdown);
  REQUIRE(got->ended.size() == 1);
  CHECK(got->ended[0].code() == ec::not_found);
  CHECK(got->ended[0].get("what") == "bank");
}

TEST_CASE_METHOD(follow_fixture,
                 "a subscriber that answers with an error hears that this was the end") {
  refuses = true;
  book.add(many(3));
  follow(2);
  REQUIRE(got->ended.size() == 1);
  CHECK(got->ended[0].message() == "the subscriber does not like it");
  add(many(1));
  grant(9);
  CHECK(got->seqs() == seq_list{1, 2});
}

TEST_CASE_METHOD(follow_fixture, "nothing is delivered after a cancel is answered") {
  book.add(many(5'000));
  follow(1);
  caf::anon_send(subscription_, atom::credit_v, std::uint32_t{100'000});
  auto answer = tell(subscription_, atom::cancel_v);
  while (!answer->arrived())
    REQUIRE(scheduler().try_run_once());
  run();
  CHECK(got->seqs().size() < 5'000);
  CHECK(got->ended.empty());
}

// -- what is refused ----------------------------------------------------------------------------

TEST_CASE("a subscription that cannot be served is refused") {
  auto refused = [](auto change) {
    subscription x;
    change(x);
    auto checked = check(x, event_seq{3});
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code() == ec::invalid_argument);
    return std::string{checked.error().get("field")};
  };
  CHECK(refused([](auto& x) { x.credit = 0; }) == "credit");
  CHECK(refused([](auto& x) { x.from = event_seq{5}; }) == "from");
  CHECK(refused([](auto& x) { x.mode = delivery_mode{9}; }) == "mode");
  CHECK(refused([](auto& x) { x.filter.kinds = {event_kind{6}}; }) == "filter.kinds");
  CHECK(refused([](auto& x) { x.filter.account_prefixes = {"a::b"}; }) ==
        "filter.account_prefixes");
  CHECK(refused([](auto& x) { x.filter.account_prefixes.assign(filter_prefixes_max + 1, "a"); }) ==
        "filter.account_prefixes");
}

TEST_CASE("a subscription that can be served is not") {
  subscription x;
  x.from = event_seq{4};
  x.filter.kinds = {event_kind::account_reopened};
  x.filter.account_prefixes = {"", "assets:", "assets:cash"};
  CHECK(check(x, event_seq{3}));
  x.mode = delivery_mode::lossy;
  x.from = event_seq{99};
  CHECK(check(x, event_seq{3}));
}

// -- everything together ------------------------------------------------------------------------

namespace {

/// One thing that happens to a book that is followed.
void happen(follow_fixture& world) {
  switch (*rc::gen::inRange(0, 4)) {
  case 0:
    return world.grant(*rc::gen::inRange(1U, 8U));
  case 1:
    return world.book.forget_memory();
  default:
    std::vector<ledger::stored_event> batch;
    auto size = *rc::gen::inRange(1, 8);
    for (int i = 0; i < size; ++i) {
      auto joins = i > 0 && *rc::gen::inRange(0, 2) == 0;
      auto wanted = *rc::gen::inRange(0, 2) == 0;
      batch.push_back(scripted_book::posted(cash, wanted ? customer : bank, joins));
    }
    world.add(batch);
  }
}

seq_list wanted_seqs(const scripted_book& book, event_seq last) {
  seq_list all;
  for (auto& x : book.events())
    if (x.receipt.id.seq <= last &&
        std::get<ledger::transaction>(x.content).postings[1].account != "assets:bank")
      all.push_back(x.receipt.id.seq.value());
  return all;
}

bool ends_a_unit(const scripted_book& book, event_seq seq) {
  return seq == book.durable() || !book.events()[seq.value()].joined;
}

} // namespace

TEST_CASE("a guaranteed subscription leaves nothing out and repeats nothing", "[I7]") {
  REQUIRE(rc::check([] {
    follow_fixture world;
    world.follow(customers_only(*rc::gen::inRange(1U, 5U)));
    auto steps = *rc::gen::inRange(1, 25);
    for (int i = 0; i < steps; ++i)
      happen(world);
    RC_ASSERT(is_contiguous(world.got->deliveries, event_seq{1}));
    auto end = world.got->deliveries.empty() ? event_seq{} : world.got->deliveries.back().last;
    RC_ASSERT(world.got->seqs() == wanted_seqs(world.book, end));
    for (auto& x : world.got->deliveries)
      RC_ASSERT(ends_a_unit(world.book, x.last));
    world.grant(100'000);
    RC_ASSERT(world.got->seqs() == wanted_seqs(world.book, world.book.durable()));
  }));
}
