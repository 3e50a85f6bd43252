#pragma once

#include "actors/messages.hpp"
#include "base/bytes.hpp"
#include "ledger/types.hpp"

#include <caf/all.hpp>

#include <array>
#include <bit>

// How CAF reads and writes the ledger's types: kept out of the rooms that know no actors.

namespace daybook {

/// Any number but none: a newer node may know more codes than this one.
template <class Inspector>
bool inspect(Inspector& f, ec& x) {
  auto get = [&x] { return static_cast<std::uint8_t>(x); };
  auto set = [&x](std::uint8_t value) {
    x = static_cast<ec>(value);
    return value != 0;
  };
  return f.apply(get, set);
}

template <class Inspector>
bool inspect(Inspector& f, transaction_id& x) {
  return f.object(x).fields(f.field("book", x.book), f.field("seq", x.seq));
}

} // namespace daybook

namespace daybook::actors::detail {

/// For enums of our messages: their values begin at 1 and have no holes up to `Last`.
template <auto Last, class Inspector, class Enum>
bool inspect_enum(Inspector& f, Enum& x) {
  auto get = [&x] { return static_cast<std::uint8_t>(x); };
  auto set = [&x](std::uint8_t value) {
    x = static_cast<Enum>(value);
    return value >= 1 && value <= static_cast<std::uint8_t>(Last);
  };
  return f.apply(get, set);
}

/// A hash as four integers: one call each in place of one a byte.
using hash_words = std::array<std::uint64_t, 4>;

template <class Inspector>
auto hash_field(Inspector& f, chain_hash& x) {
  auto get = [&x] { return std::bit_cast<hash_words>(x); };
  auto set = [&x](const hash_words& value) { x = std::bit_cast<chain_hash>(value); };
  return f.field("chain", get, set);
}

} // namespace daybook::actors::detail

