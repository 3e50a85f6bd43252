// What a book asks before it can judge or answer a write: keys, transactions, first receipts.

#include "actors/reader.hpp"
#include "actors/reads/indexed_history.hpp"
#include "actors/reads/log_walk.hpp"
#include "actors/reads/past_lifecycles.hpp"
#include "actors/recover_book.hpp"
#include "ledger/idempotency.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace daybook::actors {

namespace {

result<std::optional<ledger::first_use>> find_key(const index::side_index& index, book_id book,
                                                  const hash128& key) {
  auto found = index.find_key(book, key, index::effort::disk);
  if (!found)
    return fail(std::move(found.error()));
  switch (found->what) {
  case index::finding::present:
    return ledger::first_use{found->record.seq, found->record.fingerprint};
  case index::finding::absent:
    return std::nullopt;
  case index::finding::unknown:
    break;
  }
  return fail(ec::io, "the index did not say whether it has an idempotency key",
              {{"operation", "find_key"}});
}

/// A node that only reads has no index and leaves keys out of memory (recover_book.hpp), but for
/// those of the events after `last`.
result<void> find_keys_in_log(const environment& env, const log_scan& scan, event_seq last,
                              ledger::facts& to) {
  ledger::idempotency_keys hasher{read_only_secret, 0};
  ledger::fingerprinter fingerprint;
  std::size_t missing = to.keys.size();
  return each_event(env, scan, event_seq{1}, last, [&](auto& event, auto& at) {
    auto* posted = std::get_if<ledger::transaction_posted>(&event.content);
    auto asked = posted ? to.keys.find(hasher.hash_of(posted->key)) : to.keys.end();
    if (asked == to.keys.end() || asked->second)
      return true;
    asked->second = ledger::first_use{at.seq, fingerprint(ledger::content_of(*posted))};
    return --missing > 0;
  });
}

result<void> find_keys(const environment& env, const facts_job& job, ledger::facts& to) {
  for (auto& key : job.asked->keys)
    to.keys[key] = std::nullopt;
  if (env.index) {
    for (auto& [key, use] : to.keys) {
      auto found = find_key(*env.index, job.scan.id, key);
      if (!found)
        return fail(std::move(found.error()));
      use = *found;
    }
    return {};
  }
  // Without an index a writer has all keys in memory: what it does not find there is nowhere.
  if (!env.options.read_only || to.keys.empty())
    return {};
  return find_keys_in_log(env, job.scan, job.keys_gone, to);
}

std::vector<event_seq> ascending(std::vector<event_seq> seqs) {
  std::ranges::sort(seqs);
  seqs.erase(std::ranges::unique(seqs).begin(), seqs.end());
  return seqs;
}

result<void> find_transactions(const environment& env, const facts_job& job, ledger::facts& to) {
  for (auto seq : job.asked->transactions)
    to.transactions[seq] = std::nullopt;
  auto wanted = ascending(job.asked->transactions);
  std::erase_if(wanted, [&](auto seq) { return seq == event_seq{} || seq > job.scan.last; });
  return each_event_of(env, job.scan, wanted, [&](auto& event, auto& at) {
    if (auto* posted = std::get_if<ledger::transaction_posted>(&event.content))
      to.transactions[at.seq] = *posted;
    return true;
  });
}

using receipts = std::unordered_map<event_seq, ledger::receipt>;

/// The accounts of a transaction, each once, in the order in which its postings first name them.
std::vector<account_no> accounts_of(const ledger::transaction_posted& x) {
  std::vector<account_no> accounts;
  accounts.reserve(x.entries.size());
  for (auto& entry : x.entries)
    accounts.push_back(entry.account);
  std::unordered_map<account_no, std::size_t> first;
  for (std::size_t i = 0; i < accounts.size(); ++i)
    first.try_emplace(accounts[i], i);
  std::size_t i = 0;
  std::erase_if(accounts, [&](auto n) { return first[n] != i++; });
  return accounts;
}

ledger::receipt receipt_without_balances(const log_scan& scan, const event_place& at) {
  return {.id = {scan.id, at.seq},
          .epoch = at.batch.epoch,
          .committed_at = at.batch.committed_at,
          .deduplicated = true,
          .chain = at.batch.chain,
          .balances = {}};
}

/// Receipts of indexed events: each takes a look at the log, and one at the index per account.
result<void> collect_indexed(const environment& env, const log_scan& scan,
                             std::span<const event_seq> wanted, receipts& to) {
  if (wanted.empty())
    return {};
  indexed_history known{*env.index, scan.id};
  return each_event_of(env, scan, wanted, [&](auto& event, auto& at) -> result<bool> {
    auto receipt = receipt_without_balances(scan, at);
    if (auto* posted = std::get_if<ledger::transaction_posted>(&event.content))
      for (auto n : accounts_of(*posted)) {
        auto account = known.account(n, at.seq);
        if (!account)
          return fail(std::move(account.error()));
        receipt.balances.push_back({n, account->balance});
      }
    to[at.seq] = std::move(receipt);
    return true;
  });
}

/// Receipts of events behind the end of the index: one pass over the log from there.
result<void> collect_behind(const environment& env, const log_scan& scan, event_seq indexed,
                            std::span<const event_seq> wanted, receipts& to) {
  if (wanted.empty())
    return {};
  auto start = indexed == event_seq{} ? running_balances::nothing()
                                      : indexed_history{*env.index, scan.id}.balances_at(indexed);
  start.sums = nullptr;
  running_balances balances{scan.chart, std::move(start)};
  auto visit = [&](auto& event, auto& at) -> result<bool> {
    auto* posted = std::get_if<ledger::transaction_posted>(&event.content);
    if (posted)
      if (auto applied = balances.apply(*posted); !applied)
        return fail(at_record(applied.error(), at.batch));
    if (at.seq != wanted.front())
      return true;
    auto receipt = receipt_without_balances(scan, at);
    if (posted)
      for (auto n : balances.touched())
        receipt.balances.push_back({n, *balances.balance_of(n)});
    to[at.seq] = std::move(receipt);
    wanted = wanted.subspan(1);
    return !wanted.empty();
  };
  return each_event(env, scan, indexed.next(), wanted.back(), visit);
}

} // namespace

