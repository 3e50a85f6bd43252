#include "tests/simulation/workload.hpp"

#include "tests/simulation/model.hpp"

#include <algorithm>
#include <set>

namespace daybook::simulation {

namespace {

ledger::asset_definition asset_named(const std::string& id) {
  return {id, ledger::asset_class::fiat, 2, "an asset"};
}

} // namespace

/// Those with even numbers hold A, the others B. Of several kinds, some with bounds.
ledger::account_definition workload::account_at(std::uint64_t i) {
  ledger::account_definition x;
  x.path = path_of(i);
  x.asset = i % 2 == 0 ? "A" : "B";
  x.kind = i >= 6       ? ledger::account_kind::clearing
           : i % 3 == 0 ? ledger::account_kind::asset
                        : ledger::account_kind::income;
  if (i == 7)
    x.normal_side = ledger::side::credit;
  if (i == 1 || i == 4)
    x.min_balance = ledger::amount{-120};
  if (i == 2 || i == 4)
    x.max_balance = ledger::amount{150};
  return x;
}

std::vector<ledger::write> workload::foundations() const {
  std::vector<ledger::write> items{{asset_named("A")}, {asset_named("B")}};
  for (std::uint64_t i = 0; i < 5; ++i)
    items.push_back({account_at(i)});
  return items;
}

std::string workload::any_key() {
  return keys_ == 0 ? "k0" : "k" + std::to_string(dice_.below(keys_ + 1));
}

void workload::learn(const request& answered) {
  for (std::size_t i = 0; i < answered.outcomes.size(); ++i)
    if (auto* receipt = std::get_if<ledger::receipt>(&answered.outcomes[i]);
        receipt && answered.how != form::rehearsal && receipt->id.seq != event_seq{}) {
      known_.push_back(receipt->id.seq);
      end_ = std::max(end_, receipt->id.seq.value());
    }
}

ledger::transaction workload::movement() {
  ledger::transaction x;
  x.key = "k" + std::to_string(++keys_);
  // Mostly accounts that are open from the start, of one asset.
  auto many = dice_.chance(100) ? accounts_max : 5;
  auto from = dice_.below(many);
  auto to = (from + 2 * dice_.between(1, 2)) % (many - many % 2);
  if (to % 2 != from % 2 || to == from)
    to = (from + 2) % accounts_max;
  ledger::amount value{static_cast<std::int64_t>(dice_.between(1, 50))};
  x.postings = {{path_of(from), value, "", ledger::side::debit},
                {path_of(to), value, "", ledger::side::credit}};
  if (dice_.chance(80)) { // with the other asset too
    auto other = (from + 1) % 4;
    auto another = (other + 2) % 4;
    x.postings.push_back({path_of(other), value, "", ledger::side::debit});
    x.postings.push_back({path_of(another), value, "", ledger::side::credit});
  }
  if (dice_.chance(20))
    x.postings.back().value = ledger::amount{1'000}; // does not balance
  if (dice_.chance(150))
    x.occurred_at = timestamp{static_cast<std::int64_t>(dice_.below(1'000'000))};
  if (dice_.chance(100))
    x.metadata = "{\"n\":" + std::to_string(keys_) + "}";
  if (dice_.chance(50))
    x.metadata = "{\"pad\":\"" + std::string(dice_.below(1'500), 'x') + "\"}";
  if (dice_.chance(100))
    x.correlation_id = "c" + std::to_string(dice_.below(5));
  return x;
}

ledger::write workload::conditional(ledger::write x) {
  auto path = path_of(dice_.below(5));
  switch (dice_.below(4)) {
  case 0:
    x.conditions.push_back(
        ledger::balance_at_least{path, ledger::amount{static_cast<std::int64_t>(dice_.below(40))}});
    break;
  case 1:
    x.conditions.push_back(
        ledger::balance_at_most{path, ledger::amount{static_cast<std::int64_t>(dice_.below(40))}});
    break;
  case 2:
    x.conditions.push_back(ledger::book_version{event_seq{end_ + dice_.below(2)}});
    break;
  default:
    x.conditions.push_back(
        ledger::account_version{path, known_.empty() ? event_seq{} : dice_.pick(known_)});
  }
  return x;
}

ledger::write workload::any_write() {
  ledger::write x;
  auto what = dice_.below(100);
  if (what < 3) {
    x.what = ledger::account_closing{any_path(), dice_.chance(400)};
  } else if (what < 10) {
    x.what = ledger::account_reopening{any_path()};
  } else if (what < 13) {
    auto definition = account_at(dice_.below(accounts_max));
    if (dice_.chance(100))
      definition.max_balance = ledger::amount{7'777}; // other content
    x.what = definition;
  } else if (what < 14) {
    x.what = asset_named(dice_.chance(500) ? "A" : "C");
  } else if (what < 25 && !posted_.empty()) {
    x = dice_.pick(posted_); // again, or the same key with other content
    if (auto* posted = std::get_if<ledger::transaction>(&x.what); posted && dice_.chance(150))
      posted->metadata += " ";
    x.conditions.clear();
    return x;
  } else if (what < 32 && !known_.empty()) {
    ledger::reversal taken_back;
    taken_back.key = "k" + std::to_string(++keys_);
    taken_back.of = dice_.pick(known_);
    x.what = taken_back;
    posted_.push_back(x);
  } else {
    x.what = movement();
    posted_.push_back(x);
  }
  if (dice_.chance(80))
    x = conditional(std::move(x));
  if (dice_.chance(40) && !std::holds_alternative<ledger::transaction>(x.what) &&
      !std::holds_alternative<ledger::reversal>(x.what))
    x.correlation_id = "said beside";
  return x;
}

std::vector<ledger::write> workload::any_atomic_items() {
  if (!units_.empty() && dice_.chance(150))
    return dice_.pick(units_);
  std::vector<ledger::write> items;
  auto count = dice_.between(1, 5);
  for (std::uint64_t i = 0; i < count; ++i) {
    // Mostly new, so that most batches pass.
    auto x = dice_.chance(150) ? any_write() : ledger::write{movement()};
    if (dice_.chance(40))
      x = {ledger::account_closing{any_path(), true}, {}, {}, {}, {}};
    else if (dice_.chance(60))
      x = {ledger::account_reopening{any_path()}, {}, {}, {}, {}};
    auto* posted = std::get_if<ledger::transaction>(&x.what);
    if (i > 0 && posted && x.causation_id.empty() && posted->causation_id.empty() &&
        dice_.chance(400))
      x.caused_by = static_cast<std::uint32_t>(dice_.below(i));
    items.push_back(std::move(x));
  }
  units_.push_back(items);
  return items;
}

void workload::fill(request& x) {
  if (x.how == form::single)
    x.items.push_back(any_write());
  else if (x.atomic)
    x.items = any_atomic_items();
  else
    for (auto n = dice_.between(1, 6); n > 0; --n)
      x.items.push_back(any_write());
  if (x.how == form::many)
    for (auto& item : x.items) // commands alone
      item = {item.what};
}

request workload::next(std::size_t client) {
  request x;
  x.client = client;
  auto how = dice_.below(100);
  x.how = how < 50   ? form::single
          : how < 65 ? form::many
          : how < 92 ? form::batch
                     : form::rehearsal;
  x.atomic = (x.how == form::batch || x.how == form::rehearsal) && dice_.chance(600);
  fill(x);
  return x;
}

request workload::next_submission(std::size_t client, actors::fence_id fence) {
  request x;
  x.client = client;
  x.how = form::submit;
  x.fence = fence;
  x.atomic = dice_.chance(300);
  fill(x);
  return x;
}

} // namespace daybook::simulation
