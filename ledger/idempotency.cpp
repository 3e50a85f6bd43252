#include "ledger/idempotency.hpp"

#include "base/bytes.hpp"
#include "base/check.hpp"

#include <xxhash.h>

#include <algorithm>

namespace daybook::ledger {

namespace {

hash128 from_xxh(XXH128_hash_t x) { return {x.low64, x.high64}; }

/// Writes the content so that no two contents give the same bytes: numbers have a fixed width, and
/// texts and lists are preceded by their length.
class canonical_writer {
public:
  explicit canonical_writer(std::byte* to) : to_(to) {}

  static std::size_t size_of(const transaction_content& x) {
    constexpr auto entry_bytes = sizeof(std::uint32_t) + 1 + 2 * sizeof(std::uint64_t);
    constexpr auto occurred_at_bytes = 1 + sizeof(std::int64_t);
    constexpr auto length_bytes = sizeof(std::uint64_t);
    auto size = 6 * length_bytes + occurred_at_bytes + x.entries.size() * entry_bytes;
    size += x.key.size() + x.metadata.size() + x.correlation_id.size() + x.causation_id.size();
    for (auto& ref : x.refs)
      size += 2 * length_bytes + ref.kind.size() + ref.value.size();
    return x.reverses == event_seq{} ? size : size + sizeof(std::uint64_t);
  }

  /// Returns the end of what was written.
  const std::byte* write(const transaction_content& x) {
    text(x.key);
    number(std::uint64_t{x.entries.size()});
    for (auto& entry : x.entries)
      write(entry);
    number(std::uint8_t{x.occurred_at.has_value()});
    number(x.occurred_at.value_or(timestamp{}).us());
    number(std::uint64_t{x.refs.size()});
    for (auto& ref : x.refs) {
      text(ref.kind);
      text(ref.value);
    }
    text(x.metadata);
    text(x.correlation_id);
    text(x.causation_id);
    // Nothing else ends after the last text.
    if (x.reverses != event_seq{})
      number(x.reverses.value());
    return to_;
  }

private:
  void write(const posted_entry& x) {
    number(x.account.value());
    number(static_cast<std::uint8_t>(x.direction));
    auto value = static_cast<uint128>(x.value.value());
    number(static_cast<std::uint64_t>(value));
    number(static_cast<std::uint64_t>(value >> 64));
  }

  template <class T>
  void number(T x) {
    store_le(to_, x);
    to_ += sizeof x;
  }

  void text(std::string_view x) {
    number(std::uint64_t{x.size()});
    to_ = std::ranges::copy(as_bytes(x), to_).out;
  }

  std::byte* to_;
};

} // namespace

transaction_content content_of(const transaction& x, std::span<const posted_entry> entries) {
  return {x.key,      entries,          x.occurred_at,  x.refs,
          x.metadata, x.correlation_id, x.causation_id, x.reverses};
}

transaction_content content_of(const transaction_posted& x) {
  return {x.key,      x.entries,        x.occurred_at,  x.refs,
          x.metadata, x.correlation_id, x.causation_id, x.reverses};
}

hash128 fingerprinter::operator()(const transaction_content& x) {
  auto size = canonical_writer::size_of(x);
  if (canonical_.size() < size)
    canonical_.resize(size);
  auto* end = canonical_writer{canonical_.data()}.write(x);
  DAYBOOK_CHECK(end == canonical_.data() + size);
  return from_xxh(XXH3_128bits(canonical_.data(), size));
}

} // namespace daybook::ledger
