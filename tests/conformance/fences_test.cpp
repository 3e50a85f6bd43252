#include "actors/client_fence.hpp"
#include "actors/errors.hpp"
#include "tests/conformance/conformance.hpp"

#include <caf/scoped_actor.hpp>

// Writes that become visible all at once, or never.

namespace daybook::test {

namespace {

using namespace actors;

constexpr caf::timespan at_once = std::chrono::milliseconds{1};

/// Waits until nobody is behind a fence any more, by beginning one.
write_fence begin_when_free(const book_client& book) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto fence = book.begin_fence();
    if (fence || std::chrono::steady_clock::now() > deadline)
      return must(std::move(fence));
    refused(fence, ec::fence_active);
  }
}

DAYBOOK_CASE("what is written behind a fence is seen by nobody before it is committed",
             "[I3][I7]") {
  auto book = here.prepared();
  auto fence = must(book.begin_fence());
  for (int i = 0; i < 3; ++i)
    must(fence.write(asked(sale("k" + std::to_string(i), 5))));
  for (auto& reader : {book, must(here.another().book("bank"))}) {
    CHECK(balance_of(reader, cash) == 0);
    CHECK(all_events(reader).size() == 4);
    CHECK(must(reader.history({cash, {}, 10})).entries.empty());
    CHECK(must(reader.trial_balance())[0].debit_turnover == ledger::amount{0});
    auto now = must(reader.frontier());
    CHECK(now.accepted == event_seq{4});
    CHECK(now.durable == event_seq{4});
    refused(reader.transaction_by_key("k0"), ec::not_found);
  }
  auto receipts = must(fence.commit());
  REQUIRE(receipts.size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(receipts[i].id.seq == event_seq{5 + i});
  CHECK(balance_of(book, cash) == 15);
  CHECK(all_events(book).size() == 7);
}

DAYBOOK_CASE("the receipts of a fence are those that the events keep", "[I11]") {
  auto book = here.prepared();
  auto fence = must(book.begin_fence());
  auto unseen = must(fence.write(asked(sale("k", 5))));
  CHECK(unseen.id.seq == event_seq{});
  must(fence.write(asked(sale("l", 5))));
  auto receipts = must(fence.commit());
  CHECK(receipts[0].balances[0].value == ledger::amount{5});
  CHECK(receipts[1].balances[0].value == ledger::amount{10});
  CHECK(must(book.transaction(receipts[0].id)).receipt.chain == receipts[0].chain);
  CHECK(is_repeat_of(must(book.commit(sale("k", 5))), receipts[0]));
  CHECK(all_events(book).back().joined);
}

DAYBOOK_CASE("a cancelled fence never was", "[I3][I5]") {
  auto book = here.prepared();
  auto fence = must(book.begin_fence());
  must(fence.write(asked(sale("k", 5))));
  must(fence.write(asked(account("assets:new"))));
  must(fence.cancel());
  CHECK(balance_of(book, cash) == 0);
  refused(book.balance("assets:new"), ec::unknown_account);
  auto receipt = must(book.commit(sale("k", 7)));
  CHECK(receipt.id.seq == event_seq{5});
  CHECK_FALSE(receipt.deduplicated);
  here.restart();
  CHECK(all_events(here.book()).size() == 5);
}

DAYBOOK_CASE("a fence that is dropped is cancelled", "") {
  auto book = here.prepared();
  {
    auto fence = must(book.begin_fence());
    must(fence.write(asked(sale("k"))));
  }
  auto next = begin_when_free(book);
  must(next.cancel());
  CHECK(must(book.commit(sale("l"))).id.seq == event_seq{5});
  CHECK(balance_of(book, cash) == 1);
}

DAYBOOK_CASE("everybody else's writes are turned away while there is a fence", "") {
  auto book = here.prepared();
  auto other = must(here.another().book("bank"));
  auto fence = must(book.begin_fence());
  for (auto& writer : {book, other}) {
    refused(writer.commit(sale("k")), ec::fence_active);
    refused(writer.commit(std::vector<ledger::command>{sale("k")}), ec::fence_active);
    refused(writer.commit_atomic({asked(sale("k"))}), ec::fence_active);
    refused(writer.rehearse({asked(sale("k"))}), ec::fence_active);
    refused(writer.register_asset(asset("EUR")), ec::fence_active);
    refused(writer.submit(sale("k")).wait(), ec::fence_active);
    refused(writer.begin_fence(), ec::fence_active);
  }
  must(fence.commit());
  CHECK_FALSE(must(other.commit(sale("k"))).deduplicated);
}

DAYBOOK_CASE("writes behind a fence see each other and the book", "[I5][I6]") {
  auto book = here.prepared();
  must(book.open_account(floored("assets:till", 0)));
  auto known = must(book.commit(sale("known")));
  auto fence = must(book.begin_fence());
  auto outcomes = must(fence.submit({
      asked(transfer("early", bank, "assets:till", 5)),
      asked(transfer("fill", "assets:till", sales, 5)),
      asked(transfer("now", bank, "assets:till", 5)),
      asked(sale("known")),
      asked(sale("known", 2)),
  }));
  refused(outcomes[0], ec::limit_exceeded);
  CHECK(outcomes[1]);
  CHECK(outcomes[2]);
  CHECK(is_repeat_of(must(outcomes[3]), known));
  refused(outcomes[4], ec::idempotency_conflict);
  refused(fence.write(asked(transfer("again", bank, "assets:till", 1))), ec::limit_exceeded);
  CHECK(must(fence.write(asked(transfer("fill", "assets:till", sales, 5)))).deduplicated);
  CHECK(must(fence.commit()).size() == 4);
  CHECK(all_events(book).size() == 8);
  CHECK(balance_of(book, bank) == 5);
}

DAYBOOK_CASE("atomic batches behind a fence are all or nothing, each", "[I6]") {
  auto book = here.prepared();
  auto fence = must(book.begin_fence());
  must(fence.submit_atomic({asked(sale("a")), caused_by(0, sale("b"))}));
  auto error = refused(
      fence.submit_atomic({asked(sale("c")), asked(transfer("bad", cash, "assets:none", 1))}),
      ec::unknown_account);
  CHECK(error.get("item") == "1");
  auto receipts = must(fence.commit());
  REQUIRE(receipts.size() == 2);
  auto second = must(book.transaction(receipts[1].id));
  CHECK(second.causation_id == to_string(receipts[0].id));
  CHECK_FALSE(must(book.commit(sale("c"))).deduplicated);
}

DAYBOOK_CASE("conditions, links and reversals work behind a fence", "") {
  auto book = here.prepared();
  auto old = must(book.commit(sale("old", 3)));
  auto fence = must(book.begin_fence());
  must(fence.write(asked(sale("a", 2), {ledger::balance_at_least{cash, ledger::amount{3}}})));
  refused(fence.write(asked(sale("b"), {ledger::balance_at_most{cash, ledger::amount{4}}})),
          ec::condition_failed);
  ledger::reversal back;
  back.key = "r";
  back.of = old.id.seq;
  must(fence.write(asked(back)));
  back.key = "r2";
  refused(fence.write(asked(back)), ec::already_reversed);
  auto linked = asked(sale("c"));
  linked.correlation_id = "story";
  linked.causation_id = "somewhere else";
  must(fence.write(linked));
  must(fence.write(asked(ledger::account_closing{bank})));
  auto receipts = must(fence.commit());
  REQUIRE(receipts.size() == 4);
  auto reversed = must(book.transaction(receipts[1].id));
  CHECK(reversed.causation_id == to_string(old.id));
  auto stored = must(book.transaction(receipts[2].id));
  CHECK(stored.correlation_id == "story");
  CHECK(stored.causation_id == "somewhere else");
  CHECK(balance_of(book, cash) == 3);
  CHECK(must(book.balance(bank)).closed);
}

DAYBOOK_CASE("a fence without writes may be committed", "") {
  auto book = here.prepared();
  CHECK(must(must(book.begin_fence()).commit()).empty());
  CHECK(must(book.commit(sale("k"))).id.seq == event_seq{5});
}

DAYBOOK_CASE("a fence is used once", "") {
  auto book = here.prepared();
  auto fence = must(book.begin_fence());
  must(fence.commit());
  refused(fence.commit(), ec::not_found);
  refused(fence.cancel(), ec::not_found);
  refused(fence.write(asked(sale("k"))), ec::not_found);
  refused(fence.submit_atomic({asked(sale("k"))}), ec::not_found);
}

DAYBOOK_CASE("a fence is of no use to another actor, and an unknown one to nobody", "") {
  auto book = here.prepared();
  auto& system = book.handle().home_system();
  caf::scoped_actor owner{system};
  caf::scoped_actor stranger{system};
  fence_id id;
  owner->request(book.handle(), patience, atom::begin_fence_v, fence_options{})
      .receive([&](fence_id x) { id = x; }, [](const caf::error& x) { FAIL(caf::to_string(x)); });
  write_batch batch{{asked(sale("k"))}, false};
  fence_id unknown{id.token + 1};
  auto refuses = [](const std::optional<error>& x, ec code) {
    REQUIRE(x);
    CHECK(to_string(x->code()) == to_string(code));
  };
  auto try_submit = [&](caf::scoped_actor& who, fence_id x) {
    std::optional<error> refusal;
    who->request(book.handle(), patience, atom::submit_v, x, batch)
        .receive([](const std::vector<outcome>&) {},
                 [&](const caf::error& e) { refusal = from_caf(e, ec::io); });
    return refusal;
  };
  auto try_commit = [&](caf::scoped_actor& who, fence_id x) {
    std::optional<error> refusal;
    who->request(book.handle(), patience, atom::commit_fence_v, x)
        .receive([](const std::vector<ledger::receipt>&) {},
                 [&](const caf::error& e) { refusal = from_caf(e, ec::io); });
    return refusal;
  };
  auto try_cancel = [&](caf::scoped_actor& who, fence_id x) {
    std::optional<error> refusal;
    who->request(book.handle(), patience, atom::cancel_fence_v, x)
        .receive([] {}, [&](const caf::error& e) { refusal = from_caf(e, ec::io); });
    return refusal;
  };
  refuses(try_submit(stranger, id), ec::busy);
  refuses(try_commit(stranger, id), ec::busy);
  refuses(try_cancel(stranger, id), ec::busy);
  refuses(try_submit(owner, unknown), ec::not_found);
  refuses(try_commit(owner, unknown), ec::not_found);
  refuses(try_cancel(owner, unknown), ec::not_found);
  CHECK_FALSE(try_submit(owner, id));
  CHECK_FALSE(try_commit(owner, id));
  CHECK(balance_of(book, cash) == 1);
  refuses(try_commit(owner, id), ec::not_found);
}

DAYBOOK_CASE("a fence is cancelled when the actor that began it dies", "") {
  auto book = here.prepared();
  {
    caf::scoped_actor owner{book.handle().home_system()};
    fence_id id;
    owner->request(book.handle(), patience, atom::begin_fence_v, fence_options{})
        .receive([&](fence_id x) { id = x; }, [](const caf::error& x) { FAIL(caf::to_string(x)); });
    owner
        ->request(book.handle(), patience, atom::submit_v, id,
                  write_batch{{asked(sale("k"))}, false})
        .receive([](const std::vector<outcome>&) {},
                 [](const caf::error& x) { FAIL(caf::to_string(x)); });
  }
  auto next = begin_when_free(book);
  must(next.commit());
  CHECK(balance_of(book, cash) == 0);
}

DAYBOOK_CASE("a fence is cancelled when its time is over", "") {
  auto book = here.prepared();
  auto slow = must(book.begin_fence({at_once}));
  auto next = begin_when_free(book);
  refused(slow.write(asked(sale("k"))), ec::not_found);
  must(next.write(asked(sale("l"))));
  refused(slow.commit(), ec::not_found);
  must(next.commit());
  CHECK(balance_of(book, cash) == 1);
  for (auto wrong : {caf::timespan{0}, caf::timespan{-1}, caf::timespan{std::chrono::hours{2}}})
    refused(book.begin_fence({wrong}), ec::invalid_argument);
}

DAYBOOK_CASE("a fence that is alive when the node stops or dies never was", "[I1][I8]") {
  auto book = here.prepared();
  must(book.commit(sale("before")));
  {
    auto fence = must(book.begin_fence());
    must(fence.write(asked(sale("behind"))));
    here.crash();
  }
  book = here.book();
  CHECK(balance_of(book, cash) == 1);
  CHECK_FALSE(must(book.commit(sale("behind"))).deduplicated);
  {
    auto fence = must(book.begin_fence());
    must(fence.write(asked(sale("behind again"))));
    here.restart();
  }
  book = here.book();
  CHECK(balance_of(book, cash) == 2);
  CHECK_FALSE(must(book.commit(sale("behind again"))).deduplicated);
}

DAYBOOK_CASE("a fence that was committed is whole after the process dies", "[I1]") {
  auto book = here.prepared();
  auto fence = must(book.begin_fence());
  for (int i = 0; i < 50; ++i)
    must(fence.write(asked(sale("k" + std::to_string(i)))));
  auto receipts = must(fence.commit());
  here.crash();
  CHECK(balance_of(here.book(), cash) == 50);
  CHECK(is_repeat_of(must(here.book().commit(sale("k49"))), receipts[49]));
}

DAYBOOK_CASE("more than one batch of the log may hold does not fit behind a fence", "[I12]") {
  here.options.batch.events_max = 8;
  auto book = here.prepared();
  auto fence = must(book.begin_fence());
  for (int i = 0; i < 8; ++i)
    must(fence.write(asked(sale("k" + std::to_string(i)))));
  refused(fence.write(asked(sale("over"))), ec::limit_exceeded);
  CHECK(must(fence.commit()).size() == 8);
  CHECK(balance_of(book, cash) == 8);
}

} // namespace

} // namespace daybook::test
