// How much memory and disk a node takes as transactions come and accounts do not: at each million,
// the resident size of this process, which holds the node and the clients, and the bytes of the
// log and of the index's files.

#include "actors/client.hpp"
#include "bench/load.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <system_error>

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

/// Of all files in a directory and those under it. Files that vanish meanwhile count as nothing.
std::uint64_t bytes_in(const std::string& directory) {
  namespace fs = std::filesystem;
  std::uint64_t sum = 0;
  std::error_code ignored;
  fs::recursive_directory_iterator end;
  for (fs::recursive_directory_iterator x{directory, ignored}; x != end; x.increment(ignored)) {
    auto bytes = x->is_regular_file(ignored) ? x->file_size(ignored) : 0;
    sum += ignored ? 0 : bytes;
  }
  return sum;
}

/// The log without the zeros that are written ahead of it.
void report(const settings& x, const book_client& book, std::uint64_t transactions, double rate) {
  auto in_mib = [](std::uint64_t bytes) { return static_cast<double>(bytes) / mib; };
  fmt::print("{:>12}  {:>12.0f}  {:>8.1f}  {:>9.1f}  {:.0f}\n", transactions,
             in_mib(resident_bytes()), in_mib(need(book.status()).bytes),
             in_mib(bytes_in(x.data + "/index")), rate);
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
  fmt::print("transactions  resident MiB   log MiB  index MiB  tx/s\n");
  report(x, book, 0, 0);

  std::mt19937_64 random{1};
  auto since = std::chrono::steady_clock::now();
  for (std::uint64_t n = 1; n <= x.transactions; ++n) {
    to.add(random_payment(random, key_of(n), x.accounts));
    if (n % x.report_every != 0)
      continue;
    to.finish();
    auto now = std::chrono::steady_clock::now();
    auto seconds = std::chrono::duration<double>(now - since).count();
    report(x, book, n, static_cast<double>(x.report_every) / seconds);
    since = std::chrono::steady_clock::now();
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
