#include "tests/process/crashing_node/workload.hpp"

#include "actors/client_fence.hpp"
#include "tests/support/builders.hpp"

#include <string>
#include <utility>

namespace daybook::test {

namespace {

using kind = action::kind;

constexpr int rounds = 8;

const std::string cash = "assets:cash";
const std::string bank = "assets:bank";
const std::string sales = "income:sales";

/// So many accounts that a snapshot is longer than a sector.
std::vector<ledger::command> definitions() {
  std::vector<ledger::command> all{asset(), account(cash), account(bank),
                                   account(sales, ledger::account_kind::income)};
  for (int i = 0; i < 5; ++i)
    all.emplace_back(account("assets:drawer:" + std::to_string(i)));
  return all;
}

/// Sales and deposits, by turns. The metadata makes a batch of a few of them longer than a sector.
std::vector<ledger::command> transactions(const std::string& prefix, int count) {
  std::vector<ledger::command> writes;
  for (int i = 0; i < count; ++i) {
    auto is_deposit = i % 2 == 1;
    auto x = transfer(prefix + std::to_string(i), is_deposit ? bank : cash,
                      is_deposit ? cash : sales, is_deposit ? 1 : 10 + i);
    x.metadata = R"({"note":")" + std::string(150, 'n') + R"("})";
    writes.emplace_back(std::move(x));
  }
  return writes;
}

std::vector<ledger::write> to_writes(std::span<const ledger::command> commands) {
  std::vector<ledger::write> writes;
  for (auto& x : commands)
    writes.push_back({.what = x});
  return writes;
}

/// Calls again while the book has no room, as it tells its clients to.
template <class Call>
auto patiently(Call call) {
  for (;;) {
    auto answer = call();
    if (answer || answer.error().code() != ec::overloaded)
      return answer;
  }
}

void write_each(const book_client& book, const ledger::command& x, answers& heard) {
  heard.take(x, must(patiently([&] { return book.commit(ledger::write{.what = x}); }), name_of(x)));
}

void write_message(const book_client& book, const action& x, answers& heard) {
  auto outcomes = must(patiently([&] { return book.commit(x.writes); }), "a message");
  for (std::size_t i = 0; i < x.writes.size(); ++i) {
    if (!outcomes[i] && outcomes[i].error().code() == ec::overloaded)
      write_each(book, x.writes[i], heard);
    else
      heard.take(x.writes[i], must(outcomes[i], name_of(x.writes[i])));
  }
}

void take_all(const action& x, const std::vector<ledger::receipt>& receipts, answers& heard) {
  expect(receipts.size() == x.writes.size(), "a unit is answered in part");
  for (std::size_t i = 0; i < receipts.size(); ++i)
    heard.take(x.writes[i], receipts[i]);
}

void write_atomic(const book_client& book, const action& x, answers& heard) {
  take_all(x, must(patiently([&] { return book.commit_atomic(to_writes(x.writes)); }), "a batch"),
           heard);
}

/// The last two by themselves, all or nothing.
void write_behind_fence(const book_client& book, const action& x, answers& heard) {
  auto fence = must(patiently([&] { return book.begin_fence(); }), "a fence");
  auto single = std::span{x.writes}.first(x.writes.size() - 2);
  for (auto& write : single)
    must(patiently([&] { return fence.write({.what = write}); }), name_of(write));
  auto rest = std::span{x.writes}.subspan(single.size());
  must(patiently([&] { return fence.submit_atomic(to_writes(rest)); }), "a batch behind a fence");
  if (x.what == kind::fence)
    take_all(x, must(fence.commit(), "a fence's commit"), heard);
  else
    must(fence.cancel(), "a fence's cancelling");
}

void be_refused(const book_client& book, const action& x) {
  for (auto& write : x.writes) {
    auto answer = patiently([&] { return book.commit(ledger::write{.what = write}); });
    expect(!answer && answer.error().code() == ec::idempotency_conflict,
           name_of(write) + " is accepted with other content");
  }
}

void perform_one(const book_client& book, const action& x, answers& heard) {
  switch (x.what) {
  case kind::each:
    for (auto& write : x.writes)
      write_each(book, write, heard);
    break;
  case kind::message:
    write_message(book, x, heard);
    break;
  case kind::atomic:
    write_atomic(book, x, heard);
    break;
  case kind::fence:
  case kind::cancelled:
    write_behind_fence(book, x, heard);
    break;
  case kind::conflict:
    be_refused(book, x);
    break;
  case kind::snapshot:
    must(book.snapshot(), "a snapshot");
    break;
  }
}

} // namespace

std::vector<action> whole_workload() {
  std::vector<action> all{{kind::each, definitions()}};
  for (int round = 0; round < rounds; ++round) {
    auto number = std::to_string(round) + "-";
    auto older = transactions("alone-" + std::to_string(round / 2) + "-", 1);
    if (round % 3 == 1)
      all.push_back({kind::each, {account("assets:till:" + std::to_string(round))}});
    all.push_back({kind::each, transactions("alone-" + number, 1)});
    all.push_back({kind::message, transactions("message-" + number, 3)});
    all.push_back({kind::each, older});
    all.push_back({kind::conflict, {altered(older.front())}});
    all.push_back({kind::atomic, transactions("atomic-" + number, 3)});
    all.push_back({round % 2 == 0 ? kind::fence : kind::cancelled,
                   transactions((round % 2 == 0 ? "fence-" : "cancelled-") + number, 5)});
    if (round % 4 == 2)
      all.push_back({kind::snapshot});
  }
  return all;
}

ledger::command altered(ledger::command x) {
  for (auto& posting : std::get<ledger::transaction>(x).postings)
    posting.value = ledger::amount{77};
  return x;
}

void perform(const book_client& book, std::span<const action> actions, answers& heard) {
  for (auto& x : actions)
    perform_one(book, x, heard);
}

} // namespace daybook::test
