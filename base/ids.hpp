#pragma once

#include "base/strong.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace daybook {

/// Position of an event in its book: 1, 2, 3, … without holes [I3]. Zero means "before the first".
using event_seq = strong<struct event_seq_tag, std::uint64_t>;

/// Incarnation of a book's writer; grows each time a writer opens the book [I10]. The first is 1.
using writer_epoch = strong<struct writer_epoch_tag, std::uint64_t>;

/// Position of a batch record in the book's log, counted over all kinds of records from 1. It is
/// the index of the Raft entry that a batch may become.
using log_index = strong<struct log_index_tag, std::uint64_t>;

/// Random identity of a book, drawn when the book is created. It tells two books of the same name
/// apart, and is the upper half of every transaction id.
using book_id = strong<struct book_id_tag, std::uint64_t>;

/// Number of an account in its book, in order of opening from 0. Events store it in place of the
/// path, so it is part of the disk format.
using account_no = strong<struct account_no_tag, std::uint32_t>;

/// Number of an asset in its book, in order of registration from 0.
using asset_no = strong<struct asset_no_tag, std::uint32_t>;

/// SHA-256 over all batches of a book up to and including one of them [I11].
using chain_hash = std::array<std::byte, 32>;

/// Identity of a transaction in all books: the book's id and the event's seq, so that it needs no
/// index to be looked up.
struct transaction_id {
  book_id book;
  event_seq seq;

  friend constexpr auto operator<=>(const transaction_id&, const transaction_id&) = default;
};

/// 32 lower-case hexadecimal digits: the book's id, then the seq.
std::string to_string(const transaction_id& x);

/// False, and `x` as it was, for anything else than what `to_string` gives.
bool from_string(std::string_view text, transaction_id& x);

} // namespace daybook
