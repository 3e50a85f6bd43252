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
  idempotency_keys keys;
  auto hash = idempotency_keys::hash_of("a");
  CHECK(keys.find(hash) == nullptr);
  CHECK(keys.add(hash, {event_seq{7}, {1, 2}}));
  REQUIRE(keys.find(hash) != nullptr);
  CHECK(keys.find(hash)->seq == event_seq{7});
  CHECK(keys.find(hash)->fingerprint == hash128{1, 2});
  CHECK(keys.find(idempotency_keys::hash_of("b")) == nullptr);
}

TEST_CASE("the first use of a key stays", "[I5]") {
  idempotency_keys keys;
  auto hash = idempotency_keys::hash_of("a");
  CHECK(keys.add(hash, {event_seq{7}, {}}));
  CHECK_FALSE(keys.add(hash, {event_seq{8}, {}}));
  CHECK(keys.find(hash)->seq == event_seq{7});
  CHECK(keys.size() == 1);
}

TEST_CASE("many keys are told apart", "[I5]") {
  idempotency_keys keys;
  for (std::uint64_t i = 0; i < 100'000; ++i)
    REQUIRE(keys.add(idempotency_keys::hash_of(std::to_string(i)), {event_seq{i}, {}}));
  for (std::uint64_t i = 0; i < 100'000; ++i)
    REQUIRE(keys.find(idempotency_keys::hash_of(std::to_string(i)))->seq == event_seq{i});
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
  };
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (auto& apply : changes) {
    auto x = sample();
    apply(x);
    CHECK(seen.insert(fingerprint(x)).second);
  }
  CHECK(seen.size() == changes.size());
}
