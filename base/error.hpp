#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook {

/// What went wrong, as far as a caller can act on it differently. Numbers cross the network and
/// are never reused. Zero is no error code.
enum class ec : std::uint8_t {
  unknown_account = 1, ///< open the account first; field `account`
  unknown_asset = 2,   ///< register the asset first; field `asset`
  asset_mismatch = 3,  ///< the account holds another asset; `account`, `account_asset`, `asset`
  unbalanced = 4,      ///< debits and credits differ; `asset`, `debit`, `credit`
  invalid_amount = 5,  ///< zero, negative, too many decimals, not a number; `amount`
  invalid_name = 6,    ///< a book, account, asset or key breaks the naming rules; `name`
  limit_exceeded = 7,  ///< a balance limit or a size limit; `account`/`what`, `limit`, `would_be`
  already_exists = 8,  ///< the same id with another definition; `what`
  idempotency_conflict = 9, ///< the key was used for other content; `key`, `seq`
  overflow = 10,            ///< a balance or an amount passes 128 bits; `account` or `amount`
  overloaded = 11,          ///< a queue is full; nothing was accepted, try again later; `limit`
  outcome_unknown = 12,     ///< may or may not be durable: retry with the same key
  corrupt = 13,             ///< data on disk does not verify; `file`, `offset`
  locked = 14,              ///< another process has the directory; `path`, `pid`
  not_found = 15,           ///< no such book, file or transaction; `what`
  invalid_argument = 16,    ///< the request contradicts itself or the rules; `field`
  io = 17,                  ///< the operating system refused; `path`, `operation`, `errno`
  condition_failed = 18, ///< what the write insists on is not so; `condition`, `expected`, `found`
  account_closed = 19,   ///< the account takes no postings; `account`, `seq`
  already_reversed = 20, ///< a transaction can be reversed once; `transaction`
  fence_active = 21,     ///< somebody is writing behind a fence: nothing was accepted, try later
  read_only = 22,        ///< opened to be read: write to the node that has the directory open
  busy = 23,             ///< somebody else has it now; `what`
  timed_out = 24,        ///< it has not happened yet; `found`
  restarting =
      25,        ///< the book is being restarted: nothing was accepted; `retry_after_us`, `reason`
  failed = 26,   ///< the book failed too often and is only read: nothing was accepted; `reason`
  no_space = 27, ///< the disk is full and the book only read: nothing was accepted; `reason`
  internal = 28, ///< the program contradicts itself: a book ended over it; `what`
  moved = 29,    ///< another node has the book: ask there; `node`, `address`
  unavailable = 30, ///< the node that has the book cannot be reached now; `node`, `address`
};

/// The stable name of a code, as in the documentation and in JSON output. "unknown" for a number
/// that is none of them.
std::string_view to_string(ec code);

/// The code of a stable name. False when there is none.
bool from_string(std::string_view name, ec& code);

/// One general sentence that describes the code.
std::string_view description(ec code);

/// An error is a value: a code, one sentence for a person that says what happened and what to do,
/// and the facts that a program needs, as named fields (listed beside each code).
class [[nodiscard]] error {
public:
  using field = std::pair<std::string, std::string>;

  error() = default;
  error(ec code, std::string message, std::vector<field> fields = {})
      : code_(code), message_(std::move(message)), fields_(std::move(fields)) {}

  ec code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::vector<field>& fields() const { return fields_; }

  /// The value of a field, or an empty string.
  std::string_view get(std::string_view name) const;

  /// The same error with one more fact, or with a fact replaced.
  error with(std::string name, std::string value) &&;

  friend bool operator==(const error&, const error&) = default;

  template <class Inspector>
  friend bool inspect(Inspector& f, error& x) {
    return f.object(x).fields(f.field("code", x.code_), f.field("message", x.message_),
                              f.field("fields", x.fields_));
  }

private:
  ec code_ = ec::invalid_argument;
  std::string message_;
  std::vector<field> fields_;
};

/// One line: "limit_exceeded: account x would … (account=x, limit=0.00, would_be=-1.00)".
std::string to_string(const error& x);

} // namespace daybook
