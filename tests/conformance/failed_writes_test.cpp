#include "actors/client_fence.hpp"
#include "actors/client_follow.hpp"
#include "tests/conformance/collector.hpp"
#include "tests/conformance/conformance.hpp"

#include <functional>
#include <future>

// Units whose batch the disk did not take: whole or absent, and safe to retry [I2].

namespace daybook::test {

namespace {

using receipts = result<std::vector<ledger::receipt>>;

constexpr std::uint64_t items_of_a_unit = 5;

std::vector<ledger::write> unit(int number) {
  std::vector<ledger::write> items;
  for (std::uint64_t i = 0; i < items_of_a_unit; ++i)
    items.push_back(asked(sale(std::to_string(number) + "-" + std::to_string(i))));
  return items;
}

/// How units are written, and written again when it is not known whether they are there.
struct way_of_writing {
  std::function<receipts(const book_client&, int)> first;
  std::function<receipts(const book_client&, int)> again;
};

/// What became of a unit.
enum class fate { written, absent, whole };

class failing_disk {
public:
  explicit failing_disk(subject& here) : here_(here), disk_(here.faulty_disk()) {
    here_.options.snapshot_events = 0;
    here_.calls.retry_budget = {};
  }

  /// Writes a unit in a life of its own, in which the `nth` such operation fails.
  fate write_unit(int nth, operation what, const way_of_writing& write) {
    here_.restart();
    auto book = here_.prepared();
    auto before = durable_of(book);
    collector seen;
    actors::subscription wanted;
    wanted.from = before.next();
    auto subscriber = must(book.subscribe(wanted, seen));
    gate reached;
    gate may_go_on;
    disk_.on_change([=](operation) mutable {
      reached.open();
      (void)may_go_on.pass();
    });
    disk_.set({.what = what, .nth = static_cast<std::uint64_t>(nth)});
    auto number = ++units_;
    auto answer = std::async(std::launch::async, [&] { return write.first(book, number); });
    REQUIRE(reached.pass());
    check_unseen(book, seen, before, number);
    may_go_on.open();
    auto written = answer.get();
    disk_.on_change({});
    if (written) {
      check_all_there(book, before, *written, false);
      CHECK(seqs_of(seen.wait_for(before.plus(items_of_a_unit))) ==
            run_of(before.value() + 1, before.value() + items_of_a_unit));
      return fate::written;
    }
    refused(written, ec::outcome_unknown);
    auto found = check_after(here_.reopened(), before, number, write);
    // The subscription has found the next incarnation: nothing is missing, nothing comes twice.
    CHECK(seqs_of(seen.wait_for(before.plus(items_of_a_unit))) ==
          run_of(before.value() + 1, before.value() + items_of_a_unit));
    return found;
  }

private:
  /// While the disk has it, and nobody knows whether it will be there.
  static void check_unseen(const book_client& book, const collector& seen, event_seq before,
                           int number) {
    auto now = must(book.frontier());
    CHECK(now.written >= now.durable);
    CHECK(now.durable == before);
    CHECK(balance_of(book, cash) == static_cast<std::int64_t>(before.value() - 4));
    CHECK(must(book.events({before.next(), 100})).items.empty());
    CHECK(must(book.history({cash, before, 100})).entries.empty());
    refused(book.transaction_by_key(std::to_string(number) + "-0"), ec::not_found);
    for (auto& delivery : seen.deliveries())
      CHECK(delivery.events.empty());
  }

  static void check_all_there(const book_client& book, event_seq before,
                              const std::vector<ledger::receipt>& receipts, bool is_repeat) {
    REQUIRE(receipts.size() == items_of_a_unit);
    for (std::uint64_t i = 0; i < items_of_a_unit; ++i) {
      CHECK(receipts[i].id.seq == before.plus(1 + i));
      CHECK(receipts[i].deduplicated == is_repeat);
    }
    auto last = before.plus(items_of_a_unit);
    CHECK(durable_of(book) == last);
    CHECK(all_events(book).size() == last.value());
    CHECK(balance_of(book, cash) == static_cast<std::int64_t>(last.value() - 4));
  }

  static fate check_after(const book_client& book, event_seq before, int number,
                          const way_of_writing& write) {
    auto found = all_events(book).size() - before.value();
    CHECK((found == 0 || found == items_of_a_unit));
    CHECK(balance_of(book, cash) == static_cast<std::int64_t>(before.value() - 4 + found));
    auto again = must(write.again(book, number));
    check_all_there(book, before, again, found != 0);
    return found == 0 ? fate::absent : fate::whole;
  }

  subject& here_;
  faulty_storage& disk_;
  int units_ = 0;
};

/// The first such operation of a life fails, then the second, and so on until there are no more.
void check_failing(subject& here, const way_of_writing& write) {
  failing_disk disk{here};
  for (auto what : {operation::write, operation::sync}) {
    INFO((what == operation::write ? "writes" : "syncs"));
    std::vector<fate> fates;
    for (int nth = 1; nth < 20 && (fates.empty() || fates.back() != fate::written); ++nth) {
      INFO("number " << nth);
      fates.push_back(disk.write_unit(nth, what, write));
    }
    // The one that holds the unit itself was among them.
    REQUIRE(fates.back() == fate::written);
    REQUIRE(fates.size() > 1);
    CHECK(fates[fates.size() - 2] == (what == operation::write ? fate::absent : fate::whole));
  }
}

DAYBOOK_CASE("a batch that could not be written is seen by nobody, and is whole or absent "
             "afterwards",
             "[I1][I2][I7]") {
  auto write = [](const book_client& book, int number) { return book.commit_atomic(unit(number)); };
  check_failing(here, {write, write});
}

DAYBOOK_CASE("a fence whose sync fails is whole or absent, and its keys are safe to retry",
             "[I2][I5][I7]") {
  auto write = [](const book_client& book, int number) -> receipts {
    auto fence = book.begin_fence();
    if (!fence)
      return fail(fence.error());
    for (auto& item : unit(number))
      if (auto unseen = fence->write(item); !unseen)
        return fail(unseen.error());
    return fence->commit();
  };
  // One by one: what holds them together is over.
  auto again = [](const book_client& book, int number) -> receipts {
    std::vector<ledger::receipt> all;
    for (auto& item : unit(number)) {
      auto receipt = book.commit(item);
      if (!receipt)
        return fail(receipt.error());
      all.push_back(*receipt);
    }
    return all;
  };
  check_failing(here, {write, again});
}

} // namespace

} // namespace daybook::test
