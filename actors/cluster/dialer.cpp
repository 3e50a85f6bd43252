#include "actors/cluster/dialer.hpp"

#include "actors/errors.hpp"
#include "actors/net/transport.hpp"

#include <caf/io/middleman.hpp>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace daybook::actors {

namespace {

/// A socket until it goes.
class held_socket {
public:
  explicit held_socket(int fd) : fd_(fd) {}
  ~held_socket() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  held_socket(const held_socket&) = delete;
  held_socket& operator=(const held_socket&) = delete;

  int get() const { return fd_; }

private:
  int fd_;
};

/// Zero, or the errno of a connection that did not come about in time.
int connect_to(const addrinfo& to, std::chrono::milliseconds timeout) {
  held_socket socket{
      ::socket(to.ai_family, to.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to.ai_protocol)};
  if (socket.get() < 0)
    return errno;
  if (::connect(socket.get(), to.ai_addr, to.ai_addrlen) == 0)
    return 0;
  if (errno != EINPROGRESS)
    return errno;
  pollfd waiting{.fd = socket.get(), .events = POLLOUT, .revents = 0};
  int ready = 0;
  do
    ready = ::poll(&waiting, 1, static_cast<int>(timeout.count()));
  while (ready < 0 && errno == EINTR);
  if (ready == 0)
    return ETIMEDOUT;
  if (ready < 0)
    return errno;
  int failed = 0;
  socklen_t size = sizeof(failed);
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failed, &size) == 0 ? failed : errno;
}

} // namespace

error no_answer_at(const address& at, const std::string& why) {
  return {ec::unavailable,
          "no node answers at " + to_string(at) + " (" + why + "): nothing was accepted",
          {{"address", to_string(at)}, {"reason", why}}};
}

result<void> try_connection(const address& at, std::chrono::milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* all = nullptr;
  auto port = std::to_string(at.port);
  if (auto unknown = ::getaddrinfo(at.host.c_str(), port.c_str(), &hints, &all))
    return fail(no_answer_at(at, ::gai_strerror(unknown)));
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> held{all, ::freeaddrinfo};
  auto failed = EHOSTUNREACH;
  for (auto* one = all; one; one = one->ai_next) {
    failed = connect_to(*one, timeout);
    if (failed == 0)
      return {};
  }
  return fail(no_answer_at(at, std::generic_category().message(failed)));
}

result<supervisor_actor> as_node(caf::actor_system& system, const address& at,
                                 const caf::strong_actor_ptr& found,
                                 const std::set<std::string>& interfaces) {
  if (!found)
    return fail(no_answer_at(at, "nothing is published there"));
  if (!system.assignable(interfaces, system.message_types<supervisor_actor>()))
    return fail(no_answer_at(
        at, "what is published there is no node of Daybook, or one of another version"));
  return caf::actor_cast<supervisor_actor>(found);
}

dialer_actor::behavior_type dialer_state::make_behavior() {
  return {[this](atom::dial, const address& at) { return on_dial(at); }};
}

/// As `middleman::remote_actor`, which has no timeout and blocks until then.
caf::result<supervisor_actor> dialer_state::on_dial(const address& at) {
  if (auto tried = try_connection(at, dial_timeout); !tried)
    return to_caf(std::move(tried.error()));
  auto answer = self_->make_response_promise<supervisor_actor>();
  connect(at, answer, tries);
  return answer;
}

void dialer_state::connect(const address& at, dial_promise answer, int tries_left) {
  self_->request(connector(self_->system()), dial_timeout, caf::connect_atom_v, at.host, at.port)
      .then(
          [=, this](const caf::node_id&, const caf::strong_actor_ptr& found,
                    const std::set<std::string>& interfaces) mutable {
            auto node = as_node(self_->system(), at, found, interfaces);
            node ? answer.deliver(std::move(*node))
                 : answer.deliver(to_caf(std::move(node.error())));
          },
          [=, this](const caf::error& reason) mutable {
            auto failure = explain_failure(self_->system(), at, reason);
            failure.may_pass&& tries_left > 1
                ? connect(at, answer, tries_left - 1)
                : answer.deliver(to_caf(no_answer_at(at, failure.reason)));
          });
}

} // namespace daybook::actors