namespace daybook::ledger {

template <class Inspector>
bool inspect(Inspector& f, asset_class& x) {
  return actors::detail::inspect_enum<asset_class::other>(f, x);
}

template <class Inspector>
bool inspect(Inspector& f, account_kind& x) {
  return actors::detail::inspect_enum<account_kind::clearing>(f, x);
}

template <class Inspector>
bool inspect(Inspector& f, side& x) {
  return actors::detail::inspect_enum<side::credit>(f, x);
}

/// The two halves of the 128 bits.
struct amount_words {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

template <class Inspector>
bool inspect(Inspector& f, amount_words& x) {
  return f.object(x).fields(f.field("low", x.low), f.field("high", x.high));
}

template <class Inspector>
bool inspect(Inspector& f, amount& x) {
  auto get = [&x] {
    auto bits = static_cast<uint128>(x.value());
    return amount_words{static_cast<std::uint64_t>(bits), static_cast<std::uint64_t>(bits >> 64)};
  };
  auto set = [&x](amount_words words) {
    auto value = amount::from_int128(static_cast<int128>(uint128{words.high} << 64 | words.low));
    x = value.value_or(amount{});
    return value.has_value();
  };
  return f.apply(get, set);
}

template <class Inspector>
bool inspect(Inspector& f, asset_definition& x) {
  return f.object(x).fields(f.field("id", x.id), f.field("class", x.cls),
                            f.field("precision", x.precision), f.field("name", x.name));
}

template <class Inspector>
bool inspect(Inspector& f, account_definition& x) {
  return f.object(x).fields(f.field("path", x.path), f.field("asset", x.asset),
                            f.field("kind", x.kind), f.field("normal_side", x.normal_side),
                            f.field("min_balance", x.min_balance),
                            f.field("max_balance", x.max_balance));
}

template <class Inspector>
bool inspect(Inspector& f, posting& x) {
  return f.object(x).fields(f.field("account", x.account), f.field("value", x.value),
                            f.field("asset", x.asset), f.field("direction", x.direction));
}

template <class Inspector>
bool inspect(Inspector& f, external_ref& x) {
  return f.object(x).fields(f.field("kind", x.kind), f.field("value", x.value));
}

template <class Inspector>
bool inspect(Inspector& f, transaction& x) {
  return f.object(x).fields(
      f.field("key", x.key), f.field("postings", x.postings), f.field("occurred_at", x.occurred_at),
      f.field("refs", x.refs), f.field("metadata", x.metadata),
      f.field("correlation_id", x.correlation_id), f.field("causation_id", x.causation_id),
      f.field("reverses", x.reverses));
}

template <class Inspector>
bool inspect(Inspector& f, reversal& x) {
  return f.object(x).fields(f.field("key", x.key), f.field("of", x.of),
                            f.field("occurred_at", x.occurred_at), f.field("metadata", x.metadata),
                            f.field("correlation_id", x.correlation_id));
}

template <class Inspector>
bool inspect(Inspector& f, account_closing& x) {
  return f.object(x).fields(f.field("path", x.path),
                            f.field("even_with_balance", x.even_with_balance));
}

template <class Inspector>
bool inspect(Inspector& f, account_reopening& x) {
  return f.object(x).fields(f.field("path", x.path));
}

template <class Inspector>
bool inspect(Inspector& f, account_version& x) {
  return f.object(x).fields(f.field("account", x.account), f.field("updated_seq", x.updated_seq));
}

template <class Inspector>
bool inspect(Inspector& f, book_version& x) {
  return f.object(x).fields(f.field("seq", x.seq));
}

template <class Inspector>
bool inspect(Inspector& f, balance_at_least& x) {
  return f.object(x).fields(f.field("account", x.account), f.field("value", x.value));
}

template <class Inspector>
bool inspect(Inspector& f, balance_at_most& x) {
  return f.object(x).fields(f.field("account", x.account), f.field("value", x.value));
}

template <class Inspector>
bool inspect(Inspector& f, write& x) {
  return f.object(x).fields(f.field("what", x.what), f.field("conditions", x.conditions),
                            f.field("correlation_id", x.correlation_id),
                            f.field("causation_id", x.causation_id),
                            f.field("caused_by", x.caused_by));
}

template <class Inspector>
bool inspect(Inspector& f, account_balance& x) {
  return f.object(x).fields(f.field("account", x.account), f.field("value", x.value));
}

template <class Inspector>
bool inspect(Inspector& f, receipt& x) {
  return f.object(x).fields(
      f.field("id", x.id), f.field("epoch", x.epoch), f.field("committed_at", x.committed_at),
      f.field("deduplicated", x.deduplicated), actors::detail::hash_field(f, x.chain),
      f.field("balances", x.balances));
}

} // namespace daybook::ledger

namespace daybook::actors {

template <class Inspector>
bool inspect(Inspector& f, open_mode& x) {
  return detail::inspect_enum<open_mode::create>(f, x);
}

template <class Inspector>
bool inspect(Inspector& f, write_batch& x) {
  return f.object(x).fields(f.field("items", x.items), f.field("atomic", x.atomic));
}

template <class Inspector>
bool inspect(Inspector& f, fence_id& x) {
  return f.object(x).fields(f.field("token", x.token));
}

template <class Inspector>
bool inspect(Inspector& f, fence_options& x) {
  return f.object(x).fields(f.field("timeout", x.timeout));
}

template <class Inspector>
bool inspect(Inspector& f, book_pressure& x) {
  return f.object(x).fields(f.field("what", x.what), f.field("queued", x.queued),
                            f.field("capacity", x.capacity), f.field("share", x.share));
}

template <class Inspector>
bool inspect(Inspector& f, moment& x) {
  return f.object(x).fields(f.field("seq", x.seq), f.field("time", x.time));
}

template <class Inspector>
bool inspect(Inspector& f, snapshot_info& x) {
  return f.object(x).fields(f.field("seq", x.seq), f.field("bytes", x.bytes),
                            f.field("written", x.written));
}

template <class Inspector>
bool inspect(Inspector& f, account_view& x) {
  return f.object(x).fields(f.field("definition", x.definition), f.field("precision", x.precision),
                            f.field("balance", x.balance), f.field("updated_seq", x.updated_seq),
                            f.field("number", x.number), f.field("closed", x.closed));
}

template <class Inspector>
bool inspect(Inspector& f, accounts_query& x) {
  return f.object(x).fields(f.field("prefix", x.prefix), f.field("from", x.from),
                            f.field("limit", x.limit), f.field("at", x.at));
}

template <class Inspector>
bool inspect(Inspector& f, accounts_page& x) {
  return f.object(x).fields(f.field("items", x.items), f.field("next", x.next),
                            f.field("at", x.at));
}

template <class Inspector>
bool inspect(Inspector& f, trial_balance_view& x) {
  return f.object(x).fields(
      f.field("asset", x.asset), f.field("precision", x.precision),
      f.field("debit_turnover", x.debit_turnover), f.field("credit_turnover", x.credit_turnover),
      f.field("debit_balances", x.debit_balances), f.field("credit_balances", x.credit_balances));
}

template <class Inspector>
bool inspect(Inspector& f, recorded_event& x) {
  return f.object(x).fields(f.field("receipt", x.receipt), f.field("content", x.content),
                            f.field("correlation_id", x.correlation_id),
                            f.field("causation_id", x.causation_id), f.field("joined", x.joined));
}

template <class Inspector>
bool inspect(Inspector& f, events_query& x) {
  return f.object(x).fields(f.field("from", x.from), f.field("limit", x.limit));
}

template <class Inspector>
bool inspect(Inspector& f, events_page& x) {
  return f.object(x).fields(f.field("items", x.items), f.field("next", x.next));
}

template <class Inspector>
bool inspect(Inspector& f, history_query& x) {
  return f.object(x).fields(f.field("account", x.account), f.field("after", x.after),
                            f.field("limit", x.limit));
}

template <class Inspector>
bool inspect(Inspector& f, history_entry& x) {
  return f.object(x).fields(f.field("id", x.id), f.field("committed_at", x.committed_at),
                            f.field("occurred_at", x.occurred_at), f.field("key", x.key),
                            f.field("direction", x.direction), f.field("value", x.value),
                            f.field("balance_after", x.balance_after));
}

template <class Inspector>
bool inspect(Inspector& f, history_page& x) {
  return f.object(x).fields(f.field("asset", x.asset), f.field("precision", x.precision),
                            f.field("entries", x.entries), f.field("next", x.next));
}

template <class Inspector>
bool inspect(Inspector& f, book_status& x) {
  return f.object(x).fields(
      f.field("name", x.name), f.field("id", x.id), f.field("epoch", x.epoch),
      f.field("accepted", x.accepted), f.field("durable", x.durable),
      f.field("accounts", x.accounts), f.field("assets", x.assets), f.field("batches", x.batches),
      f.field("events", x.events), f.field("bytes", x.bytes), f.field("syncs", x.syncs),
      f.field("overloaded", x.overloaded), f.field("indexed", x.indexed),
      f.field("snapshot", x.snapshot), f.field("hot_keys", x.hot_keys),
      f.field("subscriptions", x.subscriptions), f.field("subscription_lag", x.subscription_lag),
      f.field("applied_lag", x.applied_lag), f.field("read_only", x.read_only),
      f.field("fence_until", x.fence_until));
}

template <class Inspector>
bool inspect(Inspector& f, book_phase& x) {
  return detail::inspect_enum<book_phase::failed>(f, x);
}

template <class Inspector>
bool inspect(Inspector& f, book_info& x) {
  return f.object(x).fields(f.field("name", x.name), f.field("open", x.open),
                            f.field("phase", x.phase), f.field("restarts", x.restarts),
                            f.field("last_failure", x.last_failure),
                            f.field("failed_at", x.failed_at), f.field("node", x.node));
}

template <class Inspector>
bool inspect(Inspector& f, supervision& x) {
  return detail::inspect_enum<supervision::stopped>(f, x);
}

template <class Inspector>
bool inspect(Inspector& f, supervision_event& x) {
  return f.object(x).fields(f.field("book", x.book), f.field("what", x.what),
                            f.field("epoch", x.epoch), f.field("restarts", x.restarts),
                            f.field("reason", x.reason), f.field("delay", x.delay),
                            f.field("at", x.at), f.field("missed", x.missed));
}

} // namespace daybook::actors
