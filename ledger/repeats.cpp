// The part of the book machine that finds out what a repeated atomic batch was answered the first
// time.
//
// Transactions are found by their keys and definitions by their names. Closings and reopenings have
// neither; they are found by their place. The events of a batch follow each other in the order of
// its items, so from a transaction one goes from item to item and from event to event, both ways:
// either the next event is what the item asks for, or the item changed nothing then.

#include "base/check.hpp"
#include "ledger/book_machine.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace daybook::ledger {

namespace {

/// An item, and its event of the first time.
struct part {
  bool is_transaction = false;
  bool is_change = false;
  /// Zero when it is not known: of a change before it is found, of an account that is not there.
  event_seq event{};
  // Of a change:
  std::optional<account_no> account{};
  bool closes = false;
  /// The item before it that left the account like this already, so that it has the same answer.
  std::optional<std::size_t> same_as{};
};

/// Finds the events of the changes. What it would have to be told goes to `missing`.
class retracing {
public:
  retracing(std::vector<part>& parts, const chart& accounts, const lifecycles& states,
            event_seq durable, const facts& known, questions& missing)
      : parts_(parts),
        accounts_(accounts),
        states_(states),
        durable_(durable),
        known_(known),
        missing_(missing) {}

  /// One of the parts is a transaction.
  void run() {
    auto first = std::ranges::find_if(parts_, &part::is_transaction) - parts_.begin();
    follow(first, -1);
    for (auto i = first; i < std::ssize(parts_); ++i)
      if (parts_[static_cast<std::size_t>(i)].is_transaction)
        follow(i, +1);
    for (auto& x : parts_)
      if (x.same_as)
        x.event = parts_[*x.same_as].event;
  }

private:
  /// To the next transaction. On the way back, the event before the batch may be taken for that of
  /// an item which changed nothing. Then there is no event left for the items before it, and what
  /// they are answered is the same either way.
  void follow(std::ptrdiff_t from, int step) {
    auto at = parts_[static_cast<std::size_t>(from)].event;
    auto certain = at; // the last event that is no definition, and so the batch's own
    for (auto i = from + step; 0 <= i && i < std::ssize(parts_); i += step) {
      auto& x = parts_[static_cast<std::size_t>(i)];
      if (x.is_transaction)
        return;
      if (x.same_as || (x.is_change && !x.account))
        continue;
      auto next = neighbour_of(at, step);
      auto is_its_own = is_event_of(x, next);
      if (!is_its_own)
        return ask(i, step, next);
      if (*is_its_own) {
        at = x.event = next;
        certain = x.is_change ? next : certain;
      } else if (x.is_change) {
        x.event = step > 0 ? last_change(x, next, next) : last_change(x, at, certain);
      }
    }
  }

  /// Zero in front of the first event, which is of no item.
  static event_seq neighbour_of(event_seq at, int step) {
    return event_seq{at.value() + static_cast<std::uint64_t>(step)};
  }

  /// Nothing when the log has to say it.
  std::optional<bool> is_event_of(const part& x, event_seq at) {
    if (at == event_seq{})
      return false;
    return x.is_change ? is_change_at(x, at) : x.event == at;
  }

  /// Nothing when the log has to say it.
  std::optional<bool> is_change_at(const part& x, event_seq at) {
    if (auto then = states_.before(*x.account, at.next()))
      return *then == lifecycle{x.closes, at};
    auto found = known_.changes.find(at);
    if (found == known_.changes.end())
      return std::nullopt;
    return found->second == lifecycle_change{*x.account, x.closes};
  }

  /// All at once: as many events as there are items before the next transaction.
  void ask(std::ptrdiff_t item, int step, event_seq next) {
    for (; 0 <= item && item < std::ssize(parts_); item += step) {
      auto is_in_log = next != event_seq{} && next <= durable_;
      if (parts_[static_cast<std::size_t>(item)].is_transaction || !is_in_log)
        return;
      if (!known_.changes.contains(next))
        missing_.changes.push_back(next);
      next = neighbour_of(next, step);
    }
  }

  /// Zero when the account was not then as the item wants it: so the item was not in the batch. On
  /// the way back, its opening may have been taken for that of an item which changed nothing:
  /// `opened_before` is behind it.
  event_seq last_change(const part& x, event_seq before, event_seq opened_before) {
    auto then = states_.before(*x.account, before);
    if (!then) {
      auto found = known_.lifecycles.find({*x.account, before});
      if (found == known_.lifecycles.end()) {
        missing_.lifecycles.push_back({*x.account, before});
        return {};
      }
      then = found->second;
    }
    if (then->closed != x.closes)
      return {};
    if (*then != lifecycle{})
      return then->changed_at;
    auto opened_at = accounts_[*x.account].opened_at;
    return opened_at < opened_before ? opened_at : event_seq{};
  }

