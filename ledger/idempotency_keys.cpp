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

/// Generations smaller than this are put together when they are kept, which copies them, so that
/// frequent snapshots of a book do not leave many. Larger ones are few as it is.
constexpr std::size_t small_generation_keys = 20'000;

const first_use* find_in(const key_map& keys, const hash128& key) {
  auto i = keys.find(key);
  return i == keys.end() ? nullptr : &i->second;
}

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
  if (auto* found = find_in(young_, key))
    return found;
  if (old_)
    if (auto* found = find_in(old_->uses, key))
      return found;
  for (auto& generation : kept_)
    if (auto* found = find_in(generation->uses, key))
      return found;
  return nullptr;
}

void idempotency_keys::add(const hash128& key, const first_use& x) {
  DAYBOOK_INVARIANT(young_.emplace(key, x).second);
}

bool idempotency_keys::has_room(std::size_t count) const {
  return !old_ || kept_keys() + young_.size() + count <= hot_keys_max_;
}

std::size_t idempotency_keys::size() const {
  return kept_keys() + young_.size() + (old_ ? old_->uses.size() : 0);
}

std::size_t idempotency_keys::kept_keys() const {
  std::size_t count = 0;
  for (auto& generation : kept_)
    count += generation->uses.size();
  return count;
}

// -- generations ---------------------------------------------------------------------------------

void idempotency_keys::end_batch(event_seq last) {
  if (hot_keys_max_ == 0 || old_)
    return;
  auto is_hurried = std::exchange(hurried_, false) && last > flushed_;
  if (!is_hurried && (young_.empty() || kept_keys() + young_.size() < generation_keys()))
    return;
  old_ = std::make_shared<key_generation>();
  old_->uses = std::exchange(young_, {});
  old_->after = indexed_;
  old_->last = last;
  old_->hurried = is_hurried;
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
  DAYBOOK_INVARIANT(old_.get() == &indexed && is_given_);
  auto fits = size() < hot_keys_max_ / 2;
  auto old = std::exchange(old_, nullptr);
  indexed_ = std::max(indexed_, old->last);
  if (old->hurried)
    flushed_ = old->last;
  if (fits)
    return keep(std::move(old));
  kept_.clear();
  gone_ = indexed_;
}

/// What was handed out stays as it is, so two of them become a new one.
void idempotency_keys::keep(std::shared_ptr<const key_generation> indexed) {
  while (!kept_.empty() && kept_.back()->uses.size() <= indexed->uses.size() &&
         indexed->uses.size() < small_generation_keys) {
    auto both = std::make_shared<key_generation>(*indexed);
    both->uses.insert(kept_.back()->uses.begin(), kept_.back()->uses.end());
    kept_.pop_back();
    indexed = std::move(both);
  }
  if (!indexed->uses.empty())
    kept_.push_back(std::move(indexed));
}

// -- what the index has --------------------------------------------------------------------------

void idempotency_keys::set_indexed(event_seq up_to) {
  indexed_ = std::max(indexed_, up_to);
  gone_ = std::max(gone_, up_to);
}

} // namespace daybook::ledger
