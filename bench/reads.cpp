// Reads of a book that is written meanwhile: balances by many clients at once, and pages of history
// of an account, one at a time.

#include "actors/client.hpp"
#include "actors/node_system.hpp"
#include "base/random.hpp"
#include "bench/load.hpp"
#include "node/bench/histogram.hpp"
#include "node/bench/load.hpp"
#include "node/bench/transaction_source.hpp"

#include <CLI/CLI.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace daybook;
using bench::need;
using steady = std::chrono::steady_clock;

struct settings {
  std::string data;
  std::uint64_t transactions = 1'000'000; ///< before anything is read
  std::uint32_t accounts = 10'000;
  std::uint32_t seconds = 10;
  std::size_t clients = 4;
  std::size_t in_flight = 64;
  std::size_t together = 100; ///< balances in a question that asks for several
  std::uint32_t page = 100;   ///< entries
};

node::bench::load_options writes(const settings& x) {
  node::bench::load_options load;
  load.accounts = x.accounts;
  load.batch = 1'000;
  load.in_flight = 4;
  load.run = fmt::format("{:012x}", system_random().next() >> 16);
  return load;
}

/// Reads beside each other, until a time.
struct balance_reads {
  steady::time_point end;
  std::atomic<std::uint64_t> answers{0};
  std::atomic<bool> failed{false};
};

/// Keeps some questions for balances in flight, each for so many. They go before the writes, as the
/// client library's do.
class balance_reader {
public:
  static inline const char* name = "daybook.bench.reader";

  balance_reader(caf::event_based_actor* self, actors::book_actor book, const settings& x,
                 std::size_t together, std::uint64_t seed, std::shared_ptr<balance_reads> all,
                 std::shared_ptr<std::promise<void>> done)
      : self_(self),
        book_(std::move(book)),
        accounts_(x.accounts),
        in_flight_(x.in_flight),
        together_(together),
        random_(seed),
        all_(std::move(all)),
        done_(std::move(done)) {}

  caf::behavior make_behavior() {
    waiting_ = in_flight_;
    for (std::size_t i = 0; i < in_flight_; ++i)
      ask();
    return {[](caf::unit_t) {}};
  }

private:
  void ask() {
    if (together_ == 1)
      return send<std::string, actors::account_view>(
          any_account(), [](const actors::account_view&) -> std::size_t { return 1; });
    std::vector<std::string> paths(together_);
    for (auto& path : paths)
      path = any_account();
    send<std::vector<std::string>, actors::accounts_page>(
        std::move(paths), [](const actors::accounts_page& x) { return x.items.size(); });
  }

  std::string any_account() {
    return node::bench::account_path(static_cast<std::uint32_t>(random_() % accounts_));
  }

  /// `count` says how many balances an answer holds.
  template <class Question, class Answer>
  void send(Question wanted, std::size_t (*count)(const Answer&)) {
    self_
        ->request<caf::message_priority::high>(book_, caf::infinite, actors::atom::balance_v,
                                               std::move(wanted))
        .then(
            [this, count](const Answer& x) {
              all_->answers.fetch_add(count(x), std::memory_order_relaxed);
              steady::now() < all_->end ? ask() : end();
            },
            [this](const caf::error&) {
              all_->failed = true;
              end();
            });
  }

  void end() {
    if (--waiting_ > 0)
      return;
    done_->set_value();
    self_->quit();
  }

  caf::event_based_actor* self_;
  actors::book_actor book_;
  std::uint32_t accounts_;
  std::size_t in_flight_;
  std::size_t together_;
  std::mt19937_64 random_;
  std::shared_ptr<balance_reads> all_;
  std::shared_ptr<std::promise<void>> done_;
  std::size_t waiting_ = 0;
};

