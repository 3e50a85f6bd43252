#pragma once

#include "base/ids.hpp"
#include "base/timestamp.hpp"
#include "ledger/amount.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What people say to a book and hear from it. Plain values; DESIGN's words.

namespace daybook::ledger {

enum class asset_class : std::uint8_t { fiat = 1, crypto = 2, other = 3 };

enum class account_kind : std::uint8_t {
  asset = 1,
  liability = 2,
  equity = 3,
  income = 4,
  expense = 5,
  clearing = 6
};

/// The two directions of a posting, and the two sides of an account.
enum class side : std::uint8_t { debit = 1, credit = 2 };

/// The name as in the documentation and in JSON; "unknown" for a number that has none.
std::string_view to_string(asset_class x);
std::string_view to_string(account_kind x);
std::string_view to_string(side x);

/// The value of a name. False, and `x` as it was, when there is none.
bool from_string(std::string_view text, asset_class& x);
bool from_string(std::string_view text, account_kind& x);
bool from_string(std::string_view text, side& x);

/// Whether the value is one of the named ones. Values from outside may be any number.
bool is_known(asset_class x);
bool is_known(account_kind x);
bool is_known(side x);

/// The side on which an account of this kind grows: debit for assets and expenses, credit for
/// liabilities, equity and income. Clearing accounts may have either; debit unless said otherwise.
side default_normal_side(account_kind kind);

/// From an amount of which debits are positive to the normal side, and back.
constexpr amount on_side(amount x, side normal) { return normal == side::debit ? x : -x; }

/// Registers what is counted. Registering the same definition again changes nothing.
struct asset_definition {
  std::string id;
  asset_class cls = asset_class::other;
  std::uint8_t precision = 0; ///< decimal places, 0..30, immutable
  std::string name;           ///< for people; may be empty

  friend bool operator==(const asset_definition&, const asset_definition&) = default;
};

/// Opens an account. Opening the same definition again changes nothing.
struct account_definition {
  std::string path;
  std::string asset;
  account_kind kind = account_kind::asset;
  /// Empty means the kind's default. Anything else than the default is refused, but for clearing.
  std::optional<side> normal_side;
  /// Bounds of the balance on the normal side that hold after every transaction that touches it.
  std::optional<amount> min_balance;
  std::optional<amount> max_balance;

  friend bool operator==(const account_definition&, const account_definition&) = default;
};

struct posting {
  std::string account;
  amount value;      ///< minor units, > 0
  std::string asset; ///< may be empty: then it is the account's
  side direction = side::debit;

  friend bool operator==(const posting&, const posting&) = default;
};

/// Where a transaction is known outside: a bank's number, an order.
struct external_ref {
  std::string kind;
  std::string value;

  friend bool operator==(const external_ref&, const external_ref&) = default;
};

/// A transaction as it is asked for.
struct transaction {
  std::string key;                      ///< idempotency key, once per book for ever [I5]
  std::vector<posting> postings;        ///< balance per asset; the same account may appear twice
  std::optional<timestamp> occurred_at; ///< when it happened in the world; no effect on order
  std::vector<external_ref> refs;
  std::string metadata;       ///< a JSON object as text, or empty
  std::string correlation_id; ///< may be empty
  std::string causation_id;   ///< may be empty
  /// The transaction that this one takes back, as its exact mirror image: a durable one, or one of
  /// an item before it in the same message. Each can be taken back once. Zero means none.
  event_seq reverses;

  friend bool operator==(const transaction&, const transaction&) = default;
};

/// Takes a transaction back: posts its mirror image, caused by it. The book finds the postings.
struct reversal {
  std::string key; ///< idempotency key, as a transaction's
  event_seq of;    ///< the transaction
  std::optional<timestamp> occurred_at{};
  std::string metadata{};       ///< a JSON object as text, or empty
  std::string correlation_id{}; ///< may be empty

  friend bool operator==(const reversal&, const reversal&) = default;
};

/// Closes an account: it takes no postings until it is reopened. Closing a closed account changes
/// nothing.
struct account_closing {
  std::string path;
  bool even_with_balance = false; ///< else a balance other than zero is a refusal

  friend bool operator==(const account_closing&, const account_closing&) = default;
};

/// Reopens a closed account. Reopening an open account changes nothing.
struct account_reopening {
  std::string path;

  friend bool operator==(const account_reopening&, const account_reopening&) = default;
};

/// Anything that can be written to a book.
using command = std::variant<asset_definition, account_definition, transaction, account_closing,
                             account_reopening, reversal>;

/// The idempotency key of what has one; null for definitions, closings and reopenings.
const std::string* key_of(const command& x);

/// Whether it closes or reopens an account, which may be done any number of times.
bool is_lifecycle_change(const command& x);

// -- what a write may insist on -------------------------------------------------------------------
//
// Judged against the state before the write: all writes accepted before it, in the same message
// too. What does not hold is `condition_failed`, with what was found. A repeated key is answered
// before conditions are looked at.

/// The last transaction that touched the account is this one; zero for none.
struct account_version {
  std::string account;
  event_seq updated_seq;

  friend bool operator==(const account_version&, const account_version&) = default;
};

/// The last event of the book is this one.
struct book_version {
  event_seq seq;

  friend bool operator==(const book_version&, const book_version&) = default;
};

/// The balance on the account's normal side is at least, or at most, this many minor units.
struct balance_at_least {
  std::string account;
  amount value;

  friend bool operator==(const balance_at_least&, const balance_at_least&) = default;
};

struct balance_at_most {
  std::string account;
  amount value;

  friend bool operator==(const balance_at_most&, const balance_at_most&) = default;
};

using condition = std::variant<account_version, book_version, balance_at_least, balance_at_most>;

/// A command with all that may be said about it.
struct write {
  command what;
  std::vector<condition> conditions{}; ///< all must hold, looked at in order
  /// Stored with the event. A transaction may carry its own instead; both, and different, is a
  /// refusal.
  std::string correlation_id{};
  std::string causation_id{};
  /// In an atomic batch: the item before this one, counted from 0, that causes it. Its event's id
  /// becomes the causation id. An item that changed nothing is answered with an older event, and
  /// that is the cause.
  std::optional<std::uint32_t> caused_by{};

  friend bool operator==(const write&, const write&) = default;
};

/// What an account holds after a commit.
struct account_balance {
  account_no account;
  amount value; ///< on the account's normal side, minor units

  friend bool operator==(const account_balance&, const account_balance&) = default;
};

/// What a durable write returns [I1].
struct receipt {
  transaction_id id; ///< also for assets and accounts: the event's identity
  writer_epoch epoch;
  timestamp committed_at;
  bool deduplicated = false; ///< the event was there already; this is its first receipt
  chain_hash chain{};        ///< over all batches up to the event's own
  /// Of the accounts of a transaction, right after it, each once, in the order in which its
  /// postings first name them. Empty for everything else.
  std::vector<account_balance> balances;

  friend bool operator==(const receipt&, const receipt&) = default;
};

/// What is the same for all events of a batch.
struct batch_info {
  event_seq first_seq;
  writer_epoch epoch;
  timestamp committed_at;
  chain_hash chain{}; ///< after the batch

  friend bool operator==(const batch_info&, const batch_info&) = default;
};

} // namespace daybook::ledger
