#include "node/bench/run.hpp"

#include "actors/client.hpp"
#include "actors/node_system.hpp"
#include "base/address.hpp"
#include "log/posix_storage.hpp"
#include "node/bench/facade_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace daybook::node::bench {

using namespace actors;

namespace {

using steady = std::chrono::steady_clock;

constexpr auto look_interval = std::chrono::milliseconds{10};
constexpr auto progress_interval = std::chrono::milliseconds{200};
constexpr auto indexing_poll = std::chrono::milliseconds{5};
constexpr auto indexing_patience = std::chrono::seconds{10};

/// A node in this process, or the one at an address, and the system that talks to it.
class bench_node {
public:
  explicit bench_node(const location& where) : is_remote_(!where.connect.empty()) {
    auto started = node_system::start(actors::transport_options{.tls = where.tls, .limits = {}});
    if (!started) {
      node_ = fail(std::move(started.error()));
      return;
    }
    system_ = std::move(*started);
    if (is_remote_) {
      node_ = parse_address(where.connect).and_then([this](const address& x) {
        return connect_node(system_->get(), x.host, x.port);
      });
      return;
    }
    node_options options;
    options.data = where.data;
    node_ = spawn_node(system_->get(), std::move(options));
  }

  /// A node of our own makes everything durable and unlocks its directory.
  ~bench_node() {
    if (node_ && !is_remote_)
      caf::anon_send(*node_, atom::stop_v);
  }

  bench_node(const bench_node&) = delete;
  bench_node& operator=(const bench_node&) = delete;

