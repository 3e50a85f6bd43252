// What closings and reopenings in a repeated atomic batch are answered: what they were answered the
// first time.

#include "fixture.hpp"

#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

using items = std::vector<ledger::write>;

ledger::write item(command x) { return {.what = std::move(x)}; }

ledger::write sale(std::string key) {
  return item(transfer(std::move(key), {debit("cash", 5), credit("sales", 5)}));
}

ledger::write closing(std::string path) { return item(account_closing{std::move(path), true}); }
ledger::write reopening(std::string path) { return item(account_reopening{std::move(path)}); }

ledger::write caused(ledger::write x, std::uint32_t by) {
  x.caused_by = by;
  return x;
}

struct repeating_book : small_book {
  using small_book::small_book;

  void is_answered_as(const items& xs, const std::vector<staged>& first) {
    auto before = machine.staged_seq();
    auto again = accept_all(xs);
    REQUIRE(again.size() == first.size());
    for (std::size_t i = 0; i < xs.size(); ++i) {
      CAPTURE(i, first[i].seq.value(), again[i].seq.value());
      CHECK(again[i].seq == first[i].seq);
      CHECK(again[i].deduplicated);
    }
    CHECK(machine.staged_seq() == before);
  }

  /// Writes the batch, and has everything happen to its accounts that may, between repeats of it:
  /// staged, sealed, durable and long ago.
  std::vector<staged> always_answers_alike(const items& xs) {
    auto first = accept_all(xs);
    is_answered_as(xs, first);
    change_all();
    is_answered_as(xs, first);
    seal();
    is_answered_as(xs, first);
    change_all();
    is_answered_as(xs, first);
    sync();
    is_answered_as(xs, first);
    commit();
    is_answered_as(xs, first);
    accept(item(transfer("later", {debit("cash", 1), credit("sales", 1)})));
    change_all();
    commit();
    is_answered_as(xs, first);
    auto again = machine_of(id, writer_epoch{9});
    replay_into(again);
    std::swap(machine, again);
    is_answered_as(xs, first);
    return first;
  }

  void change_all() {
    for (auto* path : {"bank", "coins", "cash", "sales"}) {
      accept(item(account_closing{path, true}));
      accept(item(account_reopening{path}));
    }
  }
};

void change(repeating_book& book, std::string path) {
  book.accept(closing(path));
  book.accept(reopening(path));
  book.commit();
}

} // namespace

TEST_CASE("a closing in a repeated batch is answered as the first time", "[I5]") {
  repeating_book book;
  SECTION("behind the transaction") {
    auto first = book.always_answers_alike({sale("1"), closing("bank")});
    CHECK(first[1].seq == event_seq{8});
  }
  SECTION("in front of it") {
    auto first = book.always_answers_alike({closing("bank"), sale("1")});
    CHECK(first[0].seq == event_seq{7});
  }
  SECTION("of an account that the batch opens") {
    auto first = book.always_answers_alike({item(account("new")), closing("new"), sale("1"),
                                            item(account("newer")), closing("newer"),
                                            item(account("cash")), closing("coins")});
    CHECK(first[6].seq == event_seq{12});
  }
  SECTION("that changes nothing of an account that the batch has just opened") {
    auto first = book.always_answers_alike({sale("1"), item(account("new")), reopening("new")});
    CHECK(first[2].seq == event_seq{8});
    change(book, "new");
    book.is_answered_as({sale("1"), item(account("new")), reopening("new")}, first);
  }
  SECTION("with more items than events behind it") {
    items xs{sale("1"), closing("bank"), reopening("cash"), reopening("coins"), reopening("sales")};
    auto first = book.accept_all(xs);
    book.accept(reopening("bank"));
    book.commit();
    book.is_answered_as(xs, first);
  }
  SECTION("twice, and with a reopening of the same account between") {
    auto first = book.always_answers_alike({closing("bank"), closing("bank"), reopening("bank"),
                                            sale("1"), closing("bank"), reopening("bank"),
                                            reopening("bank"), sale("2"), reopening("bank")});
    CHECK(first[2].seq == event_seq{8});
    CHECK(first[8].seq == event_seq{11});
  }
}

