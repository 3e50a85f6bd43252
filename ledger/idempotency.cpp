#include "ledger/idempotency.hpp"

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/random.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>

namespace daybook::ledger {

namespace {

using key_secret = std::array<std::uint64_t, 24>;
static_assert(sizeof(key_secret) >= XXH3_SECRET_SIZE_MIN);

const key_secret& process_secret() {
  static const auto secret = [] {
    key_secret words;
    for (auto& word : words)
      word = system_random().next();
    return words;
  }();
  return secret;
}

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
    return size;
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
  return {x.key, entries, x.occurred_at, x.refs, x.metadata, x.correlation_id, x.causation_id};
}

transaction_content content_of(const transaction_posted& x) {
  return {x.key, x.entries, x.occurred_at, x.refs, x.metadata, x.correlation_id, x.causation_id};
}

hash128 fingerprinter::operator()(const transaction_content& x) {
  auto size = canonical_writer::size_of(x);
  if (canonical_.size() < size)
    canonical_.resize(size);
  auto* end = canonical_writer{canonical_.data()}.write(x);
  DAYBOOK_CHECK(end == canonical_.data() + size);
  return from_xxh(XXH3_128bits(canonical_.data(), size));
}

hash128 idempotency_keys::hash_of(std::string_view key) {
  auto& secret = process_secret();
  return from_xxh(XXH3_128bits_withSecret(key.data(), key.size(), &secret, sizeof secret));
}

const first_use* idempotency_keys::find(const hash128& key) const {
  auto i = uses_.find(key);
  return i == uses_.end() ? nullptr : &i->second;
}

bool idempotency_keys::add(const hash128& key, const first_use& x) {
  return uses_.emplace(key, x).second;
}

} // namespace daybook::ledger
