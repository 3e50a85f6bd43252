// What a cluster of nodes does, as a client of it sees it: many small books, the first call to one
// that rests, a load spread over all nodes, and the pause of a book that moves under load.
// bench/nodes starts the nodes, and looks at their processes. See docs/performance.md.

#include "actors/client.hpp"
#include "actors/cluster/cluster_admin.hpp"
#include "bench/load.hpp"
#include "node/bench/facade_load.hpp"
#include "node/bench/transaction_source.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace daybook;
using namespace daybook::bench;
using namespace std::chrono_literals;
using node::bench::histogram;
using steady = std::chrono::steady_clock;
using nlohmann::json;

struct settings {
  std::string connect;
  std::uint32_t books = 10'000;
  std::uint32_t threads = 16;
  std::uint32_t calls = 1'000;
  std::uint64_t transactions = 1'000'000;
  std::uint32_t seconds = 10;
  std::uint32_t clients = 8;
  std::uint32_t in_flight = 256;
  std::string book = "moved";
  std::vector<std::string> to;
};

/// A call waits for a book that is opened, or on its way, as long as a person would.
client_options patient() {
  client_options options;
  options.retry_budget = 60s;
  options.timeout = 60s;
  return options;
}

client connected(const settings& x) {
  auto at = need(parse_address(x.connect));
  return need(client::connect(at.host, at.port, patient()));
}

std::string book_name(std::uint64_t n) { return fmt::format("book-{:05}", n); }

json summary(const histogram& x) {
  return {{"count", x.count()},
          {"p50_us", x.percentile_us(0.5)},
          {"p99_us", x.percentile_us(0.99)},
          {"max_us", x.max_us()}};
}

std::uint64_t ns_since(steady::time_point begin) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(steady::now() - begin).count());
}

/// Does `what` with each number below `count`, on several threads, and gives how long each took.
histogram each(std::uint32_t threads, std::uint64_t count,
               const std::function<void(std::uint64_t)>& what) {
  std::atomic<std::uint64_t> next{0};
  std::vector<std::future<histogram>> workers;
  for (std::uint32_t i = 0; i < threads; ++i)
    workers.push_back(std::async(std::launch::async, [&] {
      histogram took;
      for (auto n = next++; n < count; n = next++) {
        auto begin = steady::now();
        what(n);
        took.add(ns_since(begin));
      }
      return took;
    }));
  histogram all;
  for (auto& worker : workers)
    all.merge(worker.get());
  return all;
}

void prepare(const book_client& book, std::uint64_t accounts) {
  need(book.register_asset({"CZK", ledger::asset_class::fiat, 2, {}}));
  for (std::uint64_t n = 0; n < accounts; ++n)
    need(book.open_account(opening(n)));
}

/// Creates the books, with two accounts and one transaction each.
json fill(const settings& x) {
  auto nodes = connected(x);
  auto begin = steady::now();
  auto took = each(x.threads, x.books, [&](std::uint64_t n) {
    auto book = need(nodes.book(book_name(n)));
    prepare(book, 2);
    need(book.commit(payment(key_of(0), 0, 1)));
  });
  auto s = static_cast<double>(ns_since(begin)) / 1e9;
  return {{"books", x.books}, {"seconds", s}, {"each", summary(took)}};
}

/// A balance of books chosen at random, one at a time: most of them rest.
json first_calls(const settings& x) {
  auto nodes = connected(x);
  std::mt19937_64 dice{7};
  std::vector<std::uint64_t> chosen(x.books);
  for (std::uint64_t n = 0; n < x.books; ++n)
    chosen[n] = n;
  std::ranges::shuffle(chosen, dice);
  auto took = each(1, std::min(x.calls, x.books), [&](std::uint64_t n) {
    auto book = need(nodes.book(book_name(chosen[n]), actors::open_mode::existing));
    if (need(book.balance(path_of(0))).balance != ledger::amount{1})
      give_up({ec::corrupt, "a book has not what was posted to it"});
  });
  return {{"calls", summary(took)}};
}

/// One call a transaction, over many books, which the map spreads over the nodes.
json load(const settings& x) {
  auto nodes = connected(x);
  std::vector<book_client> books;
  for (std::uint32_t n = 0; n < x.books; ++n)
    books.push_back(need(nodes.book(fmt::format("load-{:04}", n))));
  node::bench::load_options options;
  options.clients = x.clients;
  options.in_flight = x.in_flight;
  options.facade = true;
  options.books = x.books;
  options.accounts = 1'000;
  options.transactions = 100'000'000'000;
  options.seconds = x.seconds;
  options.run = fmt::format("{:x}", std::random_device{}());
  each(8, books.size(), [&](std::uint64_t n) {
    need(books[n].register_asset({"CZK", ledger::asset_class::fiat, 2, {}}));
    sender to{books[n]};
    for (std::uint32_t i = 0; i < options.accounts; ++i) {
      ledger::account_definition account;
      account.path = node::bench::account_path(i);
      account.asset = "CZK";
      to.add(account);
    }
    to.finish();
  });
  std::atomic<std::uint64_t> progress{0};
  auto done = need(node::bench::run_facade_load(books, options, progress));
  return {{"transactions", done.transactions},
          {"per_second", static_cast<double>(done.transactions) / done.elapsed.count()},
          {"calls", summary(done.latency)}};
}