  std::vector<part>& parts_;
  const chart& accounts_;
  recent_lifecycles states_;
  event_seq durable_;
  const facts& known_;
  questions& missing_;
};

/// Makes parts of a batch's items, in order.
class dissection {
public:
  dissection(const chart& names, std::size_t items) : names_(names) { parts_.reserve(items); }

  void add_transaction(event_seq event) {
    parts_.push_back({.is_transaction = true, .event = event});
  }

  void add(const asset_definition& x) {
    auto n = names_.find_asset(x.id);
    parts_.push_back({.event = n ? names_[*n].registered_at : event_seq{}});
  }

  void add(const account_definition& x) {
    auto n = names_.find_account(x.path);
    parts_.push_back({.event = n ? names_[*n].opened_at : event_seq{}});
  }

  void add_change(std::string_view path, bool closes) {
    part x{.is_change = true, .account = names_.find_account(path), .closes = closes};
    if (x.account) {
      auto [last, is_first] = last_of_.try_emplace(*x.account, parts_.size());
      if (!is_first && parts_[last->second].closes == closes)
        x.same_as = last->second;
      last->second = parts_.size();
    }
    parts_.push_back(x);
  }

  std::vector<part> take() { return std::move(parts_); }

private:
  const chart& names_;
  std::vector<part> parts_;
  absl::flat_hash_map<account_no, std::size_t> last_of_; ///< the last change of each account
};

} // namespace

void book_machine::ask_all(std::span<const write> items, questions& to, const facts& known) const {
  for (auto& x : items)
    ask(x.what, to, known);
  if (std::ranges::none_of(items, [](auto& x) { return is_lifecycle_change(x.what); }))
    return;
  to.lead_to_more = !to.empty();
  if (to.lead_to_more)
    return;
  if (auto first = find_known(items, known); first && *first)
    retrace(items, known, to);
}

/// Of each item of a batch that is repeated the event of the first time, as far as `known` goes;
/// zero for closings and reopenings that were not in it.
std::vector<event_seq> book_machine::retrace(std::span<const write> items, const facts& known,
                                             questions& missing) const {
  dissection by_name{*chart_, items.size()};
  for (auto& x : items) {
    if (auto* key = key_of(x.what))
      by_name.add_transaction(find_use(keys_.hash_of(*key), known)->seq);
    else if (auto* asset = std::get_if<asset_definition>(&x.what))
      by_name.add(*asset);
    else if (auto* account = std::get_if<account_definition>(&x.what))
      by_name.add(*account);
    else if (auto* closing = std::get_if<account_closing>(&x.what))
      by_name.add_change(closing->path, true);
    else
      by_name.add_change(std::get<account_reopening>(x.what).path, false);
  }
  auto parts = by_name.take();
  retracing{parts, *chart_, lifecycles_, durable_.seq, known, missing}.run();
  std::vector<event_seq> events;
  events.reserve(parts.size());
  for (auto& x : parts)
    events.push_back(x.event);
  return events;
}

/// The first events of a batch that is repeated. Everything that `ask_all` asks is known.
std::vector<event_seq> book_machine::first_events(std::span<const write> items,
                                                  const facts& known) const {
  if (std::ranges::none_of(items, [](auto& x) { return is_lifecycle_change(x.what); }))
    return std::vector<event_seq>(items.size());
  questions missing;
  auto events = retrace(items, known, missing);
  DAYBOOK_INVARIANT(missing.empty());
  return events;
}

/// An item of a batch that was accepted before; `first` is its event then. Its account may have
/// been closed or reopened since, so that deciding again would stage what was done, and undone,
/// long ago.
result<staged> book_machine::repeat(const command& x, event_seq first, const circumstances& said,
                                    const facts& known) {
  auto found_at = [&](const std::string& path) -> result<staged> {
    if (auto n = find_staged(path); !n)
      return fail(std::move(n.error()));
    return staged{.seq = first, .deduplicated = first != event_seq{}};
  };
  if (auto* closing = std::get_if<account_closing>(&x))
    return found_at(closing->path);
  if (auto* reopening = std::get_if<account_reopening>(&x))
    return found_at(reopening->path);
  return decide(x, {said.correlation_id, said.causation_id, {}}, known);
}

} // namespace daybook::ledger
