#include "node/torture/small_disk.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace daybook::node::torture {

namespace {

auto io_problem(const std::string& operation, const std::string& path) {
  return fail(ec::io, "cannot " + operation + " " + path + ": " + std::strerror(errno),
              {{"operation", operation}, {"path", path}, {"errno", std::to_string(errno)}});
}

} // namespace

result<void> begin_own_mounts() {
  if (unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return io_problem("mount", "a file system of its own");
  return {};
}

result<small_disk> small_disk::mount(const std::string& directory, std::uint64_t bytes) {
  auto size = "size=" + std::to_string(bytes);
  if (::mount("none", directory.c_str(), "tmpfs", 0, size.c_str()) != 0)
    return io_problem("mount", directory);
  return small_disk{directory, bytes};
}

small_disk::small_disk(small_disk&& other) noexcept
    : directory_(std::exchange(other.directory_, {})), bytes_(other.bytes_) {}

small_disk& small_disk::operator=(small_disk&& other) noexcept {
  std::swap(directory_, other.directory_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

small_disk::~small_disk() {
  if (!directory_.empty())
    umount2(directory_.c_str(), MNT_DETACH);
}

result<void> small_disk::fill() {
  auto file = open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0)
    return io_problem("create", filler());
  // Somebody may take some of it meanwhile: what is left is taken in ever smaller pieces.
  off_t length = 0;
  for (auto piece = static_cast<off_t>(free_bytes()); piece >= 4096; piece /= 2)
    while (posix_fallocate(file, length, piece) == 0)
      length += piece;
  close(file);
  return {};
}

void small_disk::free() { unlink(filler().c_str()); }

std::uint64_t small_disk::free_bytes() const {
  struct statvfs found{};
  return statvfs(directory_.c_str(), &found) == 0 ? found.f_bavail * found.f_frsize : 0;
}

} // namespace daybook::node::torture
