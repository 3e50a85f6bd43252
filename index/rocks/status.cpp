#include "index/rocks/status.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace daybook::index {

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// RocksDB has no status for a lock that is held, and keeps no errno: both are in the text only.

bool held_here(std::string_view text) { return contains(text, "lock hold by current process"); }

bool held_elsewhere(std::string_view text) {
  return contains(text, "While lock file") &&
         (contains(text, ::strerrordesc_np(EAGAIN)) || contains(text, ::strerrordesc_np(EACCES)));
}

/// The errno that `text` describes, of those that somebody can act on; 0 if none.
int errno_in(std::string_view text) {
  for (auto number : {ENOSPC, EDQUOT, EIO, EROFS, EACCES, EPERM, EMFILE, ENFILE, ENOENT, ENOTDIR})
    if (contains(text, ::strerrordesc_np(number)))
      return number;
  return 0;
}

tl::unexpected<error> locked(const std::string& directory, std::string_view text) {
  error x{ec::locked,
          fmt::format("the index {} is in use by {} process: stop it first", directory,
                      held_here(text) ? "this" : "another"),
          {{"path", directory}}};
  return fail(held_here(text) ? std::move(x).with("pid", std::to_string(::getpid()))
                              : std::move(x));
}

} // namespace

bool is_damage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound() ||
         status.IsNotSupported() || status.IsPathNotFound();
}

tl::unexpected<error> corrupt(const std::string& directory, std::string_view what) {
  return fail(ec::corrupt,
              fmt::format("the index {} is damaged: stop the node and delete that directory; it is "
                          "rebuilt from the logs ({})",
                          directory, what),
              {{"file", directory}});
}

tl::unexpected<error> to_be_rebuilt(const std::string& directory, std::string_view what) {
  return fail(ec::corrupt,
              fmt::format("the index {} is damaged: when the node is started again, it is thrown "
                          "away and rebuilt from the logs ({})",
                          directory, what),
              {{"file", directory}});
}

tl::unexpected<error> to_error(const rocksdb::Status& status, const std::string& directory,
                               std::string_view operation) {
  auto text = status.ToString();
  if (held_here(text) || held_elsewhere(text))
    return locked(directory, text);
  if (status.IsCorruption())
    return corrupt(directory, text);
  error x{ec::io,
          fmt::format("{} of the index {} failed: {}", operation, directory, text),
          {{"path", directory}, {"operation", std::string{operation}}}};
  if (auto number = errno_in(text))
    return fail(std::move(x).with("errno", ::strerrorname_np(number)));
  return fail(std::move(x));
}

} // namespace daybook::index