double balances_per_second(caf::actor_system& system, const actors::book_actor& book,
                           const settings& x, std::size_t together) {
  auto all = std::make_shared<balance_reads>();
  auto began = steady::now();
  all->end = began + std::chrono::seconds{x.seconds};
  std::vector<std::future<void>> readers;
  for (std::size_t client = 0; client < x.clients; ++client) {
    auto done = std::make_shared<std::promise<void>>();
    readers.push_back(done->get_future());
    system.spawn<caf::stateful_actor<balance_reader>>(book, x, together, client, all, done);
  }
  for (auto& reader : readers)
    reader.get();
  if (all->failed)
    bench::give_up({ec::io, "a balance could not be read"});
  std::chrono::duration<double> took = steady::now() - began;
  return static_cast<double>(all->answers) / took.count();
}

/// Of full pages: one that begins close to the end of a history is short, and read sooner.
node::bench::histogram page_latencies(const book_client& book, const settings& x) {
  std::mt19937_64 random{1};
  node::bench::histogram latency;
  auto last = need(book.status()).durable;
  for (auto end = steady::now() + std::chrono::seconds{x.seconds}; steady::now() < end;) {
    actors::history_query query;
    query.account = node::bench::account_path(static_cast<std::uint32_t>(random() % x.accounts));
    query.after = event_seq{random() % last.value()};
    query.limit = x.page;
    auto began = steady::now();
    auto page = need(book.history(std::move(query)));
    auto took = std::chrono::nanoseconds{steady::now() - began};
    if (page.entries.size() == x.page)
      latency.add(static_cast<std::uint64_t>(took.count()));
  }
  return latency;
}

nlohmann::ordered_json measure(const settings& x) {
  auto system = actors::node_system::start();
  actors::node_options options;
  options.data = x.data;
  auto node = need(actors::spawn_node(system->get(), std::move(options)));
  nlohmann::ordered_json json;
  {
    client clients{system->get(), node};
    auto book = need(clients.book("reads"));
    need(node::bench::prepare_book(system->get(), book.handle(), x.accounts));
    std::atomic<std::uint64_t> progress{0};
    auto before = writes(x);
    before.transactions = x.transactions;
    need(node::bench::run_load(system->get(), {book.handle()}, before, progress));
    auto beside = writes(x);
    beside.transactions = 10'000'000'000;
    beside.seconds = 2 * x.seconds;
    auto load = std::async(std::launch::async, [&] {
      return node::bench::run_load(system->get(), {book.handle()}, beside, progress);
    });
    auto rate = balances_per_second(system->get(), book.handle(), x, 1);
    auto rate_together = balances_per_second(system->get(), book.handle(), x, x.together);
    auto written = need(load.get());
    auto pages = page_latencies(book, x);
    json = {{"transactions", x.transactions},
            {"balances_per_second", rate},
            {"balances_together", x.together},
            {"balances_together_per_second", rate_together},
            {"written_beside_per_second",
             static_cast<double>(written.transactions) / written.elapsed.count()},
            {"pages", pages.count()},
            {"page_us_p50", pages.percentile_us(0.5)},
            {"page_us_p99", pages.percentile_us(0.99)}};
  }
  caf::anon_send(node, actors::atom::stop_v);
  return json;
}

} // namespace

int main(int argc, char** argv) {
  settings x;
  CLI::App program{"Measures balances beside a write load, and pages of history"};
  program.add_option("--data", x.data, "A new directory")->required();
  program.add_option("--transactions", x.transactions, "Posted before anything is read")
      ->check(CLI::Range(1UL, 10'000'000'000UL))
      ->capture_default_str();
  program.add_option("--accounts", x.accounts)
      ->check(CLI::Range(2, 10'000'000))
      ->capture_default_str();
  program.add_option("--seconds", x.seconds, "Of each of the three")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  program.add_option("--clients", x.clients)->check(CLI::Range(1, 1'000))->capture_default_str();
  program.add_option("--in-flight", x.in_flight, "Questions of each client")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  fmt::print("{}\n", measure(x).dump());
  return 0;
}
