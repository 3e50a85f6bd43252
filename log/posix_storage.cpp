#include "log/posix_storage.hpp"

#include "log/io_error.hpp"
#include "log/posix_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

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

/// What the holder wrote into its lock file, if it is a number.
std::string holder_of(int number) {
  std::array<char, 20> text;
  auto got = ::pread(number, text.data(), text.size(), 0);
  std::string pid;
  for (ssize_t i = 0; i < got && text[i] >= '0' && text[i] <= '9'; ++i)
    pid += text[i];
  return pid;
}

tl::unexpected<error> locked(const std::string& path, const std::string& pid) {
  auto who = pid.empty() ? std::string{"another process"} : "process " + pid;
  error x{ec::locked, path + " is in use by " + who, {{"path", path}}};
  return fail(pid.empty() ? std::move(x) : std::move(x).with("pid", pid));
}

bool write_pid(int number) {
  auto pid = std::to_string(::getpid()) + "\n";
  return ::ftruncate(number, 0) == 0 &&
         ::pwrite(number, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
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
      return locked(path, is_directory ? std::string{} : holder_of(opened.number()));
    return io_error(path, "lock", errno);
  }
  if (!is_directory && !write_pid(opened.number()))
    return io_error(path, "write", errno);
  return std::make_unique<posix_lock>(std::move(opened));
}

} // namespace daybook::log
