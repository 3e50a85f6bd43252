#pragma once

#include "base/hash128.hpp"
#include "base/ids.hpp"
#include "ledger/events.hpp"
#include "ledger/idempotency.hpp"
#include "ledger/lifecycles.hpp"

#include <absl/container/flat_hash_map.h>

#include <optional>
#include <utility>
#include <vector>

// What the book machine must be told before it can judge a write, because memory does not hold it.

namespace daybook::ledger {

/// What an event did to an account: closed it, or reopened it.
struct lifecycle_change {
  account_no account;
  bool closed = false;

  friend bool operator==(const lifecycle_change&, const lifecycle_change&) = default;
};

/// An account right before an event.
struct account_before {
  account_no account;
  event_seq event;

  friend bool operator==(const account_before&, const account_before&) = default;

  template <class Hash>
  friend Hash AbslHashValue(Hash state, const account_before& x) {
    return Hash::combine(std::move(state), x.account, x.event);
  }
};

struct questions {
  std::vector<hash128> keys;              ///< when was this key first used?
  std::vector<event_seq> transactions;    ///< what was posted there?
  std::vector<event_seq> changes;         ///< which account was closed or reopened there?
  std::vector<account_before> lifecycles; ///< was it closed then, and since when?

  /// The answers may raise further questions. There are some.
  bool lead_to_more = false;

  bool empty() const {
    return keys.empty() && transactions.empty() && changes.empty() && lifecycles.empty();
  }

  /// The memory stays: most writes ask for one key.
  void clear() {
    keys.clear();
    transactions.clear();
    changes.clear();
    lifecycles.clear();
    lead_to_more = false;
  }
};

/// The answers. An entry without a value says for certain that there is nothing. None of them goes
/// stale, but for a key of which nothing was known: it may be staged since.
struct facts {
  absl::flat_hash_map<hash128, std::optional<first_use>> keys;
  absl::flat_hash_map<event_seq, std::optional<transaction_posted>> transactions;
  absl::flat_hash_map<event_seq, std::optional<lifecycle_change>> changes;
  absl::flat_hash_map<account_before, lifecycle> lifecycles;

  void clear() {
    keys.clear();
    transactions.clear();
    changes.clear();
    lifecycles.clear();
  }

  void add(facts more) {
    auto join = [](auto& to, auto& from) {
      if (to.empty())
        to = std::move(from);
      else
        to.merge(from);
    };
    join(keys, more.keys);
    join(transactions, more.transactions);
    join(changes, more.changes);
    join(lifecycles, more.lifecycles);
  }
};

} // namespace daybook::ledger