result<facts_answer> read_facts(const environment& env, const facts_job& job) {
  auto known = std::make_shared<ledger::facts>();
  if (auto found = find_keys(env, job, *known); !found)
    return fail(std::move(found.error()));
  if (auto found = find_transactions(env, job, *known); !found)
    return fail(std::move(found.error()));
  if (auto found = find_changes(env, job.scan, job.asked->changes, *known); !found)
    return fail(std::move(found.error()));
  if (auto found = find_lifecycles(env, job.scan, job.asked->lifecycles, *known); !found)
    return fail(std::move(found.error()));
  return facts_answer{std::move(known)};
}

result<std::vector<ledger::receipt>> read_receipts(const environment& env,
                                                   const receipts_job& job) {
  auto wanted = ascending(job.events);
  auto indexed = indexed_up_to(env, job.scan, job.scan.last);
  auto behind = std::ranges::upper_bound(wanted, indexed);
  receipts found;
  if (auto done = collect_indexed(env, job.scan, {wanted.begin(), behind}, found); !done)
    return fail(std::move(done.error()));
  if (auto done = collect_behind(env, job.scan, indexed, {behind, wanted.end()}, found); !done)
    return fail(std::move(done.error()));
  std::vector<ledger::receipt> answer;
  for (auto seq : job.events) {
    auto receipt = found.find(seq);
    if (receipt == found.end())
      return fail(ec::corrupt,
                  "the log of '" + job.scan.name + "' has no event " + std::to_string(seq.value()) +
                      ", which is said to be durable",
                  {{"seq", std::to_string(seq.value())}});
    answer.push_back(receipt->second);
  }
  return answer;
}

} // namespace daybook::actors