TEST_CASE("an opening right before the batch is not taken for a part of it", "[I5]") {
  repeating_book book;
  auto opened = book.accept(item(account("new"))).seq;
  SECTION("by an item that changed nothing") {
    auto first = book.always_answers_alike({reopening("new"), item(account("new")), sale("1")});
    CHECK(first[0].seq == opened);
    change(book, "new");
    book.is_answered_as({reopening("new"), item(account("new")), sale("1")}, first);
  }
  SECTION("nor are others") {
    auto last = book.accept(item(account("newer"))).seq;
    items xs{reopening("new"),
             reopening("newer"),
             item(account("new")),
             item(account("newer")),
             closing("new"),
             closing("newer"),
             sale("1")};
    auto first = book.always_answers_alike(xs);
    CHECK(first[0].seq == opened);
    CHECK(first[1].seq == last);
    change(book, "new");
    change(book, "newer");
    book.is_answered_as(xs, first);
  }
}

TEST_CASE("nothing is in front of the first event", "[I5]") {
  repeating_book book;
  book.accept(sale("1"));
  book.commit();
  items xs{reopening("bank"),
           closing("coins"),
           item(account("unknown")),
           item(asset_definition{"EUR", asset_class::fiat, 2, "Euro"}),
           item(asset_definition{"BTC", asset_class::crypto, 8, ""}),
           item(account("cash")),
           item(account("bank")),
           item(account("sales", "EUR", account_kind::income)),
           item(account("coins", "BTC")),
           sale("1")};
  CHECK(book.refuse_all(xs).code() == ec::idempotency_conflict);
}

TEST_CASE("an item that changed nothing is answered with the change before", "[I5]") {
  repeating_book book;
  items xs{closing("bank"), reopening("coins"), reopening("cash"), sale("1"),
           closing("bank"), reopening("coins"), reopening("cash"), reopening("bank")};
  event_seq bank_closed;
  event_seq coins_reopened;
  SECTION("right before the batch") {
    book.accept(item(account_closing{"coins", true}));
    coins_reopened = book.accept(reopening("coins")).seq;
    bank_closed = book.accept(closing("bank")).seq;
  }
  SECTION("right before the batch, in the order of its items") {
    book.accept(item(account_closing{"coins", true}));
    bank_closed = book.accept(closing("bank")).seq;
    coins_reopened = book.accept(reopening("coins")).seq;
  }
  SECTION("long before it") {
    bank_closed = book.accept(closing("bank")).seq;
    book.accept(item(account_closing{"coins", true}));
    coins_reopened = book.accept(reopening("coins")).seq;
    book.commit();
    book.accept(sale("0"));
    book.commit();
  }
  auto first = book.always_answers_alike(xs);
  CHECK(first[0].seq == bank_closed);
  CHECK(first[1].seq == coins_reopened);
  CHECK(first[2].seq == event_seq{3}); // its opening
  CHECK(first[4].seq == bank_closed);
  CHECK(first[7].seq == first[3].seq.next());
}

TEST_CASE("a batch that was written behind others in the same unit is found in it", "[I5]") {
  repeating_book book;
  book.open_unit();
  book.accept(closing("bank"));
  items a{sale("1"), reopening("bank"), closing("coins")};
  auto first_of_a = book.accept_all(a);
  book.accept(closing("bank"));
  items b{reopening("coins"), closing("bank"), sale("2"), reopening("bank"), closing("coins")};
  auto first_of_b = book.accept_all(b);
  book.is_answered_as(a, first_of_a);
  book.is_answered_as(b, first_of_b);
  book.close_unit();
  book.commit();
  book.change_all();
  book.commit();
  book.is_answered_as(a, first_of_a);
  book.is_answered_as(b, first_of_b);
}

