#include "node/bench/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace daybook::node::bench {

namespace {

double ratio(double x, double y) { return y > 0 ? x / y : 0; }

std::uint64_t to_us(const timeval& x) {
  return static_cast<std::uint64_t>(x.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(x.tv_usec);
}

nlohmann::ordered_json or_null(const std::optional<std::uint64_t>& x) {
  return x ? nlohmann::ordered_json(*x) : nlohmann::ordered_json(nullptr);
}

std::string load_of(const measurement& x) {
  auto& load = x.options;
  auto place = fmt::format("{}{}", x.remote ? "remote" : "in-process",
                           load.facade ? ", through the client library" : "");
  if (load.rate > 0)
    return fmt::format("open loop, {} transactions/s of {} clients, {} per message, {}", load.rate,
                       load.clients, load.batch, place);
  return fmt::format("{} clients x {} in flight x {} per message, {}", load.clients, load.in_flight,
                     load.batch, place);
}

} // namespace

std::uint64_t process_cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return to_us(usage.ru_utime) + to_us(usage.ru_stime);
}

void observations::look(std::optional<std::uint64_t> lag) {
  index_lag_max = std::max(index_lag_max, lag); // nothing is less than zero
  std::error_code ignored;
  std::filesystem::directory_iterator tasks{"/proc/self/task", ignored};
  threads_max = std::max<std::uint64_t>(threads_max, std::distance(begin(tasks), end(tasks)));
}

double measurement::transactions_per_second() const {
  return ratio(static_cast<double>(load.transactions), load.elapsed.count());
}

double measurement::bytes_per_transaction() const {
  return ratio(static_cast<double>(done.bytes), static_cast<double>(load.transactions));
}

double measurement::cpu_us_per_transaction() const {
  return ratio(static_cast<double>(cpu_us), static_cast<double>(load.transactions));
}

double measurement::transactions_per_batch() const {
  return ratio(static_cast<double>(done.events), static_cast<double>(done.batches));
}

double measurement::share_of_raw() const {
  auto bytes_per_second = bytes_per_transaction() * transactions_per_second();
  return ratio(bytes_per_second, static_cast<double>(raw.bytes_per_sync) * raw.syncs_per_second);
}

std::string to_text(const measurement& x) {
  auto& latency = x.load.latency;
  std::string text;
  auto row = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("{:<32}{}\n", name, value);
  };
  row("load", load_of(x));
  row("transactions", fmt::format("{} in {:.2f} s, over {} accounts of {} {}", x.load.transactions,
                                  x.load.elapsed.count(), x.options.accounts, x.options.books,
                                  x.options.books == 1 ? "book" : "books"));
  row("transactions per second", fmt::format("{:.0f}", x.transactions_per_second()));
  row("latency of a message, us",
      fmt::format("p50 {:.0f}  p90 {:.0f}  p99 {:.0f}  p99.9 {:.0f}  max {:.0f}",
                  latency.percentile_us(0.5), latency.percentile_us(0.9),
                  latency.percentile_us(0.99), latency.percentile_us(0.999), latency.max_us()));
  row("longest time without an answer", fmt::format("{:.0f} ms", x.seen.longest_gap_ms));
  row("indexed, after the last answer", fmt::format("{:.2f} s", x.indexed_after_s));
  if (x.seen.index_lag_max)
    row("events not indexed, at most", fmt::format("{}", *x.seen.index_lag_max));
  row("transactions per batch", fmt::format("{:.1f}", x.transactions_per_batch()));
  row("syncs", fmt::format("{}", x.done.syncs));
  row("bytes per transaction", fmt::format("{:.1f}", x.bytes_per_transaction()));
  row(x.remote ? "client cpu per tx, us" : "cpu per transaction, us",
      fmt::format("{:.2f}", x.cpu_us_per_transaction()));
  row("sent again (overloaded)", fmt::format("{}", x.load.overloaded));
  row("bare disk, same bytes",
      fmt::format("{:.0f} syncs/s of {} bytes by {} {}, p50 {:.0f} us, p99 {:.0f} us",
                  x.raw.syncs_per_second, x.raw.bytes_per_sync, x.raw.threads,
                  x.raw.threads == 1 ? "thread" : "threads", x.raw.sync_us_p50, x.raw.sync_us_p99));
  row("share of the bare disk", fmt::format("{:.0f} %", 100 * x.share_of_raw()));
  return text;
}

std::string to_json(const measurement& x) {
  auto& latency = x.load.latency;
  nlohmann::ordered_json json{{"clients", x.options.clients},
                              {"in_flight", x.options.in_flight},
                              {"batch", x.options.batch},
                              {"rate", x.options.rate},
                              {"books", x.options.books},
                              {"accounts", x.options.accounts},
                              {"postings", x.options.postings},
                              {"zipf", x.options.zipf},
                              {"remote", x.remote},
                              {"facade", x.options.facade},
                              {"transactions", x.load.transactions},
                              {"seconds", x.load.elapsed.count()},
                              {"transactions_per_second", x.transactions_per_second()},
                              {"latency_us",
                               {{"p50", latency.percentile_us(0.5)},
                                {"p90", latency.percentile_us(0.9)},
                                {"p99", latency.percentile_us(0.99)},
                                {"p999", latency.percentile_us(0.999)},
                                {"max", latency.max_us()},
                                {"mean", latency.mean_us()}}},
                              {"longest_gap_ms", x.seen.longest_gap_ms},
                              {"indexed_after_seconds", x.indexed_after_s},
                              {"index_lag_max", or_null(x.seen.index_lag_max)},
                              {"threads_max", x.seen.threads_max},
                              {"batches", x.done.batches},
                              {"transactions_per_batch", x.transactions_per_batch()},
                              {"syncs", x.done.syncs},
                              {"bytes_per_transaction", x.bytes_per_transaction()},
                              {"cpu_us_per_transaction", x.cpu_us_per_transaction()},
                              {"overloaded", x.load.overloaded},
                              {"raw_threads", x.raw.threads},
                              {"raw_bytes_per_sync", x.raw.bytes_per_sync},
                              {"raw_syncs_per_second", x.raw.syncs_per_second},
                              {"raw_sync_us_p50", x.raw.sync_us_p50},
                              {"raw_sync_us_p99", x.raw.sync_us_p99},
                              {"share_of_raw", x.share_of_raw()}};
  return json.dump();
}

} // namespace daybook::node::bench
