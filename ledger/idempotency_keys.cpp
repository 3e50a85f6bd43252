#include "base/bytes.hpp"
#include "base/check.hpp"
#include "ledger/idempotency.hpp"

#include <xxhash.h>

#include <utility>

namespace daybook::ledger {

namespace {

static_assert(sizeof(key_secret) >= XXH3_SECRET_SIZE_MIN);

/// Keys are labels, so none begins with a control character.
constexpr char reversal_mark = '\x01';

} // namespace

idempotency_keys::idempotency_keys(const key_secret& secret, std::size_t hot_keys_max)
    : secret_(secret), hot_keys_max_(hot_keys_max) {}

hash128 idempotency_keys::hash_of(std::string_view key) const {
  auto hash = XXH3_128bits_withSecret(key.data(), key.size(), &secret_, sizeof secret_);
  return {hash.low64, hash.high64};
}

hash128 idempotency_keys::hash_of_reversal(event_seq of) const {
  std::array<std::byte, 1 + sizeof(std::uint64_t)> text{std::byte{reversal_mark}};
  store_le(text.data() + 1, of.value());
  return hash_of({reinterpret_cast<const char*>(text.data()), text.size()});
}

const first_use* idempotency_keys::find(const hash128& key) const {
  if (auto i = young_.find(key); i != young_.end())
    return &i->second;
  if (!old_)
    return nullptr;
  auto i = old_->uses.find(key);
  return i == old_->uses.end() ? nullptr : &i->second;
}

void idempotency_keys::add(const hash128& key, const first_use& x) {
  DAYBOOK_CHECK(young_.emplace(key, x).second);
}

bool idempotency_keys::has_room(std::size_t count) const {
  return !old_ || young_.size() + count <= hot_keys_max_;
}

// -- generations ---------------------------------------------------------------------------------

void idempotency_keys::end_batch(event_seq last) {
  if (hot_keys_max_ == 0 || old_)
    return;
  auto is_hurried = std::exchange(hurried_, false) && last > indexed_;
  if (!is_hurried && young_.size() < std::max<std::size_t>(hot_keys_max_ / 2, 1))
    return;
  old_ = std::make_shared<key_generation>();
  old_->uses = std::exchange(young_, {});
  old_->last = last;
  is_durable_ = is_given_ = false;
}

void idempotency_keys::mark_durable(event_seq last, writer_epoch epoch, const chain_hash& chain) {
  if (!old_ || old_->last != last || is_durable_)
    return;
  old_->epoch = epoch;
  old_->chain = chain;
  is_durable_ = true;
}

std::shared_ptr<const key_generation> idempotency_keys::to_spill() {
  if (!old_ || !is_durable_ || std::exchange(is_given_, true))
    return nullptr;
  return old_;
}

void idempotency_keys::forget(const key_generation& indexed) {
  DAYBOOK_CHECK(old_.get() == &indexed && is_given_);
  set_indexed(indexed.last);
  old_.reset();
}

} // namespace daybook::ledger
