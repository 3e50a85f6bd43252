#include "ledger/state_delta.hpp"

#include "comparison.hpp"

using namespace daybook;
using namespace daybook::ledger;

namespace {

result<account_state> updated(const state_delta& delta, account_no n, account_state x) {
  return delta.update(n, x).map([&] { return x; });
}

snapshot updated(const state_delta& delta, const snapshot& before) {
  snapshot after{delta.header(), {}};
  for (account_no n; n.value() < before.accounts.size(); n = n.next())
    after.accounts.push_back(updated(delta, n, before.accounts[n.value()]).value());
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

transaction_posted reversing(std::uint64_t of, std::vector<posted_entry> entries) {
  auto x = posted(std::move(entries));
  x.reverses = event_seq{of};
  return x;
}

account_opened opening_of(std::string path) {
  account_opened x{account(std::move(path)), {}};
  x.definition.normal_side = side::debit;
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
  auto after = updated(delta, account_no{1}, bank).value();
  CHECK(after.balance == amount{2});
  CHECK(after.updated_seq == event_seq{8});
  auto sales = x.book.machine.state_of(account_no{2});
  CHECK(updated(delta, account_no{2}, sales) == sales);
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
           asset_registered{{"EUR", asset_class::fiat, 2, ""}, {}},
           asset_registered{{"X", asset_class::fiat, 31, ""}, {}}, opened, unknown, posted({}),
           reversing(8, {cash(amount{1}), bank(amount{1})}),
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

TEST_CASE("a fold refuses events that contradict each other", "[I8]") {
  folding x;
  account_no cash{0};
  account_no fresh{4};
  auto to = [](account_no n) {
    return posted({{n, side::debit, amount{1}}, {account_no{1}, side::credit, amount{1}}});
  };
  for (auto& events : std::vector<std::vector<event>>{
           {opening_of("new"), opening_of("new")},
           {opening_of("new"), account_reopened{fresh, {}}},
           {opening_of("new"), account_closed{fresh, {}}, account_closed{fresh, {}}},
           {opening_of("new"), account_closed{fresh, {}}, to(fresh)},
           {account_closed{cash, {}}, account_closed{cash, {}}},
           {account_closed{cash, {}}, to(cash)},
           {account_reopened{cash, {}}, account_reopened{cash, {}}},
           {to(cash), account_reopened{cash, {}}},
       }) {
    auto delta = x.fold();
    for (std::size_t i = 0; i + 1 < events.size(); ++i)
      REQUIRE(delta.apply(events[i]));
    CHECK(refusal_of(delta.apply(events.back())).code() == ec::corrupt);
  }
}

TEST_CASE("an account that contradicts the log behind it is not updated", "[I8]") {
  folding x;
  account_no cash{0};
  auto before = x.book.machine.state_of(cash);
  auto after = [&](const event& event, const account_state& state) {
    auto delta = x.fold();
    REQUIRE(delta.apply(event));
    return updated(delta, cash, state);
  };
  auto posting = posted({{cash, side::debit, amount{1}}, {account_no{1}, side::credit, amount{1}}});
  auto closed = before;
  closed.closed = true;
  closed.changed_at = event_seq{7};
  auto full = before;
  full.balance = amount::max();
  CHECK(after(posting, before)->balance == amount{6});
  CHECK(after(account_closed{cash, {}}, before)->closed);
  CHECK_FALSE(after(account_reopened{cash, {}}, closed)->closed);
  for (auto& refusal :
       {refusal_of(after(posting, closed)), refusal_of(after(account_closed{cash, {}}, closed)),
        refusal_of(after(account_reopened{cash, {}}, before)), refusal_of(after(posting, full)),
        refusal_of(after(opening_of("cash"), before))}) {
    CHECK(refusal.code() == ec::corrupt);
    CHECK(refusal.get("seq") == "8");
  }
}
