#include "actors/client_fence.hpp"
#include "ledger/reaction.hpp"
#include "tests/conformance/conformance.hpp"

// What belongs together: reversals, causes, stories.

namespace daybook::test {

namespace {

ledger::transaction content_of(const actors::recorded_event& x) {
  return std::get<ledger::transaction>(x.content);
}

DAYBOOK_CASE("a reversal posts the mirror image, caused by what it takes back", "[I6]") {
  auto book = here.prepared();
  auto original = sale("k", 7);
  original.correlation_id = "order 9";
  auto first = must(book.commit(original));
  auto back = must(book.reverse(reversal_of(first.id.seq, "r")));
  CHECK(back.id.seq == first.id.seq.next());
  CHECK(balance_of(book, cash) == 0);
  CHECK(balance_of(book, sales) == 0);
  auto stored = must(book.transaction(back.id));
  auto mirror = content_of(stored);
  REQUIRE(mirror.postings.size() == 2);
  CHECK(mirror.postings[0].account == cash);
  CHECK(mirror.postings[0].direction == ledger::side::credit);
  CHECK(mirror.postings[1].direction == ledger::side::debit);
  CHECK(mirror.reverses == first.id.seq);
  CHECK(stored.causation_id == to_string(first.id));
  CHECK(stored.correlation_id == "order 9");
  auto line = must(book.ancestors(back.id));
  REQUIRE(line.size() == 1);
  CHECK(line[0].receipt.id == first.id);
}

DAYBOOK_CASE("a transaction is reversed once, also after restarts and spills", "[I5]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto first = must(book.commit(sale("k", 7)));
  auto back = must(book.reverse(reversal_of(first.id.seq, "r")));
  CHECK(is_repeat_of(must(book.reverse(reversal_of(first.id.seq, "r"))), back));
  auto error = refused(book.reverse(reversal_of(first.id.seq, "r2")), ec::already_reversed);
  CHECK(error.get("transaction") == to_string(first.id));
  CHECK(error.get("seq") == std::to_string(back.id.seq.value()));
  sell(book, "between", 60);
  refused(book.reverse(reversal_of(first.id.seq, "r3")), ec::already_reversed);
  here.restart();
  book = here.book();
  refused(book.reverse(reversal_of(first.id.seq, "r4")), ec::already_reversed);
  CHECK(is_repeat_of(must(book.reverse(reversal_of(first.id.seq, "r"))), back));
  CHECK(balance_of(book, cash) == 60);
}

DAYBOOK_CASE("a reversal that was reversed can be followed back to the beginning", "") {
  auto book = here.prepared();
  auto first = must(book.commit(sale("k", 7)));
  auto back = must(book.reverse(reversal_of(first.id.seq, "r")));
  auto forth = must(book.reverse(reversal_of(back.id.seq, "rr")));
  CHECK(balance_of(book, cash) == 7);
  auto line = must(book.ancestors(forth.id));
  REQUIRE(line.size() == 2);
  CHECK(line[0].receipt.id == back.id);
  CHECK(line[1].receipt.id == first.id);
  CHECK(must(book.ancestors(forth.id, 1)).size() == 1);
}

DAYBOOK_CASE("a reversal obeys the rules of any transaction", "[I6]") {
  auto book = here.prepared();
  must(book.open_account(floored("assets:till", 0)));
  auto first = must(book.commit(transfer("k", "assets:till", sales, 5)));
  must(book.commit(transfer("spent", bank, "assets:till", 3)));
  refused(book.reverse(reversal_of(first.id.seq, "r")), ec::limit_exceeded);
  must(book.commit(transfer("back", "assets:till", bank, 3)));
  must(book.reverse(reversal_of(first.id.seq, "r")));
  CHECK(balance_of(book, "assets:till") == 0);
}

DAYBOOK_CASE("what is no transaction cannot be reversed", "") {
  auto book = here.prepared();
  for (std::uint64_t seq : {0, 1, 2, 5, 1'000'000})
    refused(book.reverse(reversal_of(event_seq{seq}, "r")), ec::not_found);
  CHECK(durable_of(book) == event_seq{4});
}

DAYBOOK_CASE("a transaction that says it reverses another must be its mirror image", "") {
  auto book = here.prepared();
  auto first = must(book.commit(sale("k", 7)));
  auto wrong = transfer("r", sales, cash, 6);
  wrong.reverses = first.id.seq;
  CHECK(refused(book.commit(wrong), ec::invalid_argument).get("field") == "reverses");
  ledger::transaction right;
  right.key = "r";
  right.reverses = first.id.seq;
  right.postings = {{cash, ledger::amount{7}, "", ledger::side::credit},
                    {sales, ledger::amount{7}, "", ledger::side::debit}};
  must(book.commit(right));
  refused(book.reverse(reversal_of(first.id.seq, "again")), ec::already_reversed);
}

DAYBOOK_CASE("correlation and causation ids come back with every kind of event", "") {
  auto book = here.prepared();
  auto write = [&](ledger::command what) {
    auto x = asked(std::move(what));
    x.correlation_id = "story";
    x.causation_id = "somewhere else";
    return must(book.commit(x)).id;
  };
  for (auto& id : {write(asset("EUR")), write(account("assets:new")), write(sale("k")),
                   write(ledger::account_closing{"assets:new"}),
                   write(ledger::account_reopening{"assets:new"})}) {
    auto stored = must(book.transaction(id));
    CHECK(stored.correlation_id == "story");
    CHECK(stored.causation_id == "somewhere else");
    CHECK(must(book.ancestors(id)).empty());
  }
}

DAYBOOK_CASE("a write whose links contradict its transaction's is refused", "") {
  auto book = here.prepared();
  auto x = sale("k");
  x.correlation_id = "one";
  auto contradicting = asked(x);
  contradicting.correlation_id = "two";
  refused(book.commit(contradicting), ec::invalid_argument);
  contradicting.correlation_id = "one";
  must(book.commit(contradicting));
}

DAYBOOK_CASE("a reaction belongs to the story of the event it answers", "") {
  auto book = here.prepared();
  auto order = must(book.commit(sale("order")));
  auto answer = [&](transaction_id to, const std::string& key) {
    auto event = must(book.transaction(to));
    auto x = sale(key);
    ledger::react_to({event.correlation_id, event.causation_id}, event.receipt.id, x);
    return must(book.commit(x)).id;
  };
  auto second = answer(order.id, "payment");
  auto third = answer(second, "shipment");
  auto stored = must(book.transaction(third));
  CHECK(stored.correlation_id == to_string(order.id));
  CHECK(stored.causation_id == to_string(second));
  CHECK(must(book.ancestors(third)).size() == 2);
}

DAYBOOK_CASE("any write may be a reaction", "") {
  auto book = here.prepared();
  auto told = sale("order");
  told.correlation_id = "order 9";
  auto order = must(book.transaction(must(book.commit(told)).id));
  auto react = [&](ledger::command what) {
    auto x = asked(std::move(what));
    ledger::react_to({order.correlation_id, order.causation_id}, order.receipt.id, x);
    return must(book.transaction(must(book.commit(x)).id));
  };
  auto cause = to_string(order.receipt.id);
  for (auto& event : {react(asset("EUR")), react(account("assets:new")),
                      react(ledger::account_closing{bank}), react(ledger::account_reopening{bank}),
                      react(sale("payment")), react(reversal_of(order.receipt.id.seq, "back"))}) {
    CHECK(event.correlation_id == "order 9");
    CHECK(event.causation_id == cause);
  }
}

DAYBOOK_CASE("a reaction keeps its story in a batch and behind a fence", "") {
  auto book = here.prepared();
  auto told = sale("order");
  told.correlation_id = "order 9";
  auto order = must(book.commit(told)).id;
  auto reaction = [&](transaction_id to, const std::string& key) {
    auto event = must(book.transaction(to));
    auto x = sale(key);
    ledger::react_to({event.correlation_id, event.causation_id}, event.receipt.id, x);
    return asked(x);
  };
  auto check = [&](transaction_id id, transaction_id cause, std::size_t ancestors) {
    auto stored = must(book.transaction(id));
    CHECK(stored.correlation_id == "order 9");
    CHECK(stored.causation_id == to_string(cause));
    auto line = must(book.ancestors(id));
    REQUIRE(line.size() == ancestors);
    CHECK(line.front().receipt.id == cause);
    CHECK(line.back().receipt.id == order);
  };
  // Each by itself, all or nothing, and behind a fence: each answers what came before it.
  auto batch = must(book.commit_batch({asked(sale("other")), reaction(order, "payment")}));
  auto payment = must(batch[1]).id;
  check(payment, order, 1);
  CHECK(must(book.transaction(must(batch[0]).id)).correlation_id.empty());
  auto of_the_story = caused_by(0, sale("label"));
  of_the_story.correlation_id = "order 9";
  auto unit = must(book.commit_atomic({reaction(payment, "shipment"), of_the_story}));
  check(unit[0].id, payment, 2);
  check(unit[1].id, unit[0].id, 3);
  auto fence = must(book.begin_fence());
  must(fence.write(reaction(unit[1].id, "delivery")));
  must(fence.submit_atomic({asked(sale("another")), reaction(payment, "letter")}));
  auto receipts = must(fence.commit());
  check(receipts[0].id, unit[1].id, 4);
  check(receipts[2].id, payment, 2);
  check(must(book.commit(reaction(receipts[0].id, "thanks"))).id, receipts[0].id, 5);
}

DAYBOOK_CASE("more ancestors than an answer may have are refused, not left out", "[I12]") {
  auto book = here.prepared();
  auto id = must(book.commit(sale("k"))).id;
  CHECK(must(book.ancestors(id, actors::ancestors_max)).empty());
  auto error = refused(book.ancestors(id, actors::ancestors_max + 1), ec::limit_exceeded);
  CHECK(error.get("what") == "ancestors");
  CHECK(error.get("limit") == "1000");
}

DAYBOOK_CASE("ancestors of what is not there are not found", "") {
  auto book = here.prepared();
  auto id = must(book.commit(sale("k"))).id;
  refused(book.ancestors({id.book, id.seq.next()}), ec::not_found);
  refused(book.ancestors({id.book, event_seq{}}), ec::not_found);
  refused(book.ancestors({book_id{1}, id.seq}), ec::not_found);
}

} // namespace

} // namespace daybook::test
