// What a program that writes its ledger into RocksDB by itself could do on this disk: one thread
// takes transactions in groups, and each group is one WriteBatch with one sync.
//
// Compared: a key that is used once, both balances, both entries of the double entry with the
// balance after it, every group synced. Not compared: checks of any kind, a chain of hashes,
// clients and messages (the transactions are made by the thread that writes them), a second copy of
// anything. Balances are kept in memory, as such a program would.

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

namespace {

struct options {
  std::string data;
  std::uint64_t transactions = 1'000'000;
  std::uint32_t seconds = 0;
  std::uint32_t batch = 1'000;
  std::uint32_t accounts = 10'000;
};

void require(const rocksdb::Status& status) {
  if (!status.ok())
    throw std::runtime_error(status.ToString());
}

std::string big_endian(char tag, std::uint64_t x, std::uint64_t y) {
  std::string key(1, tag);
  for (auto value : {x, y})
    for (int shift = 56; shift >= 0; shift -= 8)
      key.push_back(static_cast<char>(value >> shift));
  return key;
}

rocksdb::Slice bytes_of(const std::int64_t& x) {
  return {reinterpret_cast<const char*>(&x), sizeof x};
}

class ledger {
public:
  explicit ledger(const options& x) : balances_(x.accounts) {
    rocksdb::BlockBasedTableOptions tables;
    tables.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    tables.cache_index_and_filter_blocks = false;
    rocksdb::Options settings;
    settings.create_if_missing = true;
    settings.error_if_exists = true;
    settings.write_buffer_size = 64 << 20;
    settings.IncreaseParallelism(2);
    settings.table_factory.reset(rocksdb::NewBlockBasedTableFactory(tables));
    rocksdb::DB* opened = nullptr;
    require(rocksdb::DB::Open(settings, x.data, &opened));
    db_.reset(opened);
  }

  void post(const std::string& key, std::uint32_t debit, std::uint32_t credit,
            std::int64_t amount) {
    auto status = db_->Get({}, "k" + key, &found_);
    if (!status.IsNotFound()) {
      require(status);
      return; // a repeat
    }
    ++seq_;
    require(batch_.Put("k" + key, bytes_of(static_cast<std::int64_t>(seq_))));
    enter(debit, amount);
    enter(credit, -amount);
  }

  void commit() {
    for (auto account : touched_)
      require(batch_.Put(big_endian('b', account, 0), bytes_of(balances_[account])));
    touched_.clear();
    rocksdb::WriteOptions durable;
    durable.sync = true;
    require(db_->Write(durable, &batch_));
    batch_.Clear();
  }

private:
  void enter(std::uint32_t account, std::int64_t amount) {
    balances_[account] += amount;
    touched_.insert(account);
    std::int64_t entry[] = {amount, balances_[account]};
    require(batch_.Put(big_endian('e', account, seq_),
                       {reinterpret_cast<const char*>(entry), sizeof entry}));
  }

  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteBatch batch_;
  std::vector<std::int64_t> balances_;
  std::unordered_set<std::uint32_t> touched_; ///< each is written once a group
  std::string found_;
  std::uint64_t seq_ = 0;
};

/// Posts until all transactions, or all of the time, are done. Gives how many those were.
std::uint64_t post_all(ledger& to, const options& x) {
  using clock = std::chrono::steady_clock;
  std::mt19937_64 random{1};
  auto pick = [&](std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>{0, bound - 1}(random);
  };
  auto end = x.seconds ? clock::now() + std::chrono::seconds{x.seconds} : clock::time_point::max();
  std::uint64_t done = 0;
  while (done < x.transactions && clock::now() < end) {
    for (std::uint32_t i = 0; i < x.batch && done < x.transactions; ++i, ++done) {
      auto debit = pick(x.accounts);
      auto credit = (debit + 1 + pick(x.accounts - 1)) % x.accounts;
      to.post(fmt::format("rocksdb-peer-00-{:014}", done), debit, credit, 1 + pick(100'000));
    }
    to.commit();
  }
  return done;
}

} // namespace

int main(int argc, char** argv) {
  options x;
  CLI::App program{"Measures RocksDB as a ledger that one writes by oneself"};
  program.add_option("--data", x.data, "A new directory")->required();
  program.add_option("--transactions", x.transactions)->capture_default_str();
  program.add_option("--seconds", x.seconds, "Ends it before all are posted; 0: never");
  program.add_option("--batch", x.batch, "Transactions that share a sync")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  program.add_option("--accounts", x.accounts)
      ->check(CLI::Range(2, 10'000'000))
      ->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  try {
    ledger to{x};
    auto began = std::chrono::steady_clock::now();
    auto done = post_all(to, x);
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    nlohmann::ordered_json json{
        {"batch", x.batch},
        {"transactions", done},
        {"seconds", took.count()},
        {"transactions_per_second", static_cast<double>(done) / took.count()}};
    fmt::print("{}\n", json.dump());
  } catch (const std::exception& failed) {
    fmt::print(stderr, "{}\n", failed.what());
    return 1;
  }
  return 0;
}
