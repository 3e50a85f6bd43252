#include "ledger/state_delta.hpp"

#include "comparison.hpp"

using namespace daybook;
using namespace daybook::ledger;

namespace {

snapshot updated(const state_delta& delta, const snapshot& before) {
  snapshot after{delta.header(), {}};
  for (account_no n; n.value() < before.accounts.size(); n = n.next())
    after.accounts.push_back(delta.updated(n, before.accounts[n.value()]));
  for (auto& x : delta.new_accounts())
    after.accounts.push_back(x);
  return after;
}

/// A book of two batches, and a fold that stands between them.
struct folding {
  folding() {
    book.accept(transfer("1", {debit("cash", 5), credit("sales", 5)}));
    book.commit(timestamp{10});
  }

  state_delta fold() const {
    state_delta delta{book.machine.state(), *book.machine.chart_of_accounts()};
    REQUIRE(delta.begin(next));
    return delta;
  }

  small_book book;
  batch_info next{event_seq{8}, writer_epoch{3}, timestamp{10}, hash_number(9)};
};

transaction_posted posted(std::vector<posted_entry> entries) {
  transaction_posted x;
  x.entries = std::move(entries);
  return x;
}

} // namespace

TEST_CASE("a state and the log behind it give every later state", "[I9]") {
  REQUIRE(rc::check("a state and the log behind it give every later state", [] {
    comparison book{0};
    book.run(with_beginning(*any_history()));
    book.finish();
    auto& states = book.snapshots();
    auto from = *rc::gen::inRange<std::size_t>(0, states.size());
    auto to = *rc::gen::inRange<std::size_t>(from, states.size());
    snapshot empty;
    empty.header.book = book.machine().id();
    for (auto* start : std::vector<const snapshot*>{&states[from], &empty}) {
      state_delta delta{start->header, *book.machine().chart_of_accounts()};
      for (std::size_t i = 0; i < book.batches().size(); ++i) {
        auto& batch = book.batches()[i];
        if (batch.first_seq <= start->header.seq || batch.first_seq > states[to].header.seq)
          continue;
        auto last = i + 1 < book.batches().size() ? book.batches()[i + 1].first_seq
                                                  : book.machine().durable_seq().next();
        RC_ASSERT(delta.begin(batch).has_value());
        for (auto seq = batch.first_seq; seq < last; seq = seq.next())
          RC_ASSERT(delta.apply(book.events()[seq.value() - 1]).has_value());
      }
      RC_ASSERT(updated(delta, *start) == states[to]);
    }
  }));
}

TEST_CASE("a fold holds only what changed") {
  folding x;
  auto delta = x.fold();
  auto header = x.book.machine.state();
  CHECK(delta.header() == header);
  REQUIRE(delta.apply(
      posted({{account_no{0}, side::credit, amount{2}}, {account_no{1}, side::debit, amount{2}}})));
  auto bank = x.book.machine.state_of(account_no{1});
  auto after = delta.updated(account_no{1}, bank);
  CHECK(after.balance == amount{2});
  CHECK(after.updated_seq == event_seq{8});
  auto sales = x.book.machine.state_of(account_no{2});
  CHECK(delta.updated(account_no{2}, sales) == sales);
  CHECK(delta.header().seq == event_seq{8});
  CHECK(delta.header().chain == x.next.chain);
  CHECK(delta.header().assets[0].debit_turnover == amount{7});
}

TEST_CASE("a fold refuses batches that do not follow", "[I8]") {
  folding x;
  for (auto& [first, epoch, at] :
       {std::tuple{7u, 3u, 10}, {9u, 3u, 10}, {8u, 2u, 10}, {8u, 3u, 9}}) {
    state_delta delta{x.book.machine.state(), *x.book.machine.chart_of_accounts()};
    auto refusal = refusal_of(
        delta.begin({event_seq{first}, writer_epoch{epoch}, timestamp{at}, hash_number(9)}));
    CHECK(refusal.code() == ec::corrupt);
    CHECK_FALSE(refusal.get("seq").empty());
  }
}

TEST_CASE("a fold refuses events that cannot be", "[I8]") {
  folding x;
  auto cash = [](amount value) { return posted_entry{account_no{0}, side::debit, value}; };
  auto bank = [](amount value) { return posted_entry{account_no{1}, side::credit, value}; };
  account_opened opened{account("new"), {}};
  auto unknown = opened;
  unknown.definition.asset = "USD";
  unknown.definition.normal_side = side::debit;
  for (const event& event : std::vector<ledger::event>{
           asset_registered{{"EUR", asset_class::fiat, 2, ""}, {}}, opened, unknown,
           posted({cash(amount{1}), bank(amount{2})}), posted({cash(amount{}), bank(amount{})}),
           posted({{account_no{0}, side{}, amount{1}}, bank(amount{1})}),
           posted({cash(amount{1}), {account_no{4}, side::credit, amount{1}}}),
           posted({cash(amount::max()), bank(amount::max())}),
           posted({cash(amount::max()), cash(amount{1}), bank(amount{1})}),
           account_closed{account_no{4}, {}}, account_reopened{account_no{4}, {}}}) {
    auto delta = x.fold();
    auto refusal = refusal_of(delta.apply(event));
    CHECK(refusal.code() == ec::corrupt);
    CHECK(refusal.get("seq") == "8");
  }
}
