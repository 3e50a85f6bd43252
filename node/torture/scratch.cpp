#include "node/torture/scratch.hpp"

#include <cstdlib>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace daybook::node::torture {

namespace fs = std::filesystem;

result<scratch> scratch::make(const std::string& parent) {
  std::error_code problem;
  auto path = (fs::absolute(parent, problem) / "daybook-torture-XXXXXX").string();
  if (problem || !mkdtemp(path.data()))
    return fail(ec::io,
                "cannot make a directory in '" + parent + "' (" + std::strerror(errno) +
                    "): name an existing one with --data",
                {{"path", parent}, {"operation", "mkdir"}, {"errno", std::to_string(errno)}});
  return scratch{path};
}

scratch::scratch(scratch&& other) noexcept
    : path_(std::exchange(other.path_, {})), is_kept_(other.is_kept_) {}

scratch::~scratch() {
  std::error_code ignored;
  if (!path_.empty() && !is_kept_)
    fs::remove_all(path_, ignored);
}

result<std::string> scratch::directory(const std::string& name) const {
  std::error_code problem;
  auto path = path_ + "/" + name;
  fs::create_directories(path, problem);
  if (problem)
    return fail(ec::io, "cannot make the directory " + path + " (" + problem.message() + ")",
                {{"path", path}, {"operation", "mkdir"}});
  return path;
}

} // namespace daybook::node::torture
