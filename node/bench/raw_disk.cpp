#include "node/bench/raw_disk.hpp"

#include "base/bytes.hpp"
#include "node/bench/histogram.hpp"

#include <algorithm>

namespace daybook::node::bench {

namespace {

using steady = std::chrono::steady_clock;

/// Long enough that a run seldom begins again at its start, short enough to fill in a moment.
constexpr std::uint64_t file_bytes = 64 * 1024 * 1024;

result<void> fill_with_zeros(log::file& file, std::uint64_t bytes) {
  byte_buffer zeros(1024 * 1024);
  for (std::uint64_t offset = 0; offset < bytes; offset += zeros.size())
    if (auto written = file.write_at(offset, zeros); !written)
      return written;
  return file.sync();
}

result<raw_disk_result> measure(log::file& file, std::uint64_t bytes,
                                std::chrono::milliseconds time) {
  byte_buffer block(bytes, std::byte{0x5a});
  auto length = std::max(file_bytes, bytes);
  if (auto filled = fill_with_zeros(file, length); !filled)
    return fail(std::move(filled.error()));
  histogram syncs;
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
    syncs.add(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(end - now).count()));
    now = end;
  }
  std::chrono::duration<double> elapsed = now - began;
  return raw_disk_result{bytes, static_cast<double>(syncs.count()) / elapsed.count(),
                         syncs.percentile_us(0.5), syncs.percentile_us(0.99)};
}

} // namespace

result<raw_disk_result> measure_raw_disk(log::storage& disk, const std::string& directory,
                                         std::uint64_t bytes, std::chrono::milliseconds time) {
  auto path = log::join(directory, "raw-disk-measurement");
  auto file = disk.open(path, log::open_mode::create_new);
  if (!file)
    return fail(std::move(file.error()));
  auto measured = measure(**file, std::max<std::uint64_t>(bytes, 1), time);
  file->reset();
  auto removed = disk.remove(path);
  if (measured && !removed)
    return fail(std::move(removed.error()));
  return measured;
}

} // namespace daybook::node::bench
