#include "log/posix_storage.hpp"

#include "log/io_error.hpp"
#include "log/posix_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace daybook::log {

namespace {

constexpr mode_t directory_mode = 0700;

int flags_of(open_mode mode) {
  switch (mode) {
  case open_mode::read:
  case open_mode::read_past_cache:
    return O_RDONLY;
  case open_mode::write:
    return O_RDWR;
  case open_mode::create_new:
    return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

/// flock(2): belongs to the open file and not to the process, so a second holder in the same
/// process is refused too, and the kernel releases it when the process dies.
class posix_lock final : public held_lock {
public:
  explicit posix_lock(descriptor held) : held_(std::move(held)) {}

private:
  descriptor held_;
};

/// The process that holds a file's lock, by the kernel's own list, or nothing: the list names files
/// by inode, and is not everywhere. Nothing is written into the lock file, so that a start that is
/// refused later changes nothing on disk.
std::string holder_of(int number) {
  struct stat info{};
  if (::fstat(number, &info) != 0)
    return {};
  std::ifstream locks{"/proc/locks"};
  std::string line;
  while (std::getline(locks, line)) {
    std::istringstream fields{line};
    std::string order, type, strictness, access, pid, device_and_inode;
    fields >> order >> type >> strictness >> access >> pid >> device_and_inode;
    if (type == "FLOCK" && device_and_inode.ends_with(':' + std::to_string(info.st_ino)))
      return pid;
  }
  return {};
}

tl::unexpected<error> locked(const std::string& path, const std::string& pid) {
  auto who = pid.empty() ? std::string{"another process"} : "process " + pid;
  error x{ec::locked,
          path + " is in use by " + who + ": stop it, or ask it (--connect)",
          {{"path", path}}};
  return fail(pid.empty() ? std::move(x) : std::move(x).with("pid", pid));
}

} // namespace

result<std::unique_ptr<file>> posix_storage::open(const std::string& path, open_mode mode) {
  if (mode == open_mode::read_past_cache)
    return posix_direct_file::open(path);
  auto opened = descriptor::open(path, flags_of(mode));
  if (!opened.is_open())
    return io_error(path, mode == open_mode::create_new ? "create" : "open", errno);
  return std::make_unique<posix_file>(path, std::move(opened));
}

result<entry_kind> posix_storage::kind(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode))
      return entry_kind::directory;
    return S_ISREG(status.st_mode) ? entry_kind::file : entry_kind::other;
  }
  if (errno == ENOENT || errno == ENOTDIR)
    return entry_kind::none;
  return io_error(path, "stat", errno);
}

result<std::vector<std::string>> posix_storage::list(const std::string& directory) {
  std::unique_ptr<DIR, int (*)(DIR*)> opened{::opendir(directory.c_str()), ::closedir};
  if (!opened)
    return io_error(directory, "list", errno);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    auto* entry = ::readdir(opened.get());
    if (!entry)
      break;
    std::string_view name = entry->d_name;
    if (name != "." && name != "..")
      names.emplace_back(name);
  }
  if (errno != 0)
    return io_error(directory, "list", errno);
  std::ranges::sort(names);
  return names;
}

result<void> posix_storage::create_directory(const std::string& path) {
  if (::mkdir(path.c_str(), directory_mode) != 0)
    return io_error(path, "create", errno);
  return {};
}

result<void> posix_storage::rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0)
    return io_error(to, "rename", errno);
  return {};
}

result<void> posix_storage::remove(const std::string& path) {
  if (std::remove(path.c_str()) != 0)
    return io_error(path, "remove", errno);
  return {};
}

result<void> posix_storage::sync_directory(const std::string& path) {
  auto opened = descriptor::open(path, O_RDONLY | O_DIRECTORY);
  if (!opened.is_open())
    return io_error(path, "open", errno);
  if (::fsync(opened.number()) != 0)
    return io_error(path, "sync", errno);
  return {};
}

result<std::unique_ptr<held_lock>> posix_storage::lock(const std::string& path) {
  auto opened = descriptor::open(path, O_RDWR);
  auto is_directory = !opened.is_open() && errno == EISDIR;
  if (is_directory)
    opened = descriptor::open(path, O_RDONLY | O_DIRECTORY);
  if (!opened.is_open())
    return io_error(path, "open", errno);
  if (::flock(opened.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return locked(path, holder_of(opened.number()));
    return io_error(path, "lock", errno);
  }
  return std::make_unique<posix_lock>(std::move(opened));
}

} // namespace daybook::log
