#include "node/bench/run.hpp"

#include "actors/client.hpp"
#include "actors/node_system.hpp"
#include "log/posix_storage.hpp"
#include "node/address.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <random>

namespace daybook::node::bench {

using namespace actors;

namespace {

constexpr auto progress_interval = std::chrono::milliseconds{200};
constexpr auto raw_disk_time = std::chrono::milliseconds{1'500};

/// A node in this process, or the one at an address, and the system that talks to it.
class bench_node {
public:
  explicit bench_node(const location& where) : is_remote_(!where.connect.empty()) {
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
  std::unique_ptr<node_system> system_ = node_system::start();
  result<supervisor_actor> node_;
  bool is_remote_;
};

/// Runs the load on a thread of its own, so that this one can tell how far it is.
result<load_result> run_with_progress(caf::actor_system& system, const book_actor& book,
                                      const load_options& options,
                                      const std::function<void(std::uint64_t)>& on_progress) {
  std::atomic<std::uint64_t> progress{0};
  auto load =
      std::async(std::launch::async, [&] { return run_load(system, book, options, progress); });
  while (load.wait_for(progress_interval) != std::future_status::ready)
    on_progress(progress);
  return load.get();
}

/// Beside the data directory and not in it: the directory holds nothing but books.
std::string disk_of(const run_options& options) {
  if (!options.where.connect.empty())
    return options.disk;
  auto parent = std::filesystem::absolute(options.where.data).lexically_normal();
  return (parent.has_filename() ? parent : parent.parent_path()).parent_path().string();
}

result<measurement> measure_load(bench_node& node, const book_client& book,
                                 const run_options& options,
                                 const std::function<void(std::uint64_t)>& on_progress) {
  auto prepared = prepare_book(node.system(), book.handle(), options.load.accounts);
  if (!prepared)
    return fail(std::move(prepared.error()));
  measurement x;
  x.options = options.load;
  x.remote = node.is_remote();
  x.options.run = fmt::format("{:012x}", system_random().next() >> 16);
  auto before = book.status();
  auto cpu_before = process_cpu_us();
  auto load = run_with_progress(node.system(), book.handle(), x.options, on_progress);
  x.cpu_us = process_cpu_us() - cpu_before;
  auto after = book.status();
  if (!load)
    return fail(std::move(load.error()));
  for (auto* status : {&before, &after})
    if (!*status)
      return fail(std::move(status->error()));
  x.load = std::move(*load);
  x.before = std::move(*before);
  x.after = std::move(*after);
  return x;
}

} // namespace

result<measurement> run(const run_options& options,
                        const std::function<void(std::uint64_t)>& on_progress) {
  bench_node node{options.where};
  if (!node.handle())
    return fail(node.handle().error());
  client clients{node.system(), *node.handle()};
  auto book = clients.book(options.book);
  if (!book)
    return fail(std::move(book.error()));
  auto measured = measure_load(node, *book, options, on_progress);
  if (!measured)
    return measured;
  auto batches = std::max<std::uint64_t>(measured->after.batches - measured->before.batches, 1);
  auto bytes_per_batch = (measured->after.bytes - measured->before.bytes) / batches;
  log::posix_storage disk;
  auto raw = measure_raw_disk(disk, disk_of(options), bytes_per_batch, raw_disk_time);
  if (!raw)
    return fail(std::move(raw.error()));
  measured->raw = *raw;
  return measured;
}

} // namespace daybook::node::bench
