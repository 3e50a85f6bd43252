#include "node/bench/raw_disk.hpp"

#include "base/bytes.hpp"
#include "node/bench/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <utility>
#include <vector>

namespace daybook::node::bench {

namespace {

using steady = std::chrono::steady_clock;

/// Long enough that a run seldom begins again at its start, short enough to fill in a moment.
constexpr std::uint64_t file_bytes = 64 * 1024 * 1024;

struct timed_syncs {
  histogram latency;
  std::chrono::duration<double> elapsed{};
};

/// A file full of zeros, which is removed at the end.
class scratch_file {
public:
  scratch_file(log::storage& disk, std::string path) : disk_(disk), path_(std::move(path)) {}

  ~scratch_file() {
    if (!file_)
      return;
    file_.reset();
    (void)disk_.remove(
        path_); // what cannot be removed here is found by the next run, which says so
  }

  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;

  result<void> create(std::uint64_t bytes) {
    auto opened = disk_.open(path_, log::open_mode::create_new);
    if (!opened)
      return fail(std::move(opened.error()));
    file_ = std::move(*opened);
    byte_buffer zeros(1024 * 1024);
    for (std::uint64_t offset = 0; offset < bytes; offset += zeros.size())
      if (auto written = file_->write_at(offset, zeros); !written)
        return written;
    return file_->sync();
  }

  log::file& file() { return *file_; }

private:
  log::storage& disk_;
  std::string path_;
  std::unique_ptr<log::file> file_;
};

result<timed_syncs> write_and_sync(log::file& file, std::uint64_t bytes, std::uint64_t length,
                                   std::chrono::milliseconds time) {
  byte_buffer block(bytes, std::byte{0x5a});
  timed_syncs x;
  auto began = steady::now();
  auto now = began;
  for (std::uint64_t offset = 0; now - began < time; offset += bytes) {
    if (offset + bytes > length)
      offset = 0;
    auto written = file.write_at(offset, block);
    if (written)
      written = file.sync();
    if (!written)
      return fail(std::move(written.error()));
    auto end = steady::now();
    x.latency.add(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(end - now).count()));
    now = end;
  }
  x.elapsed = now - began;
  return x;
}

} // namespace

result<raw_disk_result> measure_raw_disk(log::storage& disk, const std::string& directory,
                                         const raw_disk_load& load) {
  auto bytes = std::max<std::uint64_t>(load.bytes, 1);
  auto length = std::max(file_bytes, bytes);
  std::vector<std::unique_ptr<scratch_file>> files;
  for (std::size_t i = 0; i < load.threads; ++i) {
    auto path = log::join(directory, fmt::format("raw-disk-measurement-{}", i));
    files.push_back(std::make_unique<scratch_file>(disk, std::move(path)));
    if (auto created = files.back()->create(length); !created)
      return fail(std::move(created.error()));
  }
  std::vector<std::future<result<timed_syncs>>> threads;
  for (auto& x : files)
    threads.push_back(std::async(std::launch::async, write_and_sync, std::ref(x->file()), bytes,
                                 length, load.time));
  raw_disk_result measured{.threads = load.threads, .bytes_per_sync = bytes};
  histogram latency;
  for (auto& thread : threads) {
    auto syncs = thread.get();
    if (!syncs)
      return fail(std::move(syncs.error()));
    latency.merge(syncs->latency);
    measured.syncs_per_second +=
        static_cast<double>(syncs->latency.count()) / syncs->elapsed.count();
  }
  measured.sync_us_p50 = latency.percentile_us(0.5);
  measured.sync_us_p99 = latency.percentile_us(0.99);
  return measured;
}

} // namespace daybook::node::bench
