#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

// The history of accounts as RocksDB holds it: lists of postings, so that it moves a few large
// values and not millions of small ones. docs/index-format.md has the bytes.
//
// Free of state. Reading gives nothing for bytes that are not of this form.

namespace daybook::index {

/// The value of an account after an event.
struct posting_item {
  event_seq seq;
  byte_span value;
};

/// A list of one account's postings, in order of seq.
class posting_list {
public:
  explicit posting_list(byte_span bytes) : rest_(bytes) {}

  /// The next posting, or nothing at the end and at the first one that is malformed.
  std::optional<posting_item> next();

  /// Whether the walk stopped before the end.
  bool malformed() const { return malformed_; }

private:
  byte_span rest_;
  event_seq last_;
  bool malformed_ = false;
};

/// Makes a `posting_list`.
class posting_list_writer {
public:
  void add(const posting_item& x);
  void clear();

  bool empty() const { return bytes_.empty(); }
  byte_span bytes() const { return bytes_; }
  event_seq last() const { return last_; } ///< zero when empty

private:
  byte_buffer bytes_;
  event_seq last_;
};

// Neighbouring accounts that have little to say share a value: the lists of a group.

inline constexpr std::uint32_t accounts_per_group = 64;

constexpr std::uint32_t group_of(account_no n) { return n.value() / accounts_per_group; }

/// Makes the lists of a group, added in order of account.
class group_writer {
public:
  void add(account_no n, byte_span list);
  void clear();

  bool empty() const { return present_ == 0; }

  /// Valid until the next call.
  byte_span bytes();

private:
  std::uint64_t present_ = 0; ///< bit i: account i of the group has a list
  byte_buffer sizes_;
  byte_buffer lists_;
  byte_buffer bytes_;
};

/// The list of an account in a group's value: empty when it has none, nothing when the value is
/// malformed.
std::optional<byte_span> list_in_group(byte_span group, account_no n);

} // namespace daybook::index
