#include "tests/simulation/model.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace daybook::simulation {

namespace {

model::verdict refuse(ec code) { return {code, {}}; }
model::verdict repeat(event_seq first) { return {{}, first}; }

std::int64_t signed_value(const ledger::posting& x, ledger::side normal) {
  auto value = static_cast<std::int64_t>(x.value.value());
  return x.direction == normal ? value : -value;
}

ledger::side opposite(ledger::side x) {
  return x == ledger::side::debit ? ledger::side::credit : ledger::side::debit;
}

ledger::account_definition with_side(ledger::account_definition x) {
  x.normal_side = x.normal_side.value_or(ledger::default_normal_side(x.kind));
  return x;
}

std::optional<model::change_wanted> change_in(const ledger::command& x) {
  if (auto* closing = std::get_if<ledger::account_closing>(&x))
    return model::change_wanted{closing->path, true};
  if (auto* reopening = std::get_if<ledger::account_reopening>(&x))
    return model::change_wanted{reopening->path, false};
  return std::nullopt;
}

/// The item before that left the account as this one wants it.
std::optional<std::size_t> same_before(const std::vector<ledger::write>& items, std::size_t i) {
  auto wanted = change_in(items[i].what);
  while (wanted && i-- > 0)
    if (auto other = change_in(items[i].what); other && other->path == wanted->path)
      return other == wanted ? std::optional{i} : std::nullopt;
  return std::nullopt;
}

const std::string& first_key(const std::vector<ledger::write>& items) {
  static const std::string none;
  auto first = std::ranges::find_if(items, [](auto& x) { return key_of(x.what) != nullptr; });
  return first == items.end() ? none : *key_of(first->what);
}

} // namespace

// -- judging ------------------------------------------------------------------------------------

model::verdict model::judge(const ledger::write& x) const {
  if (x.caused_by)
    return refuse(ec::invalid_argument);
  if (auto* asset = std::get_if<ledger::asset_definition>(&x.what))
    return judge_definition(*asset, x);
  if (auto* account = std::get_if<ledger::account_definition>(&x.what))
    return judge_definition(*account, x);
  if (auto* closing = std::get_if<ledger::account_closing>(&x.what))
    return judge_change(closing->path, true, closing->even_with_balance, x);
  if (auto* reopening = std::get_if<ledger::account_reopening>(&x.what))
    return judge_change(reopening->path, false, false, x);
  return judge_posting(x);
}

model::verdict model::judge_definition(const ledger::asset_definition& x,
                                       const ledger::write& of) const {
  for (auto& known : assets_)
    if (known.id == x.id)
      return known == x ? repeat(asset_events_.at(x.id)) : refuse(ec::already_exists);
  auto failed = check_conditions(of);
  return failed ? refuse(*failed) : verdict{};
}

model::verdict model::judge_definition(const ledger::account_definition& x,
                                       const ledger::write& of) const {
  if (!asset_events_.contains(x.asset))
    return refuse(ec::unknown_asset);
  if (auto known = accounts_.find(x.path); known != accounts_.end())
    return known->second.definition == with_side(x) ? repeat(known->second.opened_at)
                                                    : refuse(ec::already_exists);
  auto failed = check_conditions(of);
  return failed ? refuse(*failed) : verdict{};
}

model::verdict model::judge_change(const std::string& path, bool close, bool even_with_balance,
                                   const ledger::write& of) const {
  auto known = accounts_.find(path);
  if (known == accounts_.end())
    return refuse(ec::unknown_account);
  if (known->second.is_closed() == close)
    return repeat(known->second.last_change());
  if (auto failed = check_conditions(of))
    return refuse(*failed);
  if (close && known->second.balance() != 0 && !even_with_balance)
    return refuse(ec::condition_failed);
  return {};
}

model::verdict model::judge_posting(const ledger::write& x) const {
  auto spelled = spell_out(x);
  if (auto known = keys_.find(*key_of(x.what)); known != keys_.end()) {
    auto& first = std::get<ledger::transaction>(event_at(known->second).content);
    return spelled && first == *spelled ? repeat(known->second) : refuse(ec::idempotency_conflict);
  }
  if (auto failed = check_conditions(x))
    return refuse(*failed);
  if (!spelled) // a reversal of nothing, or a posting to no account
    return refuse(std::holds_alternative<ledger::reversal>(x.what) ? ec::not_found
                                                                   : ec::unknown_account);
  if (reversed_.contains(spelled->reverses))
    return refuse(ec::already_reversed);
  auto failed = weigh(*spelled);
  return failed ? refuse(*failed) : verdict{};
}

