#include "node/input_file.hpp"

#include "base/names.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace daybook::node {

namespace {

tl::unexpected<error> refuse(const std::string& path, std::string operation) {
  auto number = errno;
  return fail(ec::io,
              "cannot " + operation + " '" + printable(path) + "': " + std::strerror(number),
              {{"path", path}, {"operation", operation}, {"errno", std::to_string(number)}});
}

} // namespace

result<input_file> input_file::open(const std::string& path) {
  if (path == "-")
    return input_file{STDIN_FILENO, "standard input"};
  auto descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return refuse(path, "open");
  return input_file{descriptor, path};
}

input_file::input_file(int descriptor, std::string path)
    : descriptor_(descriptor), path_(std::move(path)) {}

input_file::input_file(input_file&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, STDIN_FILENO)), path_(std::move(other.path_)) {}

input_file::~input_file() {
  if (descriptor_ != STDIN_FILENO)
    ::close(descriptor_);
}

result<std::size_t> input_file::read_some(std::span<char> into) {
  auto count = ::read(descriptor_, into.data(), into.size());
  while (count < 0 && errno == EINTR)
    count = ::read(descriptor_, into.data(), into.size());
  if (count < 0)
    return refuse(path_, "read");
  return static_cast<std::size_t>(count);
}

std::optional<std::uint64_t> input_file::size() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode))
    return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

} // namespace daybook::node
