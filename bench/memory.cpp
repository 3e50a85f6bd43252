// How much memory a node takes as transactions come and accounts do not: its resident size, at each
// million, of this process, which holds the node and the clients.

#include "actors/client.hpp"
#include "bench/load.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <random>
#include <string>

namespace {

using namespace daybook;
using namespace daybook::bench;

constexpr std::size_t mib = 1'024 * 1'024;

struct settings {
  std::string data;
  std::uint64_t transactions = 5'000'000;
  std::uint64_t accounts = 100'000;
  std::uint64_t report_every = 1'000'000;
  std::size_t cache_mib = actors::node_options{}.index_cache_bytes / mib;
};

/// Resident size of this process in MiB.
std::uint64_t resident_mib() {
  std::ifstream file{"/proc/self/statm"};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * 4'096 / mib;
}

void run(const settings& x) {
  actors::node_options options;
  options.data = x.data;
  options.index_cache_bytes = x.cache_mib * mib;
  auto node = need(client::open(std::move(options)));
  auto book = need(node.book("memory"));
  need(book.register_asset({"CZK", ledger::asset_class::fiat, 2, {}}));
  sender to{book};
  for (std::uint64_t n = 0; n < x.accounts; ++n)
    to.add(opening(n));
  to.finish();
  fmt::print("transactions  resident MiB  tx/s\n{:>12}  {:>12}\n", 0, resident_mib());

  std::mt19937_64 random{1};
  auto since = std::chrono::steady_clock::now();
  for (std::uint64_t n = 1; n <= x.transactions; ++n) {
    auto debit = random() % x.accounts;
    auto credit = (debit + 1 + random() % (x.accounts - 1)) % x.accounts;
    to.add(payment(key_of(n), debit, credit));
    if (n % x.report_every != 0)
      continue;
    to.finish();
    auto now = std::chrono::steady_clock::now();
    auto seconds = std::chrono::duration<double>(now - since).count();
    fmt::print("{:>12}  {:>12}  {:>.0f}\n", n, resident_mib(),
               static_cast<double>(x.report_every) / seconds);
    since = now;
  }
}

} // namespace

int main(int argc, char** argv) {
  settings x;
  CLI::App app{"Resident memory of a node as transactions come"};
  app.add_option("--data", x.data, "An empty directory")->required();
  app.add_option("--transactions", x.transactions);
  app.add_option("--accounts", x.accounts)->check(CLI::Range(2, 100'000'000));
  app.add_option("--cache-mib", x.cache_mib, "Of the index")->check(CLI::Range(1, 100'000));
  app.add_option("--report-every", x.report_every)->check(CLI::Range(1, 100'000'000));
  CLI11_PARSE(app, argc, argv);
  run(x);
}
