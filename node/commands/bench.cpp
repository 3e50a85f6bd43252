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

CLI::Validator is_even() {
  return {[](const std::string& text) {
            return text.empty() || (text.back() - '0') % 2 == 0 ? "" : "give an even number";
          },
          "EVEN"};
}

CLI::Validator is_exponent() {
  return {[](const std::string& text) {
            double x = 0;
            return CLI::detail::lexical_cast(text, x) && (x == 0 || (x > 1 && x <= 10))
                       ? ""
                       : "give a number above 1, up to 10";
          },
          "EXPONENT"};
}

void add_load_options(CLI::App& command, bench::load_options& to) {
  command.add_option("--clients", to.clients, "Clients at work at the same time")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  command.add_option("--in-flight", to.in_flight, "Messages of each client without an answer")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  auto* batch = command.add_option("--batch", to.batch, "Transactions in a message")
                    ->check(CLI::Range(1, 100'000))
                    ->capture_default_str();
  command.add_option("--transactions", to.transactions, "Transactions in all")
      ->check(CLI::Range(1UL, 100'000'000'000UL))
      ->capture_default_str();
  command.add_option("--seconds", to.seconds, "Ends the load before all are sent; 0: never")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  auto* facade = command.add_flag("--facade", to.facade,
                                  "Calls the client library, one transaction a call, from threads");
  facade->excludes(batch);
  command
      .add_option(
          "--rate", to.rate,
          "Transactions a second that are due, whatever is without an answer; 0: closed loop")
      ->check(CLI::Range(0, 100'000'000))
      ->capture_default_str();
  command.add_option("--books", to.books, "Books they are spread over")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command.add_option("--accounts", to.accounts, "Accounts of each book they are spread over")
      ->check(CLI::Range(2, 10'000'000))
      ->capture_default_str();
  command.add_option("--postings", to.postings, "Postings of a transaction, an even number")
      ->check(CLI::Range(2, 1'000))
      ->check(is_even())
      ->capture_default_str();
  command
      .add_option("--zipf", to.zipf,
                  "Chooses accounts by Zipf's law with this exponent, above 1; 0: evenly")
      ->check(is_exponent())
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
  add_help(
      command, "daybook bench --data bench --clients 8 --in-flight 256 --batch 1",
      "Closed loop: each client keeps its messages in flight until all transactions are\n"
      "durable. With --rate, open loop: messages are sent when they are due, and latency is\n"
      "from then. Then the bare disk writes and syncs blocks as large as the batches were, on\n"
      "the same disk. With --connect the cpu time is the clients' own.");
}

} // namespace daybook::node
