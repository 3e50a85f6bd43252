#pragma once

#include "base/ids.hpp"
#include "base/timestamp.hpp"
#include "index/key_directory.hpp"
#include "index/records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The keys and values of the index; docs/index-format.md says the same in words. Numbers in keys
// are big-endian, so that the order of keys is the order of numbers; numbers in values are
// little-endian. Decoding gives nothing when the bytes are not of this form.

namespace daybook::index::layout {

/// Grows with every change of what is below: an index of another version is built anew.
inline constexpr std::uint32_t format_version = 3;

inline constexpr std::size_t checkpoint_name_bytes_max = 255;

// -- keys -----------------------------------------------------------------------------------------

/// The one key of the column family `default`.
inline constexpr std::string_view format_key = "daybook";

/// All keys of a book in a column family; by itself, the key of the column family's mark.
std::string of_book(book_id book);

/// The buckets of a run (key_bucket.hpp): the number of one follows, 4 bytes.
std::string run_prefix(book_id book, std::uint64_t run);
std::string bucket_key(book_id book, std::uint64_t run, std::uint32_t bucket);

/// The run in the key of a bucket.
std::optional<std::uint64_t> run_of_bucket_key(std::string_view key);

/// Of the lists of one account, and of those of a group of accounts (posting_list.hpp). The seq
/// that follows is that of the last posting in the list.
std::string posting_prefix(book_id book, account_no account);
std::string group_prefix(book_id book, std::uint32_t group);
std::string sums_prefix(book_id book, asset_no asset);
std::string boundary_prefix(book_id book);

/// Ends, like every key of these prefixes, with the seq.
std::string with_seq(std::string prefix, event_seq seq);

/// Of batches committed at `at`; a seq follows.
std::string time_prefix(book_id book, timestamp at);

/// All times of a book.
std::string times_prefix(book_id book);

std::string checkpoint_key(book_id book, std::string_view name);

/// The key right after `key`.
std::string after(std::string key);

/// After every key that begins with `prefix`: none has more than 255 bytes behind it.
std::string end_of(std::string prefix);

/// The seq at the end of a key of `size` bytes.
std::optional<event_seq> seq_at_end(std::string_view key, std::size_t size);

// -- values ---------------------------------------------------------------------------------------

std::string encode(const mark& x);
std::optional<mark> decode_mark(std::string_view bytes);

std::string encode(const key_directory& x);
std::optional<key_directory> decode_key_directory(std::string_view bytes);

/// The format record: the version and the secret.
std::string encode(const key_secret& x);

/// Nothing for another version, too.
std::optional<key_secret> decode_format(std::string_view bytes);

} // namespace daybook::index::layout
