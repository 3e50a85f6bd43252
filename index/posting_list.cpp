#include "index/posting_list.hpp"

#include "base/check.hpp"
#include "base/varint.hpp"

#include <bit>

namespace daybook::index {

namespace {

void append(byte_buffer& to, byte_span bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

std::uint64_t bit_of(account_no n) { return std::uint64_t{1} << (n.value() % accounts_per_group); }

} // namespace

std::optional<posting_item> posting_list::next() {
  if (rest_.empty() || malformed_)
    return std::nullopt;
  malformed_ = true;
  auto distance = take_varint(rest_);
  auto size = distance ? take_varint(rest_) : std::nullopt;
  if (!size || *size > rest_.size() || *distance == 0 || *distance > ~last_.value())
    return std::nullopt;
  malformed_ = false;
  last_ = last_.plus(*distance);
  posting_item x{last_, rest_.first(*size)};
  rest_ = rest_.subspan(*size);
  return x;
}

void posting_list_writer::add(const posting_item& x) {
  DAYBOOK_CHECK(x.seq > last_);
  append_varint(bytes_, x.seq.value() - last_.value());
  append_varint(bytes_, x.value.size());
  append(bytes_, x.value);
  last_ = x.seq;
}

void posting_list_writer::clear() {
  bytes_.clear();
  last_ = {};
}

void group_writer::add(account_no n, byte_span list) {
  DAYBOOK_CHECK(bit_of(n) > present_ && !list.empty());
  present_ |= bit_of(n);
  append_varint(sizes_, list.size());
  append(lists_, list);
}

void group_writer::clear() {
  present_ = 0;
  sizes_.clear();
  lists_.clear();
}

byte_span group_writer::bytes() {
  bytes_.resize(sizeof present_);
  store_le(bytes_.data(), present_);
  append(bytes_, sizes_);
  append(bytes_, lists_);
  return bytes_;
}

std::optional<byte_span> list_in_group(byte_span group, account_no n) {
  std::uint64_t present = 0;
  if (group.size() < sizeof present)
    return std::nullopt;
  present = load_le<std::uint64_t>(group.data());
  group = group.subspan(sizeof present);
  auto bit = bit_of(n);
  if ((present & bit) == 0)
    return byte_span{};
  auto before = std::popcount(present & (bit - 1));
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  for (int i = 0, count = std::popcount(present); i < count; ++i) {
    auto one = take_varint(group);
    if (!one || *one > group.size())
      return std::nullopt;
    if (i < before)
      offset += *one;
    else if (i == before)
      size = *one;
  }
  if (offset > group.size() || size > group.size() - offset || size == 0)
    return std::nullopt;
  return group.subspan(offset, size);
}

} // namespace daybook::index
