#include "actors/client_fence.hpp"
#include "actors/errors.hpp"
#include "tests/conformance/collector.hpp"
#include "tests/conformance/conformance.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <optional>

// Books that are killed, at once and without warning.

namespace daybook::test {

namespace {

std::string key(std::size_t i) { return "k" + std::to_string(i); }

void check_gapless(const book_client& book, std::uint64_t last) {
  auto events = all_events(book);
  CHECK(seqs_of(events) == run_of(1, last));
  CHECK(durable_of(book) == event_seq{last});
}

DAYBOOK_CASE("every ticket is answered when its book is killed, and retries post once",
             "[I1][I3][I5]") {
  auto& disk = here.faulty_disk();
  here.calls.retry_budget = {};
  auto book = here.prepared();
  std::vector<ticket> tickets;
  auto submit_to = [&](std::size_t count) {
    while (tickets.size() < count)
      // A message each: what shares one may still be with the client when the book dies.
      tickets.push_back(book.submit(asked(sale(key(tickets.size())))));
  };
  submit_to(50);
  must(tickets.back().wait());
  // From here on the disk does not come to an end.
  gate reached;
  gate may_sync;
  disk.on_change([=](operation what) mutable {
    if (what != operation::sync)
      return;
    reached.open();
    (void)may_sync.pass();
  });
  submit_to(200);
  REQUIRE(reached.pass());
  kill(book);
  may_sync.open();
  std::vector<std::optional<ledger::receipt>> first;
  for (auto& x : tickets) {
    auto answer = x.wait_for(patience);
    REQUIRE(answer);
    first.push_back(*answer ? std::optional{**answer} : std::nullopt);
    // Nobody has looked at what is `restarting`.
    if (!*answer && answer->error().code() != ec::restarting)
      refused(*answer, ec::outcome_unknown);
  }
  CHECK(std::ranges::count_if(first, [](auto& x) { return !x; }) == 150);
  book = here.reopened();
  std::vector<std::uint64_t> seqs;
  for (std::size_t i = 0; i < first.size(); ++i) {
    auto again = must(book.commit(sale(key(i))));
    seqs.push_back(again.id.seq.value());
    if (first[i])
      CHECK(is_repeat_of(again, *first[i]));
  }
  std::ranges::sort(seqs);
  CHECK(seqs == run_of(5, 204));
  CHECK(balance_of(book, cash) == 200);
  check_gapless(book, 204);
  disk.on_change({});
}

/// Everything that was ever acknowledged.
using acknowledged = std::vector<std::pair<std::string, ledger::receipt>>;

/// Some of everything, with keys that begin with a word of their own.
void live(const book_client& book, const std::string& life, acknowledged& all) {
  auto receipts = sell(book, life + "-sale", 30);
  for (std::size_t i = 0; i < receipts.size(); ++i)
    all.emplace_back(life + "-sale" + std::to_string(i), receipts[i]);
  receipts = must(patiently(
      [&] { return book.commit_atomic({asked(sale(life + "-a")), asked(sale(life + "-b"))}); }));
  all.emplace_back(life + "-a", receipts[0]);
  all.emplace_back(life + "-b", receipts[1]);
  auto fence = must(book.begin_fence());
  must(patiently([&] { return fence.write(asked(sale(life + "-c"))); }));
  all.emplace_back(life + "-c", must(fence.commit()).at(0));
}

DAYBOOK_CASE("a book dies ten times and loses nothing", "[I1][I3][I5]") {
  here.spill_keys_early();
  here.options.snapshot_events = 70;
  acknowledged all;
  here.prepared();
  for (int death = 0; death < 10; ++death) {
    auto book = here.reopened();
    auto life = std::to_string(death);
    live(book, life, all);
    // Some are on their way when it dies; it is not known which of them get there.
    std::vector<ticket> tickets;
    for (int i = 0; i < 10; ++i)
      tickets.push_back(book.submit(sale(life + "-late" + std::to_string(i))));
    death % 2 == 0 ? kill(book) : here.crash();
    for (auto& x : tickets)
      (void)x.wait();
    book = here.reopened();
    for (int i = 0; i < 10; ++i) {
      auto late = life + "-late" + std::to_string(i);
      auto receipt = must(patiently([&] { return book.commit(sale(late)); }));
      receipt.deduplicated = false;
      all.emplace_back(late, receipt);
    }
  }
  auto book = here.book();
  REQUIRE(all.size() == 430);
  for (auto& [known, receipt] : all) {
    INFO("key " << known);
    REQUIRE(is_repeat_of(must(book.commit(sale(known))), receipt));
  }
  CHECK(balance_of(book, cash) == 430);
  check_gapless(book, 434);
}

DAYBOOK_CASE("who waits for a watermark is told when the book is killed", "[I12]") {
  using actors::watermark;
  auto book = here.prepared();
  caf::scoped_actor self{book.handle().home_system()};
  auto ask = [&](std::uint64_t seq) {
    auto mark = static_cast<watermark>(1 + seq % 4);
    return self->request(book.handle(), caf::infinite, actors::atom::wait_for_v, mark,
                         std::string{"nobody"}, event_seq{seq}, caf::timespan{patience});
  };
  std::vector<decltype(ask(0))> waiting;
  for (std::uint64_t seq = 5; seq < 105; ++seq)
    waiting.push_back(ask(seq));
  // Behind the questions: when this is answered they wait.
  self->request(book.handle(), patience, actors::atom::frontier_v)
      .receive([](const actors::frontier&) {},
               [](const caf::error& x) { FAIL(caf::to_string(x)); });
  caf::anon_send_exit(book.handle(), caf::exit_reason::kill);
  std::size_t told = 0;
  for (auto& x : waiting)
    x.receive([](const actors::frontier&) { FAIL("nothing came to be"); },
              [&](const caf::error& reason) {
                auto code = actors::from_caf(reason, ec::io).code();
                CHECK(to_string(code) == to_string(ec::io));
                ++told;
              });
  CHECK(told == 100);
  must(here.reopened().commit(sale("k")));
}

} // namespace

} // namespace daybook::test
