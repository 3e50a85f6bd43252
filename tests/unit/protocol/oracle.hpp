#pragma once

#include "base/bytes.hpp"
#include "ledger/events.hpp"

#include <ledger.pb.h>

#include <string>
#include <string_view>

// Events as protobuf's own classes see them: a second opinion on every byte of the codec.

namespace daybook::protocol::oracle {

inline void fill(v1::Amount& to, ledger::amount x) {
  auto magnitude = static_cast<ledger::uint128>(x.is_negative() ? (-x).value() : x.value());
  to.set_low(static_cast<std::uint64_t>(magnitude));
  to.set_high(static_cast<std::uint64_t>(magnitude >> 64));
  to.set_negative(x.is_negative());
}

inline void fill(v1::AssetRegistered& to, const ledger::asset_definition& x) {
  to.set_id(x.id);
  to.set_class_(static_cast<v1::AssetClass>(x.cls));
  to.set_precision(x.precision);
  to.set_name(x.name);
}

inline void fill(v1::AccountOpened& to, const ledger::account_definition& x) {
  to.set_path(x.path);
  to.set_asset(x.asset);
  to.set_kind(static_cast<v1::AccountKind>(x.kind));
  to.set_normal_side(static_cast<v1::Side>(*x.normal_side));
  if (x.min_balance)
    fill(*to.mutable_min_balance(), *x.min_balance);
  if (x.max_balance)
    fill(*to.mutable_max_balance(), *x.max_balance);
}

inline void fill(v1::Posting& to, const ledger::posted_entry& x) {
  auto magnitude = static_cast<ledger::uint128>(x.value.value());
  to.set_account(x.account.value());
  to.set_credit(x.direction == ledger::side::credit);
  to.set_amount_low(static_cast<std::uint64_t>(magnitude));
  to.set_amount_high(static_cast<std::uint64_t>(magnitude >> 64));
}

inline void fill(v1::TransactionPosted& to, const ledger::transaction_posted& x) {
  to.set_key(x.key);
  for (auto& entry : x.entries)
    fill(*to.add_postings(), entry);
  if (x.occurred_at)
    to.set_occurred_at(x.occurred_at->us());
  for (auto& ref : x.refs) {
    auto& added = *to.add_refs();
    added.set_kind(ref.kind);
    added.set_value(ref.value);
  }
  to.set_metadata(x.metadata);
  to.set_correlation_id(x.correlation_id);
  to.set_causation_id(x.causation_id);
  to.set_reverses(x.reverses.value());
}

template <class Message>
void fill_links(Message& to, const ledger::event_links& x) {
  to.set_correlation_id(x.correlation_id);
  to.set_causation_id(x.causation_id);
}

inline void fill(v1::AssetRegistered& to, const ledger::asset_registered& x) {
  fill(to, x.definition);
  fill_links(to, x.links);
}

inline void fill(v1::AccountOpened& to, const ledger::account_opened& x) {
  fill(to, x.definition);
  fill_links(to, x.links);
}

template <class Message, class Event>
void fill_lifecycle(Message& to, const Event& x) {
  to.set_account(x.account.value());
  fill_links(to, x.links);
}

inline v1::Event message(const ledger::stored_event& x) {
  using namespace ledger;
  v1::Event to;
  if (auto* asset = std::get_if<asset_registered>(&x.content))
    fill(*to.mutable_asset_registered(), *asset);
  else if (auto* account = std::get_if<account_opened>(&x.content))
    fill(*to.mutable_account_opened(), *account);
  else if (auto* closed = std::get_if<account_closed>(&x.content))
    fill_lifecycle(*to.mutable_account_closed(), *closed);
  else if (auto* reopened = std::get_if<account_reopened>(&x.content))
    fill_lifecycle(*to.mutable_account_reopened(), *reopened);
  else
    fill(*to.mutable_transaction_posted(), std::get<transaction_posted>(x.content));
  to.set_joined(x.joined);
  return to;
}

inline std::string bytes(const ledger::stored_event& x) { return message(x).SerializeAsString(); }

} // namespace daybook::protocol::oracle
