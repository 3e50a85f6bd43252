#pragma once

#include "ledger/events.hpp"

#include <rapidcheck.h>

#include <limits>
#include <string>

// Random values of the ledger's types, with the edges more often than chance would have them.

namespace daybook::protocol::generators {

/// Text of pieces that tempt a parser: UTF-8 of every length, quotes, separators.
inline rc::Gen<std::string> text() {
  auto piece = rc::gen::element<std::string>("a", "Z", "0", " ", "  ", ":", "\"", "\\", "/", ";",
                                             "%", ",", "{", "ě", "\u00a0", "€", "\U0001F4B0");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](auto pieces) {
    std::string joined;
    for (auto& x : pieces)
      joined += x;
    return joined;
  });
}

inline rc::Gen<std::string> label() {
  return rc::gen::map(text(), [](std::string x) { return "x" + x; });
}

/// One that is above zero, of any number of bits.
inline rc::Gen<ledger::amount> positive_amount() {
  auto bits = rc::gen::inRange(1, 128);
  return rc::gen::apply(
      [](int size, std::uint64_t high, std::uint64_t low) {
        auto random = ledger::uint128{high} << 64 | low;
        auto mask = (ledger::uint128{1} << size) - 1;
        auto value = (random & mask) | ledger::uint128{1} << (size - 1);
        return *ledger::amount::from_int128(static_cast<ledger::int128>(value));
      },
      bits, rc::gen::arbitrary<std::uint64_t>(), rc::gen::arbitrary<std::uint64_t>());
}

inline rc::Gen<ledger::amount> signed_amount() {
  return rc::gen::apply(
      [](ledger::amount x, int sign) { return sign == 0  ? ledger::amount{}
                                              : sign < 0 ? -x
                                                         : x; },
      positive_amount(), rc::gen::inRange(-1, 2));
}

inline rc::Gen<ledger::side> side() {
  return rc::gen::element(ledger::side::debit, ledger::side::credit);
}

template <class T>
rc::Gen<std::optional<T>> maybe(rc::Gen<T> gen) {
  return rc::gen::apply([](bool there, T x) { return there ? std::optional{x} : std::nullopt; },
                        rc::gen::arbitrary<bool>(), gen);
}

/// Bits of any number, so that every length of a varint occurs.
template <class T>
rc::Gen<T> number() {
  return rc::gen::apply([](T x, int shift) { return static_cast<T>(x >> shift); },
                        rc::gen::arbitrary<T>(),
                        rc::gen::inRange(0, std::numeric_limits<T>::digits));
}

inline rc::Gen<ledger::asset_definition> asset() {
  using ledger::asset_definition;
  return rc::gen::build<asset_definition>(
      rc::gen::set(&asset_definition::id, label()),
      rc::gen::set(&asset_definition::cls,
                   rc::gen::element(ledger::asset_class::fiat, ledger::asset_class::crypto,
                                    ledger::asset_class::other)),
      rc::gen::set(&asset_definition::precision,
                   rc::gen::map(rc::gen::inRange(0, 31),
                                [](int x) { return static_cast<std::uint8_t>(x); })),
      rc::gen::set(&asset_definition::name, text()));
}

inline rc::Gen<ledger::account_definition> account() {
  using ledger::account_definition;
  using ledger::account_kind;
  return rc::gen::build<account_definition>(
      rc::gen::set(&account_definition::path, label()),
      rc::gen::set(&account_definition::asset, label()),
      rc::gen::set(&account_definition::kind,
                   rc::gen::element(account_kind::asset, account_kind::liability,
                                    account_kind::equity, account_kind::income,
                                    account_kind::expense, account_kind::clearing)),
      rc::gen::set(&account_definition::normal_side,
                   rc::gen::map(side(), [](auto x) { return std::optional{x}; })),
      rc::gen::set(&account_definition::min_balance, maybe(signed_amount())),
      rc::gen::set(&account_definition::max_balance, maybe(signed_amount())));
}

inline rc::Gen<event_seq> seq() {
  return rc::gen::map(number<std::uint64_t>(), [](auto x) { return event_seq{x}; });
}

inline rc::Gen<account_no> account_number() {
  return rc::gen::map(number<std::uint32_t>(), [](auto x) { return account_no{x}; });
}

inline rc::Gen<timestamp> time() {
  return rc::gen::map(number<std::int64_t>(), [](auto us) { return timestamp{us}; });
}

inline rc::Gen<ledger::posted_entry> entry() {
  using ledger::posted_entry;
  return rc::gen::build<posted_entry>(rc::gen::set(&posted_entry::account, account_number()),
                                      rc::gen::set(&posted_entry::direction, side()),
                                      rc::gen::set(&posted_entry::value, positive_amount()));
}

inline rc::Gen<ledger::external_ref> ref() {
  using ledger::external_ref;
  return rc::gen::build<external_ref>(rc::gen::set(&external_ref::kind, label()),
                                      rc::gen::set(&external_ref::value, label()));
}

inline rc::Gen<ledger::transaction_posted> transaction() {
  using ledger::transaction_posted;
  return rc::gen::build<transaction_posted>(
      rc::gen::set(&transaction_posted::key, label()),
      rc::gen::set(&transaction_posted::entries,
                   rc::gen::container<std::vector<ledger::posted_entry>>(entry())),
      rc::gen::set(&transaction_posted::occurred_at, maybe(time())),
      rc::gen::set(&transaction_posted::refs,
                   rc::gen::container<std::vector<ledger::external_ref>>(ref())),
      rc::gen::set(&transaction_posted::metadata, text()),
      rc::gen::set(&transaction_posted::correlation_id, text()),
      rc::gen::set(&transaction_posted::causation_id, text()),
      rc::gen::set(&transaction_posted::reverses, seq()));
}

inline rc::Gen<ledger::event_links> links() {
  using ledger::event_links;
  return rc::gen::build<event_links>(rc::gen::set(&event_links::correlation_id, text()),
                                     rc::gen::set(&event_links::causation_id, text()));
}

/// An event that says something of `T`'s definition, or of an account.
template <class Event, class T>
rc::Gen<ledger::event> linked(rc::Gen<T> gen) {
  return rc::gen::apply([](T x, ledger::event_links y) { return ledger::event{Event{x, y}}; }, gen,
                        links());
}

inline rc::Gen<ledger::event> event() {
  auto wrap = [](auto x) { return ledger::event{std::move(x)}; };
  return rc::gen::oneOf(
      linked<ledger::asset_registered>(asset()), linked<ledger::account_opened>(account()),
      rc::gen::map(transaction(), wrap), linked<ledger::account_closed>(account_number()),
      linked<ledger::account_reopened>(account_number()));
}

inline rc::Gen<ledger::stored_event> stored_event() {
  using ledger::stored_event;
  return rc::gen::build<stored_event>(rc::gen::set(&stored_event::content, event()),
                                      rc::gen::set(&stored_event::joined));
}

} // namespace daybook::protocol::generators
