// What the failures of a book cost: its healthy neighbours, while it is killed again and again
// under load in their process; and itself, until it answers again. See docs/performance.md.

#include "actors/client.hpp"
#include "bench/load.hpp"

#include <CLI/CLI.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
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
using steady = std::chrono::steady_clock;

struct settings {
  std::string data;
  std::uint64_t kills = 100;
  std::uint64_t neighbours = 50;
  std::uint64_t threads = 4; ///< that write to the neighbours, in turn
  std::uint64_t pause_us = 500;
  std::uint64_t kill_after_ms = 100; ///< that it has been answering again
  std::uint64_t transactions = 0;    ///< of the book whose recovery is timed; zero: it is not
  std::uint64_t accounts = 10'000;
  std::uint64_t snapshot_events = actors::node_options{}.snapshot_events;
};

constexpr auto patience = 60s;

/// Of sorted values.
double percentile_us(const std::vector<double>& sorted, double share) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * (sorted.size() - 1))];
}

double us_since(steady::time_point begin) {
  return std::chrono::duration<double, std::micro>(steady::now() - begin).count();
}

book_client prepared(const client& node, const std::string& name) {
  auto book = need(node.book(name));
  need(book.register_asset({"CZK", ledger::asset_class::fiat, 2, {}}));
  need(book.open_account(opening(0)));
  need(book.open_account(opening(1)));
  return book;
}

/// The incarnation that the client knows; null when it knows none, while the book is restarted.
actors::book_actor kill(const book_client& book) {
  auto victim = book.handle();
  if (victim)
    caf::anon_send_exit(victim, caf::exit_reason::kill);
  return victim;
}

/// Writes to the neighbours, one after the other, until it is told to stop; gives its latencies.
std::vector<double> write_to(const std::vector<book_client>& books, std::uint64_t first,
                             std::uint64_t step, const std::string& phase,
                             std::chrono::microseconds pause, const std::atomic<bool>& stop) {
  std::vector<double> latencies;
  for (std::uint64_t i = first; !stop; i += step) {
    auto begin = steady::now();
    need(books[i % books.size()].commit(payment(fmt::format("{}-{}", phase, i), 0, 1)));
    latencies.push_back(us_since(begin));
    std::this_thread::sleep_for(pause);
  }
  return latencies;
}

/// The victim's own load: all of it has to be there in the end.
std::uint64_t load(const book_client& victim, const std::string& phase,
                   const std::atomic<bool>& stop) {
  std::deque<ticket> waiting;
  std::uint64_t sent = 0;
  auto settle = [&] {
    need(waiting.front().wait());
    waiting.pop_front();
  };
  while (!stop) {
    waiting.push_back(victim.submit(payment(fmt::format("{}-load-{}", phase, sent++), 0, 1)));
    if (waiting.size() == 64)
      settle();
  }
  while (!waiting.empty())
    settle();
  return sent;
}

/// The latencies of the neighbours while `happen` runs, sorted.
std::vector<double> measure(const settings& x, const std::vector<book_client>& neighbours,
                            const book_client& victim, const std::string& phase,
                            std::uint64_t& written, const std::function<void()>& happen) {
  std::atomic<bool> stop{false};
  auto loader = std::async(std::launch::async, [&] { return load(victim, phase, stop); });
  std::vector<std::future<std::vector<double>>> writers;
  for (std::uint64_t i = 0; i < x.threads; ++i)
    writers.push_back(std::async(std::launch::async, [&, i] {
      return write_to(neighbours, i, x.threads, phase, std::chrono::microseconds{x.pause_us}, stop);
    }));
  happen();
  stop = true;
  std::vector<double> all;
  for (auto& writer : writers) {
    auto some = writer.get();
    all.insert(all.end(), some.begin(), some.end());
  }
  written += loader.get();
  std::ranges::sort(all);
  return all;
}

actors::node_options options_of(const settings& x) {
  actors::node_options options;
  options.data = x.data;
  options.snapshot_events = x.snapshot_events;
  // Many deaths are what is measured here.
  options.restarts.restarts_max = 1'000'000;
  options.restarts.delay_first = options.restarts.delay_longest = 1ms;
  return options;
}

client_options patient() {
  client_options options;
  options.retry_budget = patience;
  options.timeout = patience;
  return options;
}

