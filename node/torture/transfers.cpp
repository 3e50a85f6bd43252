#include "node/torture/transfers.hpp"

#include "node/torture/seeded.hpp"

#include <charconv>
#include <utility>

namespace daybook::node::torture {

namespace {

constexpr std::string_view account_prefix = "assets:torture:";

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number x = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), x);
  auto is_whole = problem == std::errc{} && end == text.data() + text.size();
  return is_whole ? std::optional{x} : std::nullopt;
}

} // namespace

std::string to_string(const key_id& x) {
  auto client =
      x.client == key_id::preloader ? std::string{"preload"} : "c" + std::to_string(x.client);
  return client + "-" + std::to_string(x.number);
}

std::optional<key_id> parse_key(std::string_view text) {
  auto dash = text.find('-');
  if (dash == std::string_view::npos || dash == 0)
    return {};
  key_id x{key_id::preloader};
  if (text.front() == 'c')
    x.client = parse_whole<std::uint32_t>(text.substr(1, dash - 1)).value_or(key_id::preloader);
  x.number = parse_whole<std::uint64_t>(text.substr(dash + 1)).value_or(0);
  return to_string(x) == text ? std::optional{x} : std::nullopt;
}

transfer transfer_of(std::uint64_t seed, const key_id& key, std::uint32_t accounts) {
  auto chance = seeded::stream(seed + key.client, key.number);
  transfer x;
  x.from = static_cast<std::uint32_t>(chance.below(accounts));
  if (key.client == key_id::preloader && is_bounded(x.from))
    --x.from;
  x.to = static_cast<std::uint32_t>((x.from + 1 + chance.below(accounts - 1)) % accounts);
  x.amount = static_cast<std::int64_t>(1 + chance.below(100'000));
  return x;
}

bool is_bounded(std::uint32_t account) { return account % 4 == 1; }

std::string account_path(std::uint32_t account) {
  return std::string{account_prefix} + std::to_string(account);
}

std::optional<std::uint32_t> parse_account(std::string_view path) {
  if (!path.starts_with(account_prefix))
    return {};
  return parse_whole<std::uint32_t>(path.substr(account_prefix.size()));
}

ledger::account_definition account_of(std::uint32_t account) {
  ledger::account_definition x;
  x.path = account_path(account);
  x.asset = asset_id;
  if (is_bounded(account))
    x.min_balance = ledger::amount{};
  return x;
}

ledger::transaction transaction_of(const key_id& key, const transfer& x) {
  ledger::transaction y;
  y.key = to_string(key);
  ledger::amount value{x.amount};
  y.postings.push_back({account_path(x.to), value, {}, ledger::side::debit});
  y.postings.push_back({account_path(x.from), value, {}, ledger::side::credit});
  return y;
}

} // namespace daybook::node::torture
