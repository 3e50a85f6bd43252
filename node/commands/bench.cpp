#include "node/bench/run.hpp"
#include "node/commands/define.hpp"
#include "node/progress.hpp"

namespace daybook::node {

namespace {

struct bench_options : location_options {
  bench::run_options run;
};

result<void> run_bench(const bench_options& options, output& out) {
  auto run = options.run;
  run.where = options.where;
  progress bar{{"posting", "transactions", run.load.transactions}};
  auto measured = bench::run(run, [&bar](std::uint64_t done) { bar.update(done); });
  bar.hide();
  if (!measured)
    return fail(std::move(measured.error()));
  if (out.json())
    out.line(to_json(*measured));
  else
    out.write(to_text(*measured));
  return {};
}

void add_load_options(CLI::App& command, bench::load_options& to) {
  command.add_option("--clients", to.clients, "Clients at work at the same time")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  command.add_option("--in-flight", to.in_flight, "Messages of each client without an answer")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command.add_option("--batch", to.batch, "Transactions in a message")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command.add_option("--transactions", to.transactions, "Transactions in all")
      ->check(CLI::Range(1UL, 100'000'000'000UL))
      ->capture_default_str();
  command.add_option("--accounts", to.accounts, "Accounts they are spread over")
      ->check(CLI::Range(2, 10'000'000))
      ->capture_default_str();
}

} // namespace

void add_bench(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("bench", "Measures a ledger and the bare disk beside it");
  auto& options = define(command, chosen, run_bench);
  command.add_option("--book", options.run.book, "Name of the book")->capture_default_str();
  add_load_options(command, options.run.load);
  command
      .add_option("--disk", options.run.disk,
                  "With --connect: the directory in which the bare disk is measured")
      ->type_name("DIR")
      ->capture_default_str();
  add_help(command, "daybook bench --data bench --clients 8 --in-flight 256 --batch 1",
           "Closed loop: each client keeps its messages in flight until all transactions, of two\n"
           "postings each, are durable. Then the bare disk writes and syncs blocks as large as\n"
           "the batches were, on the same disk. With --connect the cpu time is the clients' own.");
}

} // namespace daybook::node
