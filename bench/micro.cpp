// What the parts of a commit cost, one at a time, on one thread and with warm caches: a sum of them
// is less than a transaction costs in a node.

#include "actors/node_options.hpp"
#include "actors/replay.hpp"
#include "base/random.hpp"
#include "bench/load.hpp"
#include "index/side_index.hpp"
#include "ledger/book_machine.hpp"
#include "log/chain.hpp"
#include "log/event_list.hpp"
#include "log/format.hpp"
#include "node/bench/transaction_source.hpp"
#include "protocol/event_codec.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace daybook;
using daybook::bench::need;
using daybook::bench::resident_bytes;

constexpr std::size_t batch_transactions = 1'000;
constexpr book_id book{1};

node::bench::load_options load(std::uint32_t accounts) {
  node::bench::load_options x;
  x.accounts = accounts;
  x.run = "0123456789ab";
  return x;
}

/// A machine with accounts, and the transactions to post to them.
class small_ledger {
public:
  explicit small_ledger(std::uint32_t accounts) : source_(load(accounts), 0) {
    machine_.start(book, writer_epoch{1});
    stage(ledger::asset_definition{"BENCH", ledger::asset_class::other, 2, "benchmark"});
    for (std::uint32_t n = 0; n < accounts; ++n) {
      ledger::account_definition account;
      account.path = node::bench::account_path(n);
      account.asset = "BENCH";
      stage(account);
    }
    commit();
    definitions_ = std::exchange(events_, {});
  }

  std::vector<ledger::transaction> make() {
    std::vector<ledger::transaction> xs;
    for (std::size_t i = 0; i < batch_transactions; ++i)
      xs.push_back(source_.next());
    return xs;
  }

  template <class T>
  void stage(T x) {
    last_ = need(machine_.stage(ledger::command{std::move(x)}));
    if (keeps_)
      events_.push_back(*last_.to_append);
  }

  void commit() {
    machine_.seal(timestamp{});
    machine_.mark_durable({});
  }

  /// The events of one batch.
  std::vector<ledger::event> events_of_a_batch() {
    for (auto& x : make())
      stage(x);
    commit();
    return std::exchange(events_, {});
  }

  void keep_no_events() { keeps_ = false; }

  ledger::book_machine& machine() { return machine_; }
  const std::vector<ledger::event>& definitions() const { return definitions_; }

private:
  ledger::book_machine machine_{{}};
  node::bench::transaction_source source_;
  ledger::staged last_;
  bool keeps_ = true;
  std::vector<ledger::event> events_;
  std::vector<ledger::event> definitions_;
};

byte_buffer encode_all(const std::vector<ledger::event>& events) {
  byte_buffer payload;
  byte_buffer one;
  for (auto& x : events) {
    one.clear();
    protocol::encode(x, false, one);
    log::append_event(payload, one);
  }
  return payload;
}

void count_transactions(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch_transactions));
}

// -- memory -------------------------------------------------------------------------------------

/// What keys in memory take, with the default bound of them. Argument: keys. Before all others, so
/// that no memory is there that was used before and is free.
void keys_added(benchmark::State& state) {
  static std::vector<ledger::idempotency_keys> kept; // for the same reason
  auto count = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    auto before = resident_bytes();
    auto& keys = kept.emplace_back(ledger::key_secret{}, actors::node_options{}.hot_keys_max);
    for (std::uint64_t n = 1; n <= count; ++n) {
      keys.add(keys.hash_of(std::to_string(n)), {event_seq{n}, {}});
      if (n % batch_transactions == 0)
        keys.end_batch(event_seq{n});
    }
    state.counters["bytes_per_key"] =
        static_cast<double>(resident_bytes() - before) / static_cast<double>(count);
  }
  state.SetItemsProcessed(state.range(0));
}
BENCHMARK(keys_added)->Arg(425'000)->Arg(850'000)->Iterations(1);

// -- a commit -------------------------------------------------------------------------------------