/// The longest time between two answers while `happen` runs, with 64 calls in flight.
double longest_gap_ms(const book_client& book, const std::string& phase, std::uint64_t& written,
                      const std::function<void()>& happen) {
  std::atomic<bool> stop{false};
  auto writer = std::async(std::launch::async, [&] {
    std::deque<ticket> waiting;
    std::uint64_t sent = 0;
    auto last = steady::now();
    std::uint64_t longest_ns = 0;
    auto settle = [&] {
      need(waiting.front().wait());
      waiting.pop_front();
      longest_ns = std::max(longest_ns, ns_since(std::exchange(last, steady::now())));
    };
    while (!stop) {
      waiting.push_back(book.submit(payment(fmt::format("{}-{}", phase, sent++), 0, 1)));
      if (waiting.size() == 64)
        settle();
    }
    while (!waiting.empty())
      settle();
    written += sent;
    return static_cast<double>(longest_ns) / 1e6;
  });
  happen();
  stop = true;
  return writer.get();
}

/// Every write has to be answered, and to be there once.
json moves(const settings& x) {
  auto nodes = connected(x);
  auto book = need(nodes.book(x.book));
  constexpr std::uint64_t accounts = 1'000;
  auto durable = need(book.frontier()).durable.value();
  if (durable == 0) {
    prepare(book, accounts);
    sender to{book};
    for (std::uint64_t n = 0; n < x.transactions; ++n)
      to.add(payment(key_of(n), n % accounts, (n * 7 + 1) % accounts));
    to.finish();
    durable = need(book.frontier()).durable.value();
  }
  auto admin = need(cluster_admin::connect(need(parse_address(x.connect))));
  std::uint64_t written = 0;
  auto calm = longest_gap_ms(book, fmt::format("calm-{}", durable), written,
                             [] { std::this_thread::sleep_for(3s); });
  json rows = json::array();
  for (auto& node : x.to) {
    auto begin = steady::now();
    double s = 0;
    auto gap =
        longest_gap_ms(book, fmt::format("{}-{}-{}", node, durable, rows.size()), written, [&] {
          need(admin.move_book(x.book, node));
          s = static_cast<double>(ns_since(begin)) / 1e9;
          std::this_thread::sleep_for(500ms);
        });
    rows.push_back({{"to", node}, {"seconds", s}, {"longest_gap_ms", gap}});
  }
  auto after = need(book.frontier()).durable.value();
  if (after != durable + written)
    give_up({ec::corrupt, fmt::format("{} writes were acknowledged, and the book has {}", written,
                                      after - durable)});
  return {{"events_before", durable},
          {"written_meanwhile", written},
          {"longest_gap_before_ms", calm},
          {"moves", rows}};
}

} // namespace

int main(int argc, char** argv) {
  settings x;
  CLI::App app{"What a cluster does, as a client sees it"};
  app.require_subcommand(1);
  auto add = [&](const char* name, const char* what, json (*run)(const settings&)) {
    auto& command = *app.add_subcommand(name, what);
    command.add_option("--connect", x.connect, "Any node")->required();
    command.callback([&x, run] { fmt::print("{}\n", run(x).dump()); });
    return &command;
  };
  auto* filling = add("fill", "Creates small books", fill);
  filling->add_option("--books", x.books);
  filling->add_option("--threads", x.threads)->check(CLI::Range(1, 1'000));
  auto* calling = add("first-calls", "Asks books that rest", first_calls);
  calling->add_option("--books", x.books);
  calling->add_option("--calls", x.calls);
  auto* loading = add("load", "Writes to books of all nodes", load);
  loading->add_option("--books", x.books);
  loading->add_option("--seconds", x.seconds);
  loading->add_option("--clients", x.clients)->check(CLI::Range(1, 1'000));
  loading->add_option("--in-flight", x.in_flight)->check(CLI::Range(1, 100'000));
  auto* moving = add("moves", "Moves a book under load", moves);
  moving->add_option("--transactions", x.transactions);
  moving->add_option("--book", x.book);
  moving->add_option("--to", x.to, "Nodes, one after the other")->required();
  CLI11_PARSE(app, argc, argv);
}
