#include "ledger/types.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace daybook::ledger {

namespace {

template <class Enum, std::size_t N>
using names_of = std::array<std::pair<Enum, std::string_view>, N>;

constexpr names_of<asset_class, 3> class_names{{
    {asset_class::fiat, "fiat"},
    {asset_class::crypto, "crypto"},
    {asset_class::other, "other"},
}};

constexpr names_of<account_kind, 6> kind_names{{
    {account_kind::asset, "asset"},
    {account_kind::liability, "liability"},
    {account_kind::equity, "equity"},
    {account_kind::income, "income"},
    {account_kind::expense, "expense"},
    {account_kind::clearing, "clearing"},
}};

constexpr names_of<side, 2> side_names{{
    {side::debit, "debit"},
    {side::credit, "credit"},
}};

template <class Enum, std::size_t N>
std::string_view name_of(const names_of<Enum, N>& names, Enum x) {
  auto i = std::ranges::find(names, x, &std::pair<Enum, std::string_view>::first);
  return i == names.end() ? "unknown" : i->second;
}

template <class Enum, std::size_t N>
bool find_name(const names_of<Enum, N>& names, std::string_view text, Enum& x) {
  auto i = std::ranges::find(names, text, &std::pair<Enum, std::string_view>::second);
  if (i == names.end())
    return false;
  x = i->first;
  return true;
}

} // namespace

std::string_view to_string(asset_class x) { return name_of(class_names, x); }
std::string_view to_string(account_kind x) { return name_of(kind_names, x); }
std::string_view to_string(side x) { return name_of(side_names, x); }

bool from_string(std::string_view text, asset_class& x) { return find_name(class_names, text, x); }
bool from_string(std::string_view text, account_kind& x) { return find_name(kind_names, text, x); }
bool from_string(std::string_view text, side& x) { return find_name(side_names, text, x); }

bool is_known(asset_class x) { return x >= asset_class::fiat && x <= asset_class::other; }
bool is_known(account_kind x) { return x >= account_kind::asset && x <= account_kind::clearing; }
bool is_known(side x) { return x == side::debit || x == side::credit; }

side default_normal_side(account_kind kind) {
  switch (kind) {
  case account_kind::liability:
  case account_kind::equity:
  case account_kind::income:
    return side::credit;
  case account_kind::asset:
  case account_kind::expense:
  case account_kind::clearing:
    break;
  }
  return side::debit;
}

const std::string* key_of(const command& x) {
  if (auto* asked = std::get_if<transaction>(&x))
    return &asked->key;
  auto* taken_back = std::get_if<reversal>(&x);
  return taken_back ? &taken_back->key : nullptr;
}

bool is_lifecycle_change(const command& x) {
  return std::holds_alternative<account_closing>(x) || std::holds_alternative<account_reopening>(x);
}

} // namespace daybook::ledger
