#pragma once

#include "node/torture/history.hpp"
#include "node/torture/history_checker.hpp"
#include "node/torture/log_image.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace daybook::node::torture {

/// A book and what its clients were told, all of it right, until a test changes something. Times
/// are small numbers.
struct torture_rig {
  book_facts facts{.name = "book", .seed = 7, .accounts = 4};
  std::vector<logged_event> log;
  std::map<std::uint32_t, std::vector<operation>> clients;
  std::vector<instant> node_starts;
  final_state last;

  static constexpr std::uint64_t definitions = 5; ///< an asset and the accounts

  torture_rig() {
    for (std::uint64_t seq = 1; seq <= definitions; ++seq)
      log.push_back({.seq = seq, .epoch = 1, .committed_at_us = 100, .chain = seq});
  }

  /// The next transaction of a client that no account's bound stands against.
  key_id next_key(std::uint32_t client) {
    auto& number = next_numbers_[client];
    while (is_bounded(transfer_of(facts.seed, {client, number}, facts.accounts).from))
      ++number;
    return {client, number++};
  }

  /// Puts a transaction at the end of the log; gives its seq.
  std::uint64_t append(const key_id& key) {
    auto x = transfer_of(facts.seed, key, facts.accounts);
    auto seq = log.back().seq + 1;
    log.push_back({.seq = seq,
                   .epoch = epoch,
                   .committed_at_us = static_cast<std::int64_t>(100 + seq),
                   .chain = 1'000 + seq,
                   .key = key,
                   .postings = {{x.to, x.amount}, {x.from, -x.amount}}});
    return seq;
  }

  logged_event& at(std::uint64_t seq) { return log[seq - 1]; }

  std::int64_t balance(std::uint32_t account, std::uint64_t seq) const {
    std::int64_t sum = 0;
    for (auto& event : log)
      for (auto& posting : event.postings)
        if (event.seq <= seq && posting.account == account)
          sum += posting.debit;
    return sum;
  }

  /// The event that touched an account last, up to one.
  std::uint64_t touched(std::uint32_t account, std::uint64_t seq) const {
    std::uint64_t last_touch = 0;
    for (auto& event : log)
      for (auto& posting : event.postings)
        if (event.seq <= seq && posting.account == account)
          last_touch = event.seq;
    return last_touch;
  }

  answer receipt(std::uint64_t seq, bool repeated = false) const {
    auto& event = log[seq - 1];
    auto x = transfer_of(facts.seed, *event.key, facts.accounts);
    return {.number = event.key->number,
            .how = outcome::accepted,
            .seq = seq,
            .epoch = event.epoch,
            .committed_at_us = event.committed_at_us,
            .chain = event.chain,
            .repeated = repeated,
            .balances = {balance(x.to, seq), balance(x.from, seq)}};
  }

  operation& add(std::uint32_t client, action what, instant from, instant to) {
    auto& all = clients[client];
    all.push_back({.client = client, .what = what, .invoked = from, .completed = to});
    return all.back();
  }

  /// A transaction of a client, durable and acknowledged; gives its seq.
  std::uint64_t write(std::uint32_t client, instant from, instant to) {
    auto seq = append(next_key(client));
    add(client, action::write, from, to).answers = {receipt(seq)};
    return seq;
  }

  /// The answer to a key that is sent again.
  operation& repeat(std::uint64_t seq, instant from, instant to) {
    auto& x = add(at(seq).key->client, action::write, from, to);
    x.answers = {receipt(seq, true)};
    return x;
  }

  /// An answer other than a receipt.
  operation& turned_away(const key_id& key, outcome how, instant from, instant to) {
    auto& x = add(key.client, action::write, from, to);
    x.answers = {{.number = key.number, .how = how, .error = std::string{to_string(how)}}};
    return x;
  }

  operation& frontier(std::uint32_t client, std::uint64_t seq, instant from, instant to) {
    auto& x = add(client, action::frontier, from, to);
    x.seq = seq;
    x.epoch = epoch;
    return x;
  }

  operation& read_balance(std::uint32_t client, std::uint32_t account, std::uint64_t seq,
                          instant from, instant to) {
    auto& x = add(client, action::balance, from, to);
    x.account = account;
    x.seq = touched(account, seq);
    x.balance = balance(account, seq);
    return x;
  }

  operation& find(std::uint32_t client, const key_id& key, std::uint64_t seq, instant from,
                  instant to) {
    auto& x = add(client, action::find, from, to);
    x.wanted = key;
    x.found = seq != 0;
    x.seq = seq;
    return x;
  }

  /// What the book shows in the end.
  final_state state() const {
    final_state x;
    x.durable = log.back().seq;
    for (std::uint32_t account = 0; account < facts.accounts; ++account)
      x.accounts.push_back({account, balance(account, x.durable), touched(account, x.durable)});
    return x;
  }

  /// The names of all violations.
  std::set<std::string> judge() const { return judge(state()); }

  std::set<std::string> judge(const final_state& shown) const {
    violations found;
    log_image image{facts, found};
    for (auto& event : log)
      image.add(event);
    image.finish();
    check_final(image, shown, found);
    history_checker checker{image, found};
    std::vector<history_source> sources;
    for (auto& [client, operations] : clients)
      sources.push_back([&all = operations, next = std::size_t{0}]() mutable {
        auto x = next < all.size() ? std::optional{all[next]} : std::nullopt;
        ++next;
        return result<std::optional<operation>>{std::move(x)};
      });
    if (!replay(std::move(sources), node_starts, checker))
      return {"history out of order"};
    checker.finish();
    std::set<std::string> names;
    for (auto& x : found.kept())
      names.insert(x.what);
    return names;
  }

  std::uint64_t epoch = 1; ///< of what is appended

private:
  std::map<std::uint32_t, std::uint64_t> next_numbers_;
};

} // namespace daybook::node::torture
