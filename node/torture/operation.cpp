#include "node/torture/operation.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace daybook::node::torture {

namespace {

using json = nlohmann::ordered_json;

template <class Value, std::size_t Count>
using names_of = std::array<std::pair<Value, std::string_view>, Count>;

constexpr names_of<outcome, 4> outcome_names{{
    {outcome::accepted, "accepted"},
    {outcome::refused, "refused"},
    {outcome::not_accepted, "not_accepted"},
    {outcome::unknown, "unknown"},
}};

constexpr names_of<action, 7> action_names{{
    {action::write, "write"},
    {action::atomic, "atomic"},
    {action::conflict, "conflict"},
    {action::frontier, "frontier"},
    {action::balance, "balance"},
    {action::find, "find"},
    {action::totals, "totals"},
}};

template <class Value, std::size_t Count>
std::string_view name_in(const names_of<Value, Count>& names, Value x) {
  auto known = std::ranges::find(names, x, [](auto& named) { return named.first; });
  return known == names.end() ? "unknown" : known->second;
}

template <class Value, std::size_t Count>
bool find_in(const names_of<Value, Count>& names, std::string_view text, Value& x) {
  auto known = std::ranges::find(names, text, [](auto& named) { return named.second; });
  if (known != names.end())
    x = known->first;
  return known != names.end();
}

json to_object(const answer& x) {
  json object{{"number", x.number}, {"outcome", to_string(x.how)}};
  if (x.how != outcome::accepted) {
    object["error"] = x.error;
    return object;
  }
  object["seq"] = x.seq;
  object["epoch"] = x.epoch;
  object["committed_at_us"] = x.committed_at_us;
  object["chain"] = x.chain;
  object["repeated"] = x.repeated;
  object["balances"] = x.balances;
  return object;
}

bool read(const json& object, answer& x) {
  x.number = object.at("number");
  if (!from_string(object.at("outcome").get_ref<const std::string&>(), x.how))
    return false;
  if (x.how != outcome::accepted) {
    x.error = object.at("error");
    return true;
  }
  x.seq = object.at("seq");
  x.epoch = object.at("epoch");
  x.committed_at_us = object.at("committed_at_us");
  x.chain = object.at("chain");
  x.repeated = object.at("repeated");
  x.balances = object.at("balances").get<std::vector<std::int64_t>>();
  return true;
}

void add_read(json& object, const operation& x) {
  if (x.what == action::find) {
    object["wanted"] = to_string(x.wanted);
    object["found"] = x.found;
  }
  object["seq"] = x.seq;
  object["epoch"] = x.epoch;
  object["account"] = x.account;
  object["balance"] = x.balance;
}

bool read(const json& object, operation& x) {
  x.client = object.at("client");
  x.invoked = object.at("invoked_ns");
  x.completed = object.at("completed_ns");
  x.retries = object.value("retries", false);
  if (!from_string(object.at("action").get_ref<const std::string&>(), x.what))
    return false;
  for (auto& item : object.value("answers", json::array()))
    if (!read(item, x.answers.emplace_back()))
      return false;
  x.error = object.value("error", std::string{});
  if (object.contains("wanted")) {
    auto wanted = parse_key(object.at("wanted").get_ref<const std::string&>());
    x.wanted = wanted.value_or(key_id{});
    x.found = object.at("found");
    if (!wanted)
      return false;
  }
  x.seq = object.value("seq", x.seq);
  x.epoch = object.value("epoch", x.epoch);
  x.account = object.value("account", x.account);
  x.balance = object.value("balance", x.balance);
  return true;
}

} // namespace

instant now() {
  auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_start).count();
}

std::uint64_t first_bytes(const chain_hash& x) {
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < sizeof(first); ++i)
    first = first << 8 | std::to_integer<std::uint64_t>(x[i]);
  return first;
}

std::string_view to_string(outcome x) { return name_in(outcome_names, x); }
bool from_string(std::string_view text, outcome& x) { return find_in(outcome_names, text, x); }
std::string_view to_string(action x) { return name_in(action_names, x); }
bool from_string(std::string_view text, action& x) { return find_in(action_names, text, x); }

outcome outcome_of(ec code) {
  switch (code) {
  case ec::overloaded:
  case ec::fence_active:
  case ec::busy:
  case ec::read_only:
  case ec::restarting:
  case ec::failed:
  case ec::no_space:
  case ec::moved:
  case ec::unavailable:
    return outcome::not_accepted;
  case ec::outcome_unknown:
  case ec::io:
  case ec::timed_out:
  case ec::corrupt:
  case ec::locked:
  case ec::internal:
    return outcome::unknown;
  default:
    return outcome::refused;
  }
}

std::string to_json(const operation& x) {
  json object{{"client", x.client},
              {"action", to_string(x.what)},
              {"invoked_ns", x.invoked},
              {"completed_ns", x.completed}};
  if (x.retries)
    object["retries"] = true;
  if (!x.answers.empty()) {
    auto items = json::array();
    for (auto& item : x.answers)
      items.push_back(to_object(item));
    object["answers"] = std::move(items);
  } else {
    if (!x.error.empty())
      object["error"] = x.error;
    add_read(object, x);
  }
  return object.dump();
}

result<operation> operation_from_json(std::string_view text) {
  auto damaged = [&] {
    return fail(ec::corrupt, "a line of the history is no operation: " + std::string{text});
  };
  auto object = json::parse(text, nullptr, false);
  if (!object.is_object())
    return damaged();
  try {
    operation x;
    if (!read(object, x))
      return damaged();
    return x;
  } catch (const json::exception&) {
    return damaged();
  }
}

} // namespace daybook::node::torture