TEST_CASE("only what memory cannot tell is asked of the log, in turns", "[I5][I12]") {
  repeating_book book{{.hot_keys_max = 2, .secret = {1, 2, 3}}};
  items xs{reopening("cash"), closing("bank"), sale("1"), closing("coins")};
  book.accept(closing("bank")); // 7
  book.accept(sale("0"));
  book.accept_all(xs); // 9, 10
  book.commit();
  auto asked = [&](const items& ys) {
    book.accept_all(ys);
    return book.turns.size();
  };
  auto spill = [&] {
    while (auto keys = book.machine.keys_to_spill()) {
      book.index.insert(keys->uses.begin(), keys->uses.end());
      book.machine.forget(*keys);
    }
  };
  // Nothing has happened to the accounts since: neither the batch nor those who know more ask.
  CHECK(asked(xs) == 0);
  spill();
  CHECK(asked(xs) == 1);
  CHECK(book.turns[0].keys.size() == 1);
  CHECK(book.turns[0].lead_to_more);
  CHECK(asked({sale("1")}) == 1);
  CHECK_FALSE(book.turns[0].lead_to_more);
  // What is staged, or on the disk, is in memory with all that was before it.
  book.accept(reopening("bank"));
  book.accept(reopening("coins"));
  CHECK(asked(xs) == 1);
  book.seal();
  CHECK(asked(xs) == 1);
  book.sync();
  // Around the transaction, no further than there are items; then what was before the batch.
  REQUIRE(asked(xs) == 3);
  CHECK(book.turns[1].changes == std::vector{event_seq{8}, event_seq{7}, event_seq{10}});
  CHECK(book.turns[1].lifecycles.empty());
  CHECK(book.turns[2].changes.empty());
  REQUIRE(book.turns[2].lifecycles.size() == 1);
  CHECK(book.turns[2].lifecycles[0].event == event_seq{9});
}

TEST_CASE("a closing or reopening that was not in the batch makes it another one", "[I5]") {
  repeating_book book;
  items xs{closing("bank"), sale("1"), reopening("bank")};
  book.accept_all(xs);
  book.accept(item(account("new")));
  book.commit();
  book.accept(closing("cash"));
  book.commit();
  auto is_refused = [&](items other, std::string at) {
    auto refusal = book.refuse_all(other);
    CHECK(refusal.code() == ec::idempotency_conflict);
    CHECK(refusal.get("item") == at);
    CHECK(refusal.get("key") == "1");
    CHECK(refusal.get("seq") == "8");
  };
  is_refused({closing("bank"), sale("1"), closing("coins")}, "2");
  is_refused({closing("cash"), sale("1")}, "0");
  is_refused({sale("1"), closing("cash")}, "1");
  // There was no such account.
  is_refused({sale("1"), reopening("new")}, "1");
  auto unknown = book.refuse_all({sale("1"), closing("none"), closing("coins")});
  CHECK(unknown.code() == ec::unknown_account);
  CHECK(unknown.get("item") == "1");
}

TEST_CASE("a closing or reopening may be a cause", "[I5]") {
  repeating_book book;
  items xs{reopening("cash"), caused(sale("1"), 0), closing("bank"), caused(sale("2"), 2),
           caused(reopening("bank"), 2)};
  auto first = book.always_answers_alike(xs);
  auto id_of = [&](event_seq seq) { return to_string(transaction_id{book.id, seq}); };
  CHECK(std::get<transaction_posted>(book.events[first[1].seq.value() - 1]).causation_id ==
        id_of(event_seq{3}));
  CHECK(std::get<transaction_posted>(book.events[first[3].seq.value() - 1]).causation_id ==
        id_of(first[2].seq));
  xs[3].caused_by = 0;
  CHECK(book.refuse_all(xs).get("item") == "3");
}

TEST_CASE("a rehearsal of a batch that was accepted is answered like a repeat", "[I5]") {
  repeating_book book;
  items xs{closing("bank"), sale("1"), reopening("bank"), closing("coins")};
  auto first = book.accept_all(xs);
  book.commit();
  book.change_all();
  book.commit();
  auto found = book.machine.rehearse(xs, true, book.known_of(xs));
  REQUIRE(found.size() == xs.size());
  for (std::size_t i = 0; i < xs.size(); ++i) {
    REQUIRE(found[i]);
    CHECK(found[i]->seq == first[i].seq);
    CHECK(found[i]->deduplicated);
  }
}