/// Validate and stage, seal, make visible, free the transaction. Argument: accounts.
void validate_and_stage(benchmark::State& state) {
  small_ledger ledger{static_cast<std::uint32_t>(state.range(0))};
  ledger.keep_no_events();
  for (auto _ : state) {
    state.PauseTiming();
    auto xs = ledger.make();
    state.ResumeTiming();
    for (auto& x : xs)
      ledger.stage(std::move(x));
    ledger.commit();
  }
  count_transactions(state);
}
BENCHMARK(validate_and_stage)->Arg(10'000)->Arg(1'000'000);

void encode(benchmark::State& state) {
  small_ledger ledger{10'000};
  auto events = ledger.events_of_a_batch();
  for (auto _ : state)
    benchmark::DoNotOptimize(encode_all(events));
  count_transactions(state);
}
BENCHMARK(encode);

/// Of the bytes of a batch.
template <class Compute>
void measure_payload(benchmark::State& state, Compute compute) {
  small_ledger ledger{10'000};
  auto payload = encode_all(ledger.events_of_a_batch());
  for (auto _ : state)
    benchmark::DoNotOptimize(compute(payload));
  count_transactions(state);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(payload.size()));
}

void checksum(benchmark::State& state) {
  measure_payload(state, [](byte_span payload) { return log::checksum(payload, 1); });
}
BENCHMARK(checksum);

void chain_hash(benchmark::State& state) {
  byte_buffer header(88);
  log::chain_hasher hasher;
  measure_payload(state, [&](byte_span payload) { return hasher.next(header, payload); });
}
BENCHMARK(chain_hash);

// -- opening --------------------------------------------------------------------------------------

void decode_and_apply(benchmark::State& state) {
  small_ledger written{10'000};
  auto definitions = encode_all(written.definitions());
  auto begins = written.machine().durable_seq().next();
  std::vector<byte_buffer> batches;
  for (int i = 0; i < 100; ++i)
    batches.push_back(encode_all(written.events_of_a_batch()));
  auto replay = [](auto& apply, event_seq first, std::size_t events, byte_span payload) {
    log::stored_batch batch;
    batch.first_seq = first;
    batch.event_count = static_cast<std::uint32_t>(events);
    batch.epoch = writer_epoch{1};
    batch.payload = payload;
    need(apply(batch));
  };
  for (auto _ : state) {
    state.PauseTiming();
    std::optional<ledger::book_machine> machine{ledger::machine_options{}};
    auto apply = actors::replay_into(*machine);
    replay(apply, event_seq{1}, written.definitions().size(), definitions);
    auto next = begins;
    state.ResumeTiming();
    for (auto& payload : batches) {
      replay(apply, next, batch_transactions, payload);
      next = event_seq{next.value() + batch_transactions};
    }
    state.PauseTiming();
    machine.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(batches.size() * batch_transactions));
}
BENCHMARK(decode_and_apply)->Unit(benchmark::kMillisecond);

// -- idempotency keys -----------------------------------------------------------------------------

void key_in_memory(benchmark::State& state) {
  ledger::idempotency_keys keys{{}, 0};
  constexpr std::uint64_t count = 1'000'000;
  auto hash = [&](std::uint64_t n) { return keys.hash_of(std::to_string(n)); };
  for (std::uint64_t n = 0; n < count; ++n)
    keys.add(hash(n), {event_seq{n + 1}, {}});
  std::vector<hash128> asked;
  for (std::uint64_t n = 0; n < 10'000; ++n)
    asked.push_back(hash(n * 7'919 % count));
  std::size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(keys.find(asked[i++ % asked.size()]));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(key_in_memory);

/// An index with keys on disk, all of them known to the filter.
class spilled_keys {
public:
  static constexpr std::uint64_t count = 2'000'000;

  spilled_keys() {
    if (!::mkdtemp(directory_.data()))
      daybook::bench::give_up({ec::io, "no scratch directory: " + directory_});
    index_ =
        need(index::side_index::open({.directory = directory_ + "/index"}, system_random())).index;
    constexpr std::uint64_t spill = 500'000;
    for (std::uint64_t first = 0; first < count; first += spill) {
      std::vector<index::key_use> uses;
      for (auto n = first; n < first + spill; ++n)
        uses.push_back({hash(n), event_seq{n + 1}, {}});
      need(index_->add_keys(book, uses, event_seq{first}, {event_seq{first + spill}, {}, {}}));
    }
    need(index_->flush());
    while (need(index_->tidy_keys(book)))
      continue;
  }

  ~spilled_keys() {
    index_.reset();
    std::filesystem::remove_all(directory_);
  }

  hash128 hash(std::uint64_t n) const { return hasher_.hash_of(std::to_string(n)); }
  const index::side_index& index() const { return *index_; }

private:
  std::string directory_ = (std::filesystem::temp_directory_path() / "daybook-XXXXXX").string();
  ledger::idempotency_keys hasher_{{}, 0};
  std::unique_ptr<index::side_index> index_;
};

/// Every answer has to be the expected one, but for one key in fifty of which memory alone cannot
/// tell.
void look_for_keys(benchmark::State& state, std::uint64_t first, index::effort allowed,
                   index::finding expected) {
  spilled_keys keys;
  std::vector<hash128> asked;
  for (std::uint64_t n = 0; n < 10'000; ++n)
    asked.push_back(keys.hash(first + n * 7'919 % spilled_keys::count));
  std::size_t i = 0;
  std::uint64_t unknown = 0;
  for (auto _ : state) {
    auto what = need(keys.index().find_key(book, asked[i++ % asked.size()], allowed)).what;
    if (what == index::finding::unknown)
      ++unknown;
    else if (what != expected)
      daybook::bench::give_up({ec::corrupt, "the index gave a wrong answer"});
  }
  if (unknown * 50 > i + 50)
    daybook::bench::give_up({ec::corrupt, "the filter tells too little"});
  state.SetItemsProcessed(state.iterations());
}

void key_spilled(benchmark::State& state) {
  look_for_keys(state, 0, index::effort::disk, index::finding::present);
}
BENCHMARK(key_spilled);

void key_absent(benchmark::State& state) {
  look_for_keys(state, spilled_keys::count, index::effort::memory, index::finding::absent);
}
BENCHMARK(key_absent);

} // namespace

BENCHMARK_MAIN();
