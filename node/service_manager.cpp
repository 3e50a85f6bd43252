#include "node/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace daybook::node {

void tell_service_manager(std::string_view state) {
  auto* asked = std::getenv("NOTIFY_SOCKET");
  std::string_view path = asked ? asked : "";
  sockaddr_un to{};
  auto is_usable = path.size() > 1 && path.size() < sizeof to.sun_path &&
                   (path.front() == '/' || path.front() == '@');
  if (!is_usable)
    return;
  to.sun_family = AF_UNIX;
  std::ranges::copy(path, to.sun_path);
  if (path.front() == '@') // a name that is no file
    to.sun_path[0] = '\0';
  auto socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0)
    return;
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&to), size);
  ::close(socket);
}

} // namespace daybook::node