  caf::actor_system& system() { return system_->get(); }
  const result<supervisor_actor>& handle() const { return node_; }
  bool is_remote() const { return is_remote_; }

private:
  std::unique_ptr<node_system> system_;
  result<supervisor_actor> node_;
  bool is_remote_;
};

std::vector<book_actor> handles_of(const std::vector<book_client>& books) {
  std::vector<book_actor> handles;
  for (auto& book : books)
    handles.push_back(book.handle());
  return handles;
}

/// Empty where nobody can tell.
std::optional<std::uint64_t> index_lag(const std::vector<book_client>& books) {
  if (books.size() > 1)
    return std::nullopt;
  auto status = books.front().status();
  if (!status)
    return std::nullopt;
  return status->durable.value() - std::min(status->durable, status->indexed).value();
}

/// Runs the load on a thread of its own, so that this one can look at it and tell how far it is.
result<load_result> run_watched(caf::actor_system& system, const std::vector<book_client>& books,
                                const load_options& options,
                                const std::function<void(std::uint64_t)>& on_progress,
                                observations& seen) {
  std::atomic<std::uint64_t> progress{0};
  auto load = std::async(std::launch::async, [&] {
    return options.facade ? run_facade_load(books, options, progress)
                          : run_load(system, handles_of(books), options, progress);
  });
  // A book that is busy answers late: whoever asks it does not see how long nothing was answered.
  auto ask_lag = [&] {
    return std::async(std::launch::async, [&books] { return index_lag(books); });
  };
  auto lag = ask_lag();
  auto told = steady::now();
  auto answered = told;
  std::uint64_t before = 0;
  while (load.wait_for(look_interval) != std::future_status::ready) {
    auto now = steady::now();
    std::chrono::duration<double, std::milli> gap = now - answered;
    seen.longest_gap_ms = std::max(seen.longest_gap_ms, gap.count());
    if (auto done = progress.load(); std::exchange(before, done) != done)
      answered = now;
    if (now - told < progress_interval)
      continue;
    told = now;
    on_progress(before);
    if (lag.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
      continue;
    seen.look(lag.get());
    lag = ask_lag();
  }
  return load.get();
}

/// Beside the data directory and not in it: the directory holds nothing but books.
std::string disk_of(const run_options& options) {
  if (!options.where.connect.empty())
    return options.disk;
  auto parent = std::filesystem::absolute(options.where.data).lexically_normal();
  return (parent.has_filename() ? parent : parent.parent_path()).parent_path().string();
}

/// Blocks as large as the batches were, from as many threads as could write them. Of a node of
/// another process nobody says how many disks it has: the default is taken.
raw_disk_load raw_load_of(const measurement& x) {
  return {.bytes = x.done.bytes / std::max<std::uint64_t>(x.done.batches, 1),
          .threads = std::min<std::size_t>(node_options{}.disks, x.options.books)};
}

/// What the books did since they were opened, together.
result<counters> count(const std::vector<book_client>& books) {
  counters total;
  for (auto& book : books) {
    auto status = book.status();
    if (!status)
      return fail(std::move(status.error()));
    total.batches += status->batches;
    total.events += status->events;
    total.syncs += status->syncs;
    total.bytes += status->bytes;
  }
  return total;
}

/// So that no load leaves work behind. Ends also when nothing comes any more: a node may have no
/// index.
result<void> wait_until_indexed(const std::vector<book_client>& books) {
  for (auto& book : books) {
    event_seq last;
    for (auto since = steady::now(); steady::now() - since < indexing_patience;) {
      auto status = book.status();
      if (!status)
        return fail(std::move(status.error()));
      if (status->indexed >= status->durable)
        break;
      if (std::exchange(last, status->indexed) != status->indexed)
        since = steady::now();
      std::this_thread::sleep_for(indexing_poll);
    }
  }
  return {};
}

result<measurement> measure_load(bench_node& node, const std::vector<book_client>& books,
                                 const run_options& options,
                                 const std::function<void(std::uint64_t)>& on_progress) {
  for (auto& book : books)
    if (auto made = prepare_book(node.system(), book.handle(), options.load.accounts); !made)
      return fail(std::move(made.error()));
  measurement x;
  x.options = options.load;
  x.remote = node.is_remote();
  x.options.run = fmt::format("{:012x}", system_random().next() >> 16);
  auto before = count(books);
  if (!before)
    return fail(std::move(before.error()));
  auto cpu_before = process_cpu_us();
  auto load = run_watched(node.system(), books, x.options, on_progress, x.seen);
  if (!load)
    return fail(std::move(load.error()));
  auto answered = steady::now();
  if (auto indexed = wait_until_indexed(books); !indexed)
    return fail(std::move(indexed.error()));
  x.indexed_after_s = std::chrono::duration<double>{steady::now() - answered}.count();
  x.cpu_us = process_cpu_us() - cpu_before;
  auto after = count(books);
  if (!after)
    return fail(std::move(after.error()));
  x.load = std::move(*load);
  x.done = *after - *before;
  return x;
}

/// One book has the name that was asked for; several have a number behind it.
result<std::vector<book_client>> open_books(const client& clients, const run_options& options) {
  std::vector<book_client> books;
  for (std::uint32_t i = 0; i < options.load.books; ++i) {
    auto name = options.load.books == 1 ? options.book : fmt::format("{}-{:04}", options.book, i);
    auto book = clients.book(name);
    if (!book)
      return fail(std::move(book.error()));
    books.push_back(std::move(*book));
  }
  return books;
}

/// The node has ended when it returns, unless it is another process: nothing disturbs the disk.
result<measurement> measure_node(const run_options& options,
                                 const std::function<void(std::uint64_t)>& on_progress) {
  bench_node node{options.where};
  if (!node.handle())
    return fail(node.handle().error());
  client clients{node.system(), *node.handle()};
  auto books = open_books(clients, options);
  if (!books)
    return fail(std::move(books.error()));
  return measure_load(node, *books, options, on_progress);
}

} // namespace

result<measurement> run(const run_options& options,
                        const std::function<void(std::uint64_t)>& on_progress) {
  auto measured = measure_node(options, on_progress);
  if (!measured)
    return measured;
  log::posix_storage disk;
  auto raw = measure_raw_disk(disk, disk_of(options), raw_load_of(*measured));
  if (!raw)
    return fail(std::move(raw.error()));
  measured->raw = *raw;
  return measured;
}

} // namespace daybook::node::bench