void measure_neighbours(const settings& x) {
  auto node = need(client::open(options_of(x), patient()));
  std::vector<book_client> neighbours;
  for (std::uint64_t i = 0; i < x.neighbours; ++i)
    neighbours.push_back(prepared(node, fmt::format("neighbour-{}", i)));
  auto victim = prepared(node, "victim");
  auto pause = std::chrono::milliseconds{x.kill_after_ms};
  std::uint64_t written = 0;
  auto wait = [&] { std::this_thread::sleep_for(x.kills * pause); };
  std::vector<double> outages;
  auto kill_all = [&] {
    actors::book_actor last; // each incarnation once: the client may not know yet that it ended
    while (outages.size() < x.kills) {
      std::this_thread::sleep_for(pause);
      auto begin = steady::now();
      if (auto killed = kill(victim); killed && std::exchange(last, killed) != killed) {
        need(victim.frontier());
        outages.push_back(us_since(begin));
      }
    }
  };
  measure(x, neighbours, victim, "warm", written, wait);
  auto calm = measure(x, neighbours, victim, "calm", written, wait);
  auto stormy = measure(x, neighbours, victim, "storm", written, kill_all);
  auto durable = need(victim.frontier()).durable.value();
  auto books = need(node.books());
  auto info = std::ranges::find(books, "victim", &actors::book_info::name);
  auto before = percentile_us(calm, 0.99);
  auto after = percentile_us(stormy, 0.99);
  fmt::print("neighbours {}, kills {}, restarts {}\n", x.neighbours, x.kills, info->restarts);
  fmt::print("                        writes   p50 us   p99 us\n");
  fmt::print("without kills       {:>10} {:>8.0f} {:>8.0f}\n", calm.size(),
             percentile_us(calm, 0.5), before);
  fmt::print("while it is killed  {:>10} {:>8.0f} {:>8.0f}\n", stormy.size(),
             percentile_us(stormy, 0.5), after);
  fmt::print("p99 moved by {:+.1f} %\n", 100 * (after / before - 1));
  std::ranges::sort(outages);
  fmt::print("the victim answered again after p50 {:.0f} ms, p99 {:.0f} ms\n",
             percentile_us(outages, 0.5) / 1'000, percentile_us(outages, 0.99) / 1'000);
  fmt::print("the victim acknowledged {} writes and has {}: {}\n", written, durable - 3,
             written == durable - 3 ? "every one, once" : "WRONG");
  if (written != durable - 3)
    give_up({ec::corrupt, "the victim has not what it acknowledged"});
}

void fill(const book_client& book, const settings& x) {
  need(book.register_asset({"CZK", ledger::asset_class::fiat, 2, {}}));
  sender to{book};
  for (std::uint64_t n = 0; n < x.accounts; ++n)
    to.add(opening(n));
  std::mt19937_64 random{1};
  for (std::uint64_t n = 0; n < x.transactions; ++n)
    to.add(random_payment(random, key_of(n), x.accounts));
  to.finish();
}

/// From the kill to the first answer of the next incarnation. A book that an earlier run has left
/// is taken as it is.
void measure_recovery(const settings& x) {
  auto node = need(client::open(options_of(x), patient()));
  auto book = need(node.book("large"));
  if (need(book.frontier()).durable <= event_seq{x.transactions})
    fill(book, x);
  auto before = need(book.frontier()).durable;
  std::vector<double> times;
  for (std::uint64_t i = 0; i < x.kills; ++i) {
    auto begin = steady::now();
    if (!kill(book))
      give_up({ec::restarting, "the book was answering and is not there"});
    auto again = need(book.commit(payment(fmt::format("after-{}-{}", before.value(), i), 0, 1)));
    times.push_back(us_since(begin));
    if (again.id.seq != before.plus(i + 1))
      give_up({ec::corrupt, "the book came back with another end"});
  }
  std::ranges::sort(times);
  fmt::print("recovery of {} transactions, {} accounts, {} kills: ms to the first durable write\n",
             x.transactions, x.accounts, x.kills);
  fmt::print("p50 {:.1f}  p90 {:.1f}  p99 {:.1f}  max {:.1f}\n", percentile_us(times, 0.5) / 1'000,
             percentile_us(times, 0.9) / 1'000, percentile_us(times, 0.99) / 1'000,
             times.empty() ? 0 : times.back() / 1'000);
}

} // namespace

int main(int argc, char** argv) {
  settings x;
  CLI::App app{"What the failures of a book cost"};
  app.add_option("--data", x.data, "An empty directory")->required();
  app.add_option("--kills", x.kills)->check(CLI::Range(1, 1'000'000));
  app.add_option("--neighbours", x.neighbours)->check(CLI::Range(1, 10'000));
  app.add_option("--threads", x.threads)->check(CLI::Range(1, 1'000));
  app.add_option("--pause-us", x.pause_us);
  app.add_option("--kill-after-ms", x.kill_after_ms, "That it has been answering again")
      ->check(CLI::Range(1, 60'000));
  app.add_option("--transactions", x.transactions,
                 "Time the recovery of a book of so many, in place of the neighbours");
  app.add_option("--accounts", x.accounts)->check(CLI::Range(2, 100'000'000));
  app.add_option("--snapshot-events", x.snapshot_events, "Between two snapshots; 0: none");
  CLI11_PARSE(app, argc, argv);
  x.transactions > 0 ? measure_recovery(x) : measure_neighbours(x);
}
