#include "actors/client_fence.hpp"
#include "actors/stable_book.hpp"
#include "tests/conformance/conformance.hpp"

#include <caf/scoped_actor.hpp>

#include <cerrno>

// Books that fail and come back, and those that do not.

namespace daybook::test {

namespace {

actors::book_info info_of(subject& here) { return must(here.node().books()).at(0); }

DAYBOOK_CASE("a client does not notice that its book was killed", "[I5]") {
  here.options.restarts = *actors::parse_restart_policy("1000/60s");
  auto book = here.prepared();
  for (int i = 0; i < 5; ++i) {
    must(book.commit(sale("k" + std::to_string(i))));
    kill(book);
    CHECK(balance_of(book, cash) == i + 1);
  }
  CHECK(info_of(here).restarts == 5);
  CHECK(info_of(here).phase == actors::book_phase::running);
  CHECK(durable_of(book) == event_seq{9});
}

DAYBOOK_CASE("a book that has failed is read, tells what is written, and is lifted by hand",
             "[I2][I5]") {
  here.options.restarts = *actors::parse_restart_policy("never");
  auto book = here.prepared();
  auto first = must(book.commit(sale("k")));
  auto other = must(here.node().book("other"));
  kill(book);
  CHECK(is_repeat_of(must(book.commit(sale("k"))), first));
  auto& refusal = refused(book.commit(sale("l")), ec::failed);
  CHECK_FALSE(refusal.get("reason").empty());
  refused(book.commit_atomic({asked(sale("l")), asked(sale("m"))}), ec::failed);
  refused(book.open_account(account("assets:new")), ec::failed);
  refused(book.begin_fence(), ec::failed);
  CHECK(
      is_repeat_of(must(book.open_account(account(cash))), must(book.open_account(account(cash)))));
  CHECK(balance_of(book, cash) == 1);
  CHECK(all_events(book).size() == 5);
  must(other.register_asset(asset()));
  CHECK(info_of(here).phase == actors::book_phase::failed);
  must(here.node().restart_book("bank"));
  must(book.commit(sale("l")));
  CHECK(info_of(here).phase == actors::book_phase::running);
}

DAYBOOK_CASE("a fence is over when its book was killed", "[I7]") {
  auto book = here.prepared();
  auto fence = must(book.begin_fence());
  must(fence.write(asked(sale("k"))));
  kill(book);
  refused(fence.write(asked(sale("l"))), ec::not_found);
  refused(fence.commit(), ec::not_found);
  CHECK(balance_of(book, cash) == 0);
  must(book.commit(sale("k")));
}

DAYBOOK_CASE("a full disk refuses writes, and the book goes on when there is space", "[I2][I5]") {
  auto& disk = here.faulty_disk();
  auto book = here.prepared();
  must(book.commit(sale("before")));
  disk.set({.what = operation::write, .number = ENOSPC});
  // The next incarnation knows that it is not there.
  refused(book.commit(sale("k")), ec::no_space);
  CHECK(balance_of(book, cash) == 1);
  CHECK(info_of(here).restarts == 1);
  REQUIRE(comes_true([&] { return info_of(here).phase == actors::book_phase::running; }));
  CHECK_FALSE(must(book.commit(sale("k"))).deduplicated);
  CHECK(balance_of(book, cash) == 2);
}

DAYBOOK_CASE("an actor keeps its handle of a book over restarts", "[I5]") {
  auto book = here.prepared();
  auto& system = book.handle().home_system();
  auto node = here.supervisor();
  auto stable = actors::spawn_stable_book(system, node, "bank");
  caf::scoped_actor self{system};
  auto post = [&](const std::string& key) {
    std::optional<ledger::receipt> receipt;
    self->request(stable, patience, actors::atom::commit_v, sale(key))
        .receive([&](const ledger::receipt& x) { receipt = x; },
                 [](const caf::error& x) { FAIL(caf::to_string(x)); });
    return receipt.value();
  };
  auto first = post("k");
  kill(book);
  CHECK(is_repeat_of(post("k"), first));
  CHECK(post("l").epoch > first.epoch);
  caf::anon_send_exit(stable, caf::exit_reason::user_shutdown);
}

} // namespace

} // namespace daybook::test