std::optional<ledger::transaction> model::spell_out(const ledger::write& x) const {
  ledger::transaction spelled;
  if (auto* posted = std::get_if<ledger::transaction>(&x.what)) {
    spelled = *posted;
    for (auto& posting : spelled.postings) {
      auto known = accounts_.find(posting.account);
      if (known == accounts_.end())
        return std::nullopt;
      posting.asset = known->second.definition.asset;
    }
  } else {
    auto& asked = std::get<ledger::reversal>(x.what);
    if (asked.of == event_seq{} || asked.of > last())
      return std::nullopt;
    auto* original = std::get_if<ledger::transaction>(&event_at(asked.of).content);
    if (!original)
      return std::nullopt;
    spelled.key = asked.key;
    spelled.postings = original->postings;
    for (auto& posting : spelled.postings)
      posting.direction = opposite(posting.direction);
    spelled.occurred_at = asked.occurred_at;
    spelled.metadata = asked.metadata;
    spelled.correlation_id =
        asked.correlation_id.empty() ? original->correlation_id : asked.correlation_id;
    spelled.causation_id = to_string(transaction_id{id_, asked.of});
    spelled.reverses = asked.of;
  }
  if (!x.correlation_id.empty())
    spelled.correlation_id = x.correlation_id;
  if (!x.causation_id.empty())
    spelled.causation_id = x.causation_id;
  return spelled;
}

std::optional<ec> model::check_conditions(const ledger::write& x) const {
  for (auto& condition : x.conditions) {
    if (auto* book = std::get_if<ledger::book_version>(&condition)) {
      if (book->seq != last())
        return ec::condition_failed;
      continue;
    }
    auto& path = std::visit(
        [](auto& y) -> const std::string& {
          if constexpr (requires { y.account; })
            return y.account;
          static const std::string none;
          return none;
        },
        condition);
    auto known = accounts_.find(path);
    if (known == accounts_.end())
      return ec::unknown_account;
    ledger::amount balance{known->second.balance()};
    auto* version = std::get_if<ledger::account_version>(&condition);
    auto* least = std::get_if<ledger::balance_at_least>(&condition);
    auto* most = std::get_if<ledger::balance_at_most>(&condition);
    if ((version && version->updated_seq != known->second.updated()) ||
        (least && balance < least->value) || (most && balance > most->value))
      return ec::condition_failed;
  }
  return std::nullopt;
}

/// All closed accounts first, then sums, then bounds.
std::optional<ec> model::weigh(const ledger::transaction& x) const {
  std::map<std::string, std::int64_t> sums;
  std::map<std::string, std::int64_t> moved;
  for (auto& posting : x.postings) {
    auto& account = accounts_.at(posting.account);
    if (account.is_closed())
      return ec::account_closed;
    sums[posting.asset] += signed_value(posting, ledger::side::debit);
    moved[posting.account] += signed_value(posting, *account.definition.normal_side);
  }
  for (auto& [asset, sum] : sums)
    if (sum != 0)
      return ec::unbalanced;
  for (auto& [path, by] : moved) {
    auto& account = accounts_.at(path);
    auto& bounds = account.definition;
    ledger::amount would_be{account.balance() + by};
    if ((bounds.min_balance && would_be < *bounds.min_balance) ||
        (bounds.max_balance && would_be > *bounds.max_balance))
      return ec::limit_exceeded;
  }
  return std::nullopt;
}

// -- taking in ----------------------------------------------------------------------------------

const actors::recorded_event& model::add(const ledger::write& x, bool joined) {
  actors::recorded_event event;
  event.receipt.id = {id_, last().next()};
  event.correlation_id = x.correlation_id;
  event.causation_id = x.causation_id;
  event.joined = joined;
  auto seq = event.receipt.id.seq;
  if (auto* asset = std::get_if<ledger::asset_definition>(&x.what)) {
    event.content = *asset;
    assets_.push_back(*asset);
    asset_events_[asset->id] = seq;
  } else if (auto* definition = std::get_if<ledger::account_definition>(&x.what)) {
    auto resolved = with_side(*definition);
    event.content = resolved;
    account_no number{static_cast<std::uint32_t>(accounts_.size())};
    accounts_[definition->path] = {resolved, number, seq, {}, {}};
  } else if (auto* closing = std::get_if<ledger::account_closing>(&x.what)) {
    event.content = ledger::account_closing{closing->path, true};
    accounts_.at(closing->path).changes.push_back({seq, true});
  } else if (auto* reopening = std::get_if<ledger::account_reopening>(&x.what)) {
    event.content = *reopening;
    accounts_.at(reopening->path).changes.push_back({seq, false});
  } else {
    post(*spell_out(x), event);
  }
  return events_.emplace_back(std::move(event));
}

