#include "tests/support/follow_fixture.hpp"

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

// -- filters ------------------------------------------------------------------------------------

TEST_CASE_METHOD(follow_fixture, "what the filter holds back costs no credit") {
  book.add({plain(), of_customer(), plain(), plain(), of_customer(), plain()});
  follow(customers_only(2));
  CHECK(got->seqs() == seq_list{2, 5});
  CHECK(is_contiguous(got->deliveries, event_seq{1}));
}

TEST_CASE_METHOD(follow_fixture, "the filter is the same for memory and log") {
  book.add({plain(), of_customer(), plain(), of_customer(), scripted_book::registered("EUR")});
  book.forget_memory();
  follow(customers_only(100));
  CHECK(got->seqs() == seq_list{2, 4});
  CHECK(got->deliveries.back().last == event_seq{5});
}

TEST_CASE_METHOD(follow_fixture, "a delivery without events tells how far it is") {
  follow(customers_only(1));
  add({plain()});
  add({plain(), plain()});
  REQUIRE(got->deliveries.size() == 2);
  CHECK(got->seqs().empty());
  CHECK(got->deliveries[1].last == event_seq{3});
  CHECK(is_contiguous(got->deliveries, event_seq{1}));
}

TEST_CASE_METHOD(follow_fixture, "one delivery without events is on its way at a time", "[I12]") {
  answers_progress = false;
  follow(customers_only(1));
  for (int i = 0; i < 5; ++i)
    add({plain()});
  CHECK(got->deliveries.size() == 1);
  add({of_customer()});
  REQUIRE(got->deliveries.size() == 2);
  CHECK(got->deliveries[1].first == event_seq{2});
  CHECK(got->deliveries[1].last == event_seq{6});
}

TEST_CASE_METHOD(follow_fixture, "kinds of events can be filtered") {
  subscription wanted;
  wanted.filter.kinds = {event_kind::asset_registered};
  book.add({plain(), scripted_book::registered("EUR"), plain()});
  follow(wanted);
  CHECK(got->seqs() == seq_list{2});
}

TEST_CASE("a prefix is whole parts of a path") {
  CHECK(path_is_within("", "assets"));
  CHECK(path_is_within("assets", "assets"));
  CHECK(path_is_within("assets", "assets:cash"));
  CHECK(path_is_within("assets:", "assets:cash"));
  CHECK_FALSE(path_is_within("assets", "assets2"));
  CHECK_FALSE(path_is_within("assets:cash", "assets"));
}

// -- lossy --------------------------------------------------------------------------------------

TEST_CASE_METHOD(follow_fixture, "a lossy subscription begins at the end") {
  book.add(many(5));
  follow(lossy(10));
  CHECK(got->deliveries.empty());
  add(many(2));
  CHECK(got->seqs() == seq_list{6, 7});
}

TEST_CASE_METHOD(follow_fixture, "a lossy subscription drops and counts what it has no credit for",
                 "[I12]") {
  follow(lossy(2));
  add(many(2));
  add(many(3));
  CHECK(got->seqs() == seq_list{1, 2});
  CHECK(got->deliveries.back().dropped == 3);
  CHECK(got->deliveries.back().last == event_seq{5});
  grant(5);
  add(many(2));
  CHECK(got->seqs() == seq_list{1, 2, 6, 7});
  CHECK(got->deliveries.back().dropped == 3);
  CHECK(is_contiguous(got->deliveries, event_seq{1}));
}

TEST_CASE_METHOD(follow_fixture, "a lossy subscription counts only what its filter wants") {
  follow(customers_only(1, delivery_mode::lossy));
  add({of_customer(), plain(), of_customer(), plain(), of_customer()});
  CHECK(got->seqs() == seq_list{1});
  CHECK(got->deliveries.back().dropped == 2);
}

TEST_CASE_METHOD(follow_fixture, "what memory has let go of is dropped by a lossy subscription") {
  follow(lossy(10));
  book.add(many(4));
  book.forget_memory();
  add({});
  CHECK(got->seqs().empty());
  CHECK(pages == 0);
  CHECK(got->deliveries.back().dropped == 4);
  CHECK(got->deliveries.back().last == event_seq{4});
}

TEST_CASE_METHOD(follow_fixture, "the chain of the last event looked at comes with a delivery") {
  book.add({plain(), of_customer()});
  book.forget_memory();
  follow(customers_only(100));
  add({plain()});
  add({of_customer(), plain()});
  REQUIRE(got->deliveries.size() >= 3);
  for (auto& x : got->deliveries)
    CHECK(x.chain == book.chain_at(x.last));
}
