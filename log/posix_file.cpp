#include "log/posix_file.hpp"

#include "base/check.hpp"
#include "log/io_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace daybook::log {

namespace {

constexpr mode_t file_mode = 0600;

/// Enough for every device's logical block.
constexpr std::size_t direct_alignment = 4096;
constexpr std::size_t direct_buffer_bytes = 1024 * 1024;

/// `pread(2)`, tried again when a signal interrupts it.
ssize_t read_once(int number, std::byte* into, std::size_t length, std::uint64_t offset) {
  for (;;) {
    auto got = ::pread(number, into, length, static_cast<off_t>(offset));
    if (got >= 0 || errno != EINTR)
      return got;
  }
}

/// Leaves the page cache without what it holds of a file.
result<void> drop_cache(const std::string& path, int number) {
  if (::fdatasync(number) != 0)
    return io_error(path, "sync", errno);
  if (int failure = ::posix_fadvise(number, 0, 0, POSIX_FADV_DONTNEED))
    return io_error(path, "fadvise", failure);
  return {};
}

} // namespace

descriptor::~descriptor() {
  if (is_open())
    ::close(number_);
}

descriptor descriptor::open(const std::string& path, int flags) {
  for (;;) {
    descriptor opened{::open(path.c_str(), flags | O_CLOEXEC, file_mode)};
    if (opened.is_open() || errno != EINTR)
      return opened;
  }
}

// -- through the cache ---------------------------------------------------------------------------

result<std::size_t> posix_file::read_at(std::uint64_t offset, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    auto got = read_once(number(), into.data() + done, into.size() - done, offset + done);
    if (got < 0)
      return io_error(path_, "read", errno);
    if (got == 0)
      break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

result<void> posix_file::write_at(std::uint64_t offset, byte_span bytes) {
  while (!bytes.empty()) {
    auto put = ::pwrite(number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0)
      return io_error(path_, "write", put < 0 ? errno : EIO);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

/// Never tried again, not even after EINTR: a first failure may have dropped what a second call
/// would then find nothing wrong with.
result<void> posix_file::sync() {
  if (::fdatasync(number()) != 0)
    return io_error(path_, "sync", errno);
  return {};
}

result<void> posix_file::truncate(std::uint64_t size) {
  while (::ftruncate(number(), static_cast<off_t>(size)) != 0)
    if (errno != EINTR)
      return io_error(path_, "truncate", errno);
  return {};
}

result<std::uint64_t> posix_file::size() {
  struct stat status;
  if (::fstat(number(), &status) != 0)
    return io_error(path_, "stat", errno);
  return static_cast<std::uint64_t>(status.st_size);
}

// -- past the cache ------------------------------------------------------------------------------

posix_direct_file::posix_direct_file(std::string path, descriptor number)
    : posix_file(std::move(path), std::move(number)),
      buffer_(static_cast<std::byte*>(std::aligned_alloc(direct_alignment, direct_buffer_bytes))) {
  DAYBOOK_CHECK(buffer_);
}

result<std::unique_ptr<file>> posix_direct_file::open(const std::string& path) {
  auto direct = descriptor::open(path, O_RDONLY | O_DIRECT);
  if (!direct.is_open() && errno != EINVAL)
    return io_error(path, "open", errno);
  std::unique_ptr<posix_direct_file> opened;
  std::byte probe;
  if (direct.is_open()) {
    opened.reset(new posix_direct_file{path, std::move(direct)});
    // Some file systems accept the flag and refuse the reads.
    if (auto got = opened->read_at(0, {&probe, 1}); got || got.error().get("errno") != "EINVAL")
      return opened;
  }
  auto cached = descriptor::open(path, O_RDONLY);
  if (!cached.is_open())
    return io_error(path, "open", errno);
  if (auto dropped = drop_cache(path, cached.number()); !dropped)
    return fail(dropped.error());
  return std::make_unique<posix_file>(path, std::move(cached));
}

/// The device is read in whole blocks, into a buffer that suits it.
result<std::size_t> posix_direct_file::read_at(std::uint64_t offset, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    auto skip = static_cast<std::size_t>((offset + done) % direct_alignment);
    auto wanted = skip + into.size() - done;
    auto length = (wanted + direct_alignment - 1) / direct_alignment * direct_alignment;
    auto got = read_once(number(), buffer_.get(), std::min(length, direct_buffer_bytes),
                         offset + done - skip);
    if (got < 0)
      return io_error(path(), "read", errno);
    if (static_cast<std::size_t>(got) <= skip)
      break;
    auto usable = std::min(static_cast<std::size_t>(got) - skip, into.size() - done);
    std::memcpy(into.data() + done, buffer_.get() + skip, usable);
    done += usable;
  }
  return done;
}

} // namespace daybook::log