void model::post(const ledger::transaction& x, actors::recorded_event& event) {
  auto seq = event.receipt.id.seq;
  event.content = x;
  event.correlation_id = x.correlation_id;
  event.causation_id = x.causation_id;
  keys_[x.key] = seq;
  if (x.reverses != event_seq{})
    reversed_[x.reverses] = seq;
  std::vector<std::string> touched;
  for (auto& posting : x.postings) {
    auto& account = accounts_.at(posting.account);
    auto before = account.balance();
    account.entries.push_back({seq, posting.direction,
                               static_cast<std::int64_t>(posting.value.value()),
                               before + signed_value(posting, *account.definition.normal_side)});
    if (std::ranges::find(touched, posting.account) == touched.end())
      touched.push_back(posting.account);
  }
  for (auto& path : touched)
    event.receipt.balances.push_back(
        {accounts_.at(path).number, ledger::amount{accounts_.at(path).balance()}});
}

std::vector<model::verdict> model::play(const std::vector<ledger::write>& items,
                                        std::optional<event_seq> unit_base) {
  std::vector<verdict> verdicts;
  for (auto& item : items) {
    verdicts.push_back(judge(item));
    if (verdicts.back().is_new())
      add(item, unit_base && last() > *unit_base);
  }
  return verdicts;
}

/// The keys of all items are new, or all are known.
std::optional<model::batch_refusal> model::check_keys(const std::vector<ledger::write>& items,
                                                      bool& is_repeat) const {
  std::set<std::string> seen;
  std::optional<std::size_t> known;
  auto any_is_new = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto* key = key_of(items[i].what);
    if (!key)
      continue;
    if (!seen.insert(*key).second)
      return batch_refusal{ec::idempotency_conflict, i};
    if (!keys_.contains(*key))
      any_is_new = true;
    else if (!known)
      known = i;
  }
  is_repeat = known.has_value();
  if (known && any_is_new)
    return batch_refusal{ec::idempotency_conflict, known};
  return std::nullopt;
}

model::batch_verdict model::play_atomic(const std::vector<ledger::write>& items,
                                        std::optional<event_seq> unit_base) {
  auto base = unit_base.value_or(last());
  auto is_repeat = false;
  if (auto refused = check_keys(items, is_repeat))
    return *refused;
  auto trial = *this;
  auto first = is_repeat ? first_events(items) : std::vector<event_seq>{};
  std::vector<verdict> verdicts;
  std::vector<event_seq> seqs;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto item = items[i];
    if (item.caused_by) {
      item.causation_id = to_string(transaction_id{id_, seqs.at(*item.caused_by)});
      item.caused_by.reset();
    }
    verdict found;
    if (is_repeat)
      item.conditions.clear();
    auto wanted = change_in(item.what);
    if (is_repeat && wanted && accounts_.contains(wanted->path))
      found = first[i] == event_seq{} ? refuse(ec::idempotency_conflict) : repeat(first[i]);
    else
      found = trial.judge(item);
    if (found.refusal)
      return batch_refusal{*found.refusal, i};
    if (is_repeat && found.is_new())
      return batch_refusal{ec::idempotency_conflict, i};
    if (found.is_new())
      trial.add(item, trial.last() > base);
    seqs.push_back(found.repeats.value_or(trial.last()));
    verdicts.push_back(found);
  }
  if (auto& key = first_key(items); !is_repeat && !key.empty())
    trial.accepted_[key] = {items, seqs};
  *this = std::move(trial);
  return verdicts;
}

// -- repeated batches ---------------------------------------------------------------------------

/// What the items were answered with when they came for the first time. Another batch whose keys
/// are all known is followed from its transactions on: items and events are in the same order, and
/// what is not the next event changed nothing. Zero for a change that was not there.
std::vector<event_seq> model::first_events(const std::vector<ledger::write>& items) const {
  auto same = accepted_.find(first_key(items));
  if (same != accepted_.end() && same->second.items == items)
    return same->second.events;
  std::vector<event_seq> events;
  std::vector<std::size_t> keyed;
  for (auto& item : items) {
    if (key_of(item.what))
      keyed.push_back(events.size());
    events.push_back(known_event(item.what));
  }
  retrace(items, keyed.front(), -1, events);
  for (auto i : keyed)
    retrace(items, i, +1, events);
  for (std::size_t i = 0; i < items.size(); ++i)
    if (auto before = same_before(items, i))
      events[i] = events[*before];
  return events;
}

