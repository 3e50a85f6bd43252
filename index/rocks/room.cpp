#include "index/rocks/room.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace daybook::index {

int find_room(const std::string& directory, std::uint64_t bytes) {
  auto path = directory + "/.room";
  auto file = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0)
    return errno;
  // Reserves without writing; a limit on the size of files counts as well as a full disk.
  auto failed = ::posix_fallocate(file, 0, static_cast<off_t>(bytes));
  ::close(file);
  ::unlink(path.c_str());
  return failed;
}

} // namespace daybook::index
