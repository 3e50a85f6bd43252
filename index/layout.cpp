#include "index/layout.hpp"

#include <algorithm>
#include <concepts>
#include <utility>

namespace daybook::index::layout {

namespace {

/// What part of a book's history a key belongs to: the byte after the book's id.
constexpr char posting_tag = 1;
constexpr char sums_tag = 2;
constexpr char boundary_tag = 3;
constexpr char time_tag = 4;
constexpr char group_tag = 5;

/// Takes an integer off the front of `bytes`, which holds it.
template <std::unsigned_integral T>
T take_le(std::string_view& bytes) {
  auto value = load_le<T>(as_bytes(bytes).data());
  bytes.remove_prefix(sizeof value);
  return value;
}

std::string part(book_id book, char tag) {
  auto key = of_book(book);
  key.push_back(tag);
  return key;
}

std::string part(book_id book, char tag, std::uint32_t number) {
  auto key = part(book, tag);
  append_be(key, number);
  return key;
}

} // namespace

std::string of_book(book_id book) {
  std::string key;
  append_be(key, book.value());
  return key;
}

std::string run_prefix(book_id book, std::uint64_t run) {
  auto key = of_book(book);
  append_be(key, run);
  return key;
}

std::string bucket_key(book_id book, std::uint64_t run, std::uint32_t bucket) {
  auto key = run_prefix(book, run);
  append_be(key, bucket);
  return key;
}

std::optional<std::uint64_t> run_of_bucket_key(std::string_view key) {
  if (key.size() != bucket_key({}, 0, 0).size())
    return std::nullopt;
  return load_be<std::uint64_t>(key.data() + of_book({}).size());
}

std::string posting_prefix(book_id book, account_no account) {
  return part(book, posting_tag, account.value());
}

std::string group_prefix(book_id book, std::uint32_t group) { return part(book, group_tag, group); }

std::string sums_prefix(book_id book, asset_no asset) {
  return part(book, sums_tag, asset.value());
}

std::string boundary_prefix(book_id book) { return part(book, boundary_tag); }

std::string times_prefix(book_id book) { return part(book, time_tag); }

std::string time_prefix(book_id book, timestamp at) {
  constexpr auto sign_bit = std::uint64_t{1} << 63;
  auto key = times_prefix(book);
  append_be(key, static_cast<std::uint64_t>(at.us()) ^ sign_bit);
  return key;
}

std::string with_seq(std::string prefix, event_seq seq) {
  append_be(prefix, seq.value());
  return prefix;
}

std::string checkpoint_key(book_id book, std::string_view name) {
  return of_book(book).append(name);
}

std::string after(std::string key) {
  key.push_back('\0');
  return key;
}

std::string end_of(std::string prefix) { return prefix.append(256, '\xff'); }

std::optional<event_seq> seq_at_end(std::string_view key, std::size_t size) {
  if (key.size() != size || size < sizeof(std::uint64_t))
    return std::nullopt;
  return event_seq{load_be<std::uint64_t>(key.data() + size - sizeof(std::uint64_t))};
}

std::string encode(const mark& x) {
  std::string bytes;
  append_le(bytes, x.seq.value());
  append_le(bytes, x.epoch.value());
  bytes.append(as_text(x.chain));
  return bytes;
}

std::optional<mark> decode_mark(std::string_view bytes) {
  mark x;
  if (bytes.size() != 16 + x.chain.size())
    return std::nullopt;
  x.seq = event_seq{take_le<std::uint64_t>(bytes)};
  x.epoch = writer_epoch{take_le<std::uint64_t>(bytes)};
  std::ranges::copy(as_bytes(bytes), x.chain.begin());
  return x;
}

std::string encode(const key_directory& x) {
  auto bytes = encode(x.up_to);
  for (auto& run : x.runs) {
    append_le(bytes, run.number);
    append_le(bytes, run.keys);
    append_le(bytes, run.level);
    append_le(bytes, run.bits);
  }
  return bytes;
}

std::optional<key_directory> decode_key_directory(std::string_view bytes) {
  constexpr std::size_t run_bytes = 18;
  key_directory x;
  auto mark_bytes = encode(x.up_to).size();
  auto up_to = decode_mark(bytes.substr(0, mark_bytes));
  if (!up_to || (bytes.size() - mark_bytes) % run_bytes != 0)
    return std::nullopt;
  x.up_to = *up_to;
  for (bytes.remove_prefix(mark_bytes); !bytes.empty();) {
    key_run run;
    run.number = take_le<std::uint64_t>(bytes);
    run.keys = take_le<std::uint64_t>(bytes);
    run.level = take_le<std::uint8_t>(bytes);
    run.bits = take_le<std::uint8_t>(bytes);
    auto is_next = x.runs.empty() || run.number > x.runs.back().number;
    if (!is_next || run.bits > bucket_bits_max)
      return std::nullopt;
    x.runs.push_back(run);
  }
  return x;
}

std::string encode(const key_secret& x) {
  std::string bytes;
  append_le(bytes, format_version);
  for (auto word : x)
    append_le(bytes, word);
  return bytes;
}

std::optional<key_secret> decode_format(std::string_view bytes) {
  key_secret secret{};
  if (bytes.size() != sizeof format_version + sizeof secret ||
      take_le<std::uint32_t>(bytes) != format_version)
    return std::nullopt;
  for (auto& word : secret)
    word = take_le<std::uint64_t>(bytes);
  return secret;
}

} // namespace daybook::index::layout