void model::retrace(const std::vector<ledger::write>& items, std::size_t from, int step,
                    std::vector<event_seq>& to) const {
  auto at = to[from].value();
  auto certain = at; // no definition, which may be one from before
  for (auto i = static_cast<std::ptrdiff_t>(from) + step; i >= 0 && i < std::ssize(items);
       i += step) {
    auto n = static_cast<std::size_t>(i);
    auto wanted = change_in(items[n].what);
    if (key_of(items[n].what))
      return;
    if (same_before(items, n) || (wanted && !accounts_.contains(wanted->path)))
      continue;
    auto next = at + static_cast<std::uint64_t>(step);
    auto is_event = next > 0 && next <= events_.size();
    if (wanted ? is_event && change_in(events_[next - 1].content) == wanted
               : to[n].value() == next) {
      to[n] = event_seq{at = next};
      certain = wanted ? next : certain;
    } else if (wanted && step > 0) {
      to[n] = last_change(*wanted, event_seq{next}, event_seq{next});
    } else if (wanted) {
      to[n] = last_change(*wanted, event_seq{at}, event_seq{certain});
    }
  }
}

event_seq model::known_event(const ledger::command& x) const {
  if (auto* key = key_of(x))
    return keys_.at(*key);
  if (auto* asset = std::get_if<ledger::asset_definition>(&x)) {
    auto known = asset_events_.find(asset->id);
    return known == asset_events_.end() ? event_seq{} : known->second;
  }
  auto* account = std::get_if<ledger::account_definition>(&x);
  auto known = account ? accounts_.find(account->path) : accounts_.end();
  return known == accounts_.end() ? event_seq{} : known->second.opened_at;
}

event_seq model::last_change(const change_wanted& x, event_seq before,
                             event_seq opened_before) const {
  auto& account = accounts_.at(x.path);
  change last;
  for (auto& one : account.changes)
    if (one.seq < before)
      last = one;
  if (last.closed != x.closed)
    return {};
  if (last.seq != event_seq{})
    return last.seq;
  return account.opened_at < opened_before ? account.opened_at : event_seq{};
}

void model::settle(const ledger::receipt& of_log) {
  auto& mine = events_[of_log.id.seq.value() - 1].receipt;
  mine.epoch = of_log.epoch;
  mine.committed_at = of_log.committed_at;
  mine.chain = of_log.chain;
}

// -- the past -----------------------------------------------------------------------------------

std::int64_t model::balance_at(const account& x, event_seq at) const {
  std::int64_t balance = 0;
  for (auto& entry : x.entries)
    if (entry.seq <= at)
      balance = entry.balance_after;
  return balance;
}

event_seq model::updated_at(const account& x, event_seq at) const {
  event_seq updated;
  for (auto& entry : x.entries)
    if (entry.seq <= at)
      updated = entry.seq;
  return updated;
}

bool model::closed_at(const account& x, event_seq at) const {
  auto closed = false;
  for (auto& change : x.changes)
    if (change.seq <= at)
      closed = change.closed;
  return closed;
}

event_seq model::last_at(timestamp at) const {
  event_seq found;
  for (auto& event : events_)
    if (event.receipt.committed_at <= at)
      found = event.receipt.id.seq;
  return found;
}

std::vector<actors::trial_balance_view> model::trial_balance_at(event_seq at) const {
  std::vector<actors::trial_balance_view> rows;
  for (auto& asset : assets_) {
    if (asset_events_.at(asset.id) > at)
      continue;
    std::int64_t debits = 0;
    std::int64_t credits = 0;
    std::int64_t debit_balances = 0;
    std::int64_t credit_balances = 0;
    for (auto& [path, account] : accounts_) {
      if (account.definition.asset != asset.id)
        continue;
      for (auto& entry : account.entries)
        if (entry.seq <= at)
          (entry.direction == ledger::side::debit ? debits : credits) += entry.value;
      auto balance = balance_at(account, at);
      auto as_debit = *account.definition.normal_side == ledger::side::debit ? balance : -balance;
      (as_debit > 0 ? debit_balances : credit_balances) += as_debit > 0 ? as_debit : -as_debit;
    }
    rows.push_back({asset.id, asset.precision, ledger::amount{debits}, ledger::amount{credits},
                    ledger::amount{debit_balances}, ledger::amount{credit_balances}});
  }
  return rows;
}

} // namespace daybook::simulation
