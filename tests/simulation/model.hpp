#pragma once

#include "actors/messages.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "ledger/types.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace daybook::simulation {

/// What a book must look like, as a list of events and a few maps. It knows what the rules say of
/// the writes that the simulation makes, and nothing of batches, logs, indexes, or time. It is
/// copied to try something out.
class model {
public:
  /// One posting of an account.
  struct entry {
    event_seq seq;
    ledger::side direction = ledger::side::debit;
    std::int64_t value = 0;
    std::int64_t balance_after = 0; ///< on the normal side
  };

  /// When an account was closed or reopened.
  struct change {
    event_seq seq;
    bool closed = false;
  };

  struct account {
    ledger::account_definition definition; ///< `normal_side` is set
    account_no number;
    event_seq opened_at;
    std::vector<entry> entries;
    std::vector<change> changes;

    std::int64_t balance() const { return entries.empty() ? 0 : entries.back().balance_after; }
    event_seq updated() const { return entries.empty() ? event_seq{} : entries.back().seq; }
    bool is_closed() const { return !changes.empty() && changes.back().closed; }
    event_seq last_change() const { return changes.empty() ? opened_at : changes.back().seq; }
  };

  /// What a book has to say to a write: a refusal, the event it repeats, or neither: it is new.
  struct verdict {
    std::optional<ec> refusal;
    std::optional<event_seq> repeats;

    bool is_new() const { return !refusal && !repeats; }
  };

  /// Why an atomic batch is refused. `item` is empty when it is the batch as such.
  struct batch_refusal {
    ec code;
    std::optional<std::size_t> item;
  };

  /// What a closing or a reopening asks for.
  struct change_wanted {
    std::string path;
    bool closed = false;

    friend bool operator==(const change_wanted&, const change_wanted&) = default;
  };

  /// What happens to a batch: one verdict for each item, or a refusal of all.
  using batch_verdict = std::variant<std::vector<verdict>, batch_refusal>;

  explicit model(book_id id = {}) : id_(id) {}

  verdict judge(const ledger::write& x) const;

  /// Takes in a write that is new, and returns its event: epoch, time and chain are not known yet.
  const actors::recorded_event& add(const ledger::write& x, bool joined);

  /// Judges the items one after the other, as they come, and takes in the new ones. Events after
  /// `unit_base`, where a fence began, belong together.
  std::vector<verdict> play(const std::vector<ledger::write>& items,
                            std::optional<event_seq> unit_base = {});

  /// All or nothing.
  batch_verdict play_atomic(const std::vector<ledger::write>& items,
                            std::optional<event_seq> unit_base = {});

  /// The log's word on what only the book decides of an event.
  void settle(const ledger::receipt& of_log);

  book_id id() const { return id_; }
  event_seq last() const { return event_seq{events_.size()}; }
  const std::vector<actors::recorded_event>& events() const { return events_; }
  const actors::recorded_event& event_at(event_seq x) const { return events_[x.value() - 1]; }
  const std::map<std::string, account>& accounts() const { return accounts_; }
  const std::vector<ledger::asset_definition>& assets() const { return assets_; }
  const std::map<std::string, event_seq>& keys() const { return keys_; }
  const std::map<event_seq, event_seq>& reversals() const { return reversed_; }

  // -- the past --------------------------------------------------------------------------------

  std::int64_t balance_at(const account& x, event_seq at) const;
  event_seq updated_at(const account& x, event_seq at) const;
  bool closed_at(const account& x, event_seq at) const;

  /// The last event committed at or before a time.
  event_seq last_at(timestamp at) const;

  /// Whether no unit is cut in two after this event.
  bool ends_unit(event_seq x) const { return x >= last() || !event_at(x.next()).joined; }

  std::vector<actors::trial_balance_view> trial_balance_at(event_seq at) const;

private:
  /// A transaction as the log has it: assets and links filled in, a reversal spelled out.
  std::optional<ledger::transaction> spell_out(const ledger::write& x) const;
  verdict judge_posting(const ledger::write& x) const;
  verdict judge_definition(const ledger::asset_definition& x, const ledger::write& of) const;
  verdict judge_definition(const ledger::account_definition& x, const ledger::write& of) const;
  verdict judge_change(const std::string& path, bool close, bool even_with_balance,
                       const ledger::write& of) const;
  std::optional<ec> check_conditions(const ledger::write& x) const;
  std::optional<ec> weigh(const ledger::transaction& x) const;
  std::optional<batch_refusal> check_keys(const std::vector<ledger::write>& items,
                                          bool& is_repeat) const;
  void post(const ledger::transaction& x, actors::recorded_event& event);
  std::vector<event_seq> first_events(const std::vector<ledger::write>& items) const;
  void retrace(const std::vector<ledger::write>& items, std::size_t from, int step,
               std::vector<event_seq>& to) const;
  event_seq known_event(const ledger::command& x) const;
  event_seq last_change(const change_wanted& x, event_seq before, event_seq opened_before) const;

  book_id id_;
  std::vector<actors::recorded_event> events_;
  std::map<std::string, account> accounts_;
  std::vector<ledger::asset_definition> assets_;
  std::map<std::string, event_seq> asset_events_;
  std::map<std::string, event_seq> keys_;
  std::map<event_seq, event_seq> reversed_; ///< the transaction, and by which
  /// An atomic batch as it was accepted, and the event that each item was answered with.
  struct accepted_batch {
    std::vector<ledger::write> items;
    std::vector<event_seq> events;
  };
  std::map<std::string, accepted_batch> accepted_; ///< by the first key
};

} // namespace daybook::simulation
