#include "ledger/idempotency.hpp"

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace daybook;
using namespace daybook::ledger;

namespace {

transaction_posted sample() {
  transaction_posted x;
  x.key = "key";
  x.entries = {{account_no{1}, side::debit, amount{5}}, {account_no{2}, side::credit, amount{5}}};
  x.refs = {{"order", "17"}};
  x.metadata = "{}";
  x.correlation_id = "call";
  x.causation_id = "cause";
  return x;
}

std::pair<std::uint64_t, std::uint64_t> fingerprint(const transaction_posted& x) {
  auto hash = fingerprinter{}(content_of(x));
  return {hash.low, hash.high};
}

} // namespace

TEST_CASE("a key is found once it was added", "[I5]") {
  idempotency_keys keys{{}, 0};
  auto hash = keys.hash_of("a");
  CHECK(keys.find(hash) == nullptr);
  keys.add(hash, {event_seq{7}, {1, 2}});
  REQUIRE(keys.find(hash) != nullptr);
  CHECK(*keys.find(hash) == first_use{event_seq{7}, {1, 2}});
  CHECK(keys.find(keys.hash_of("b")) == nullptr);
  keys.remove(hash);
  CHECK(keys.find(hash) == nullptr);
}

TEST_CASE("many keys are told apart", "[I5]") {
  idempotency_keys keys{{}, 0};
  for (std::uint64_t i = 0; i < 100'000; ++i)
    keys.add(keys.hash_of(std::to_string(i)), {event_seq{i}, {}});
  for (std::uint64_t i = 0; i < 100'000; ++i)
    REQUIRE(keys.find(keys.hash_of(std::to_string(i)))->seq == event_seq{i});
}

TEST_CASE("keys are hashed under the secret, reversals apart from them", "[I5]") {
  key_secret secret{};
  secret[3] = 1;
  idempotency_keys keys{{}, 0};
  CHECK(keys.hash_of("a") == idempotency_keys{key_secret{}, 5}.hash_of("a"));
  CHECK(keys.hash_of("a key of some length") !=
        idempotency_keys{secret, 0}.hash_of("a key of some length"));
  CHECK(keys.hash_of_reversal(event_seq{1}) != keys.hash_of_reversal(event_seq{2}));
  CHECK(keys.hash_of_reversal(event_seq{49}) != keys.hash_of("1"));
}

TEST_CASE("the older half of the keys goes, and is found until it has gone", "[I5]") {
  idempotency_keys keys{{}, 4};
  auto add = [&](std::uint64_t n) {
    keys.add(keys.hash_of(std::to_string(n)), {event_seq{n}, {}});
  };
  auto has = [&](std::uint64_t n) { return keys.find(keys.hash_of(std::to_string(n))) != nullptr; };
  add(1);
  keys.end_batch(event_seq{1});
  CHECK(keys.to_spill() == nullptr);
  for (std::uint64_t n : {2, 3, 4, 5, 6})
    add(n); // a batch may pass the cap: its end is what makes room
  CHECK(keys.has_room(100));
  keys.end_batch(event_seq{6});
  CHECK(keys.to_spill() == nullptr); // not durable
  keys.mark_durable(event_seq{6}, writer_epoch{3}, chain_hash{std::byte{9}});
  auto old = keys.to_spill();
  REQUIRE(old);
  CHECK(keys.to_spill() == nullptr); // once
  CHECK(old->uses.size() == 6);
  CHECK(old->last == event_seq{6});
  CHECK(old->epoch == writer_epoch{3});
  CHECK(old->chain == chain_hash{std::byte{9}});
  for (std::uint64_t n : {7, 8, 9})
    add(n);
  keys.end_batch(event_seq{9});
  CHECK(has(1));
  CHECK(has(9));
  CHECK(keys.size() == 9);
  CHECK(keys.has_room(1));
  CHECK_FALSE(keys.has_room(2));
  CHECK_FALSE(keys.are_indexed());
  keys.forget(*old);
  CHECK(keys.are_indexed());
  CHECK(keys.indexed() == event_seq{6});
  CHECK(keys.has_room(100));
  CHECK_FALSE(has(6));
  CHECK(has(7));
  keys.end_batch(event_seq{9});
  keys.mark_durable(event_seq{9}, writer_epoch{3}, {});
  CHECK(keys.to_spill()->uses.size() == 3);
}

TEST_CASE("without a cap all keys stay") {
  idempotency_keys keys{{}, 0};
  for (std::uint64_t n = 1; n < 1000; ++n) {
    keys.add(keys.hash_of(std::to_string(n)), {event_seq{n}, {}});
    keys.end_batch(event_seq{n});
    keys.hurry();
    keys.mark_durable(event_seq{n}, writer_epoch{1}, {});
    REQUIRE(keys.to_spill() == nullptr);
  }
  CHECK(keys.size() == 999);
}

TEST_CASE("a transaction and its event have the same content", "[I5]") {
  auto posted = sample();
  posted.occurred_at = timestamp{5};
  transaction asked;
  asked.key = posted.key;
  asked.occurred_at = posted.occurred_at;
  asked.refs = posted.refs;
  asked.metadata = posted.metadata;
  asked.correlation_id = posted.correlation_id;
  asked.causation_id = posted.causation_id;
  fingerprinter fingerprint;
  CHECK(fingerprint(content_of(asked, posted.entries)) == fingerprint(content_of(posted)));
}

TEST_CASE("a long content leaves nothing behind in a short one", "[I5]") {
  fingerprinter reused;
  auto longer = sample();
  longer.metadata = std::string(10'000, 'x');
  reused(content_of(longer));
  CHECK(reused(content_of(sample())) == fingerprinter{}(content_of(sample())));
}

TEST_CASE("every change of the content changes the fingerprint", "[I5]") {
  using change = std::function<void(transaction_posted&)>;
  const std::string zeros(8, '\0');
  auto changes = std::vector<change>{
      [](auto&) {},
      [](auto& x) { x.key = "other"; },
      [](auto& x) { x.key = "key{", x.metadata.erase(0, 1); },
      [](auto& x) { std::swap(x.entries[0], x.entries[1]); },
      [](auto& x) { x.entries[0].account = account_no{3}; },
      [](auto& x) { x.entries[0].direction = side::credit; },
      [](auto& x) { x.entries[0].value = amount{6}; },
      [](auto& x) { x.entries[0].value = *amount::from_int128(int128{5} + (int128{1} << 64)); },
      [](auto& x) { x.entries.pop_back(); },
      [](auto& x) { x.entries.push_back(x.entries[0]); },
      [](auto& x) { x.occurred_at = timestamp{}; },
      [](auto& x) { x.occurred_at = timestamp{-1}; },
      [](auto& x) { x.refs.clear(); },
      [](auto& x) { x.refs.push_back({"order", "18"}); },
      [](auto& x) { x.refs = {{"order1", "7"}}; },
      [](auto& x) { std::swap(x.refs[0].kind, x.refs[0].value); },
      [](auto& x) { x.metadata.clear(); },
      [](auto& x) { x.metadata += "c", x.correlation_id.erase(0, 1); },
      [](auto& x) { x.correlation_id.clear(); },
      [&](auto& x) { x.metadata = "xx" + zeros + "yy", x.correlation_id = "zz"; },
      [&](auto& x) { x.metadata = "xx", x.correlation_id = "yy" + zeros + "zz"; },
      [](auto& x) { x.causation_id.clear(); },
      [](auto& x) { std::swap(x.correlation_id, x.causation_id); },
      [](auto& x) { x.correlation_id += "c", x.causation_id.erase(0, 1); },
      [](auto& x) { x.reverses = event_seq{1}; },
      [](auto& x) { x.reverses = event_seq{2}; },
      [](auto& x) { x.causation_id += std::string("\x01\0\0\0\0\0\0\0", 8); },
  };
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (auto& apply : changes) {
    auto x = sample();
    apply(x);
    CHECK(seen.insert(fingerprint(x)).second);
  }
  CHECK(seen.size() == changes.size());
}
