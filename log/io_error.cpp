#include "log/io_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace daybook::log {

namespace {

std::string_view advice(int number) {
  switch (number) {
  case ENOSPC:
    return "the disk is full: free space and start again";
  case EDQUOT:
    return "the disk quota is used up: free space and start again";
  case EROFS:
    return "the file system is mounted read-only: mount it for writing, and if it was, look for "
           "disk errors in the system's log";
  case EIO:
    return "the device failed: look for disk errors in the system's log";
  case EACCES:
  case EPERM:
    return "permission denied: the files must belong to the user that runs this";
  case EMFILE:
  case ENFILE:
    return "too many open files: raise the limit (ulimit -n)";
  case ENOENT:
    return "there is no such file or directory";
  default:
    return {};
  }
}

std::string errno_name(int number) {
  auto* name = ::strerrorname_np(number);
  return name ? name : std::to_string(number);
}

} // namespace

tl::unexpected<error> io_error(const std::string& path, std::string_view operation, int number) {
  auto name = errno_name(number);
  auto text = advice(number);
  auto* plain = ::strerrordesc_np(number);
  return fail(ec::io,
              fmt::format("{} of {} failed: {}", operation, path,
                          !text.empty() ? text : std::string_view{plain ? plain : name.c_str()}),
              {{"path", path}, {"operation", std::string{operation}}, {"errno", name}});
}

} // namespace daybook::log
