#pragma once

#include "base/bytes.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

// The part of protobuf's wire format that the hot path needs, by hand: no allocation, no
// reflection, and a stricter reader than protobuf's own. Private to protocol/.

namespace daybook::protocol::wire {

enum class kind : std::uint8_t { varint = 0, bytes = 2 };

/// Fields are numbered below 16 so that a tag is one byte.
constexpr std::byte tag(unsigned field, kind type) {
  return static_cast<std::byte>(field << 3 | static_cast<unsigned>(type));
}

constexpr std::size_t varint_size(std::uint64_t x) {
  return (static_cast<std::size_t>(std::bit_width(x | 1)) + 6) / 7;
}

/// The most that a field takes beside the bytes of its text or message.
inline constexpr std::size_t field_size_max = 1 + 10;

constexpr std::uint64_t zigzag(std::int64_t x) {
  return (static_cast<std::uint64_t>(x) << 1) ^ static_cast<std::uint64_t>(x >> 63);
}

constexpr std::int64_t unzigzag(std::uint64_t x) {
  return static_cast<std::int64_t>((x >> 1) ^ (~(x & 1) + 1));
}

/// Writes fields to memory that is known to be large enough.
class writer {
public:
  explicit writer(std::byte* at) : at_(at) {}

  std::byte* position() const { return at_; }

  /// A field of a plain number; zero is the default and takes no space.
  void number(unsigned field, std::uint64_t x) {
    if (x != 0)
      present_number(field, x);
  }

  /// A field that is there even when it is zero.
  void present_number(unsigned field, std::uint64_t x) {
    *at_++ = tag(field, kind::varint);
    varint(x);
  }

  void text(unsigned field, std::string_view x) {
    if (x.empty())
      return;
    *at_++ = tag(field, kind::bytes);
    varint(x.size());
    std::memcpy(at_, x.data(), x.size());
    at_ += x.size();
  }

  /// A field with the message that `body` writes. Most are shorter than 128 bytes, so one byte is
  /// kept for the length, and a longer message moves up.
  template <class Body>
  void message(unsigned field, Body body) {
    *at_++ = tag(field, kind::bytes);
    auto* start = ++at_;
    body();
    auto size = static_cast<std::size_t>(at_ - start);
    auto shift = varint_size(size) - 1;
    if (shift != 0)
      std::memmove(start + shift, start, size);
    at_ = start - 1;
    varint(size);
    at_ += size;
  }

private:
  void varint(std::uint64_t x) {
    while (x >= 0x80) {
      *at_++ = static_cast<std::byte>(x | 0x80);
      x >>= 7;
    }
    *at_++ = static_cast<std::byte>(x);
  }

  std::byte* at_;
};

/// Runs `body` with a writer at the end of `out` that has room for `size_max` bytes.
template <class Body>
void append(byte_buffer& out, std::size_t size_max, Body body) {
  auto before = out.size();
  out.resize(before + size_max);
  wire::writer to{out.data() + before};
  body(to);
  out.resize(static_cast<std::size_t>(to.position() - out.data()));
}

/// Reads the fields of one message in ascending order. The first thing that is wrong makes it fail
/// for good; from then on every field reads as absent.
class reader {
public:
  explicit reader(byte_span bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  /// Why it failed; null when it did not.
  const char* failure() const { return failure_; }
  /// Where it failed.
  const std::byte* position() const { return at_; }

  void fail(const char* why) {
    if (!failure_)
      failure_ = why;
    end_ = at_;
  }

  bool has(unsigned field, kind type) const { return at_ != end_ && *at_ == tag(field, type); }

  /// A plain number up to `max`; zero when absent.
  std::uint64_t number(unsigned field,
                       std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
    if (!has(field, kind::varint))
      return 0;
    auto x = present_number();
    if (x == 0)
      fail("a default value is written out");
    else if (x > max)
      fail("a number is out of range (written by a newer version?)");
    return x;
  }

  /// The number of the field that `has` found.
  std::uint64_t present_number() {
    ++at_;
    return varint();
  }

  void text(unsigned field, std::string& to) {
    if (!has(field, kind::bytes)) {
      to.clear();
      return;
    }
    auto bytes = length_delimited();
    if (bytes.empty())
      fail("a default value is written out");
    to.assign(as_text(bytes));
  }

  /// Calls `body` with a reader of the message in `field` and checks that it reads all of it.
  /// False when the field is absent or the reader fails.
  template <class Body>
  bool message(unsigned field, Body body) {
    if (!has(field, kind::bytes))
      return false;
    reader inner{length_delimited()};
    if (failure_)
      return false;
    body(inner);
    inner.expect_end();
    if (!inner.failure_)
      return true;
    at_ = inner.at_;
    fail(inner.failure_);
    return false;
  }

  void expect_end() {
    if (at_ != end_)
      fail("a field is unknown or out of order (written by a newer version?)");
  }

private:
  std::uint64_t varint() {
    if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) [[likely]]
      return static_cast<std::uint8_t>(*at_++);
    std::uint64_t x = 0;
    for (unsigned shift = 0; shift < 70 && at_ != end_; shift += 7) {
      auto bits = static_cast<std::uint8_t>(*at_++);
      x |= static_cast<std::uint64_t>(bits & 0x7f) << shift;
      if (bits >= 0x80)
        continue;
      if (bits == 0 || (shift == 63 && bits > 1))
        fail("a number is not in its shortest form");
      return x;
    }
    fail("a number is cut off");
    return 0;
  }

  byte_span length_delimited() {
    ++at_;
    auto size = varint();
    if (size > static_cast<std::size_t>(end_ - at_)) {
      fail("a field is cut off");
      return {};
    }
    byte_span bytes{at_, static_cast<std::size_t>(size)};
    at_ += size;
    return bytes;
  }

  const std::byte* at_;
  const std::byte* end_;
  const char* failure_ = nullptr;
};

} // namespace daybook::protocol::wire
