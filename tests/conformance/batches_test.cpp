#include "tests/conformance/conformance.hpp"

// Several writes in one message, each by itself.

namespace daybook::test {

namespace {

DAYBOOK_CASE("every write of a batch succeeds in its place", "[I3]") {
  auto book = here.prepared();
  auto outcomes = must(book.commit_batch(
      {asked(sale("a", 1)), asked(sale("b", 2)), asked(asset("EUR")), asked(sale("c", 3))}));
  REQUIRE(outcomes.size() == 4);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    CHECK(must(outcomes[i]).id.seq == event_seq{5 + i});
  CHECK(balance_of(book, cash) == 6);
}

DAYBOOK_CASE("one refusal in a batch does not touch its neighbours or their numbers", "[I3][I6]") {
  auto book = here.prepared();
  must(book.open_account(floored("assets:till", 0)));
  auto outcomes = must(book.commit({sale("a"), transfer("bad", bank, "assets:till", 1), sale("b"),
                                    transfer("none", bank, "assets:none", 1), sale("c")}));
  REQUIRE(outcomes.size() == 5);
  CHECK(must(outcomes[0]).id.seq == event_seq{6});
  refused(outcomes[1], ec::limit_exceeded);
  CHECK(must(outcomes[2]).id.seq == event_seq{7});
  refused(outcomes[3], ec::unknown_account);
  CHECK(must(outcomes[4]).id.seq == event_seq{8});
  CHECK(must(book.commit(sale("d"))).id.seq == event_seq{9});
}

DAYBOOK_CASE("later writes of a batch rest on the earlier ones that were accepted", "[I6]") {
  auto book = here.prepared();
  must(book.open_account(floored("assets:till", 0)));
  auto outcomes = must(book.commit({
      transfer("too early", bank, "assets:till", 5),
      transfer("fill", "assets:till", sales, 5),
      transfer("now", bank, "assets:till", 5),
      transfer("too much", bank, "assets:till", 1),
      account("assets:new"),
      transfer("into the new one", "assets:new", sales, 1),
  }));
  refused(outcomes[0], ec::limit_exceeded);
  CHECK(outcomes[1]);
  CHECK(outcomes[2]);
  refused(outcomes[3], ec::limit_exceeded);
  CHECK(outcomes[4]);
  CHECK(outcomes[5]);
  CHECK(balance_of(book, "assets:till") == 0);
}

DAYBOOK_CASE("a key that stands twice in a batch is posted once", "[I5]") {
  auto book = here.prepared();
  auto outcomes = must(book.commit({sale("k"), sale("k"), sale("k", 2)}));
  auto first = must(outcomes[0]);
  CHECK(is_repeat_of(must(outcomes[1]), first));
  refused(outcomes[2], ec::idempotency_conflict);
  CHECK(balance_of(book, cash) == 1);
}

DAYBOOK_CASE("a batch knows the keys of earlier commits", "[I5]") {
  auto book = here.prepared();
  auto first = must(book.commit(sale("k")));
  auto outcomes = must(book.commit({sale("new"), sale("k"), sale("newer")}));
  CHECK(is_repeat_of(must(outcomes[1]), first));
  CHECK(must(outcomes[2]).id.seq == first.id.seq.plus(2));
}

DAYBOOK_CASE("an empty batch has an empty answer", "") {
  auto book = here.prepared();
  CHECK(must(book.commit_batch({})).empty());
  CHECK(must(book.commit(std::vector<ledger::command>{})).empty());
  CHECK(durable_of(book) == event_seq{4});
  CHECK(must(book.commit(sale("k"))).id.seq == event_seq{5});
}

DAYBOOK_CASE("a message of too many writes is refused as a whole", "[I12]") {
  here.options.bounds.message_items_max = 10;
  auto book = here.prepared();
  std::vector<ledger::command> xs(11, sale("k"));
  auto error = refused(book.commit(xs), ec::limit_exceeded);
  CHECK(error.get("limit") == "10");
  CHECK(durable_of(book) == event_seq{4});
  xs.pop_back();
  must(book.commit(xs));
  CHECK(durable_of(book) == event_seq{5});
}

DAYBOOK_CASE("numbers that a refused write did not take go to others, with their own content",
             "[I3][I6]") {
  auto book = here.prepared();
  must(book.open_account(floored("assets:till", 0)));
  for (int i = 0; i < 20; ++i) {
    auto n = std::to_string(i);
    auto outcomes = must(book.commit(
        {transfer("bad" + n, bank, "assets:till", 1), transfer("good" + n, cash, sales, 1)}));
    refused(outcomes[0], ec::limit_exceeded);
    auto id = must(outcomes[1]).id;
    auto stored = must(book.transaction(id));
    CHECK(std::get<ledger::transaction>(stored.content).key == "good" + n);
    refused(book.transaction_by_key("bad" + n), ec::not_found);
  }
  here.restart();
  CHECK(balance_of(here.book(), cash) == 20);
  CHECK(all_events(here.book()).size() == 25);
}

} // namespace

} // namespace daybook::test
