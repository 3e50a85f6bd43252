#include "node/torture/network.hpp"

#include "node/torture/proxy_parts.hpp"
#include "node/torture/socket_owner.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace daybook::node::torture {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in x{};
  x.sin_family = AF_INET;
  x.sin_port = htons(port);
  x.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return x;
}

held_fd make_socket() {
  return held_fd{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
}

/// Nothing of a file that is not waited for: its end would be told again and again.
pollfd waiting_for(int fd, bool in, bool out) {
  auto events = static_cast<short>((in ? POLLIN : 0) | (out ? POLLOUT : 0));
  return {events == 0 ? -1 : fd, events, 0};
}

auto no_network() {
  return fail(ec::io, std::string{"cannot make a network of our own: "} + std::strerror(errno),
              {{"operation", "listen"}, {"errno", std::to_string(errno)}});
}

} // namespace

std::string_view to_string(cut_manner x) {
  switch (x) {
  case cut_manner::reset:
    return "reset";
  case cut_manner::hold:
    return "hold";
  case cut_manner::lose:
    return "lose";
  }
  return "unknown";
}

struct network::listener {
  held_fd socket;
  std::uint16_t port = 0;
};

struct network::connection {
  route ends;
  party to = 0;
  held_fd near;              ///< to who has connected
  held_fd far{};             ///< to the node; nothing yet while the route is cut
  bool is_connecting = true; ///< to the node
  direction there{};
  direction back{};
  std::size_t place = 0; ///< of `near` among what is polled, `far` is the next; zero: not there
  bool is_over = false;
};

// -- any thread -----------------------------------------------------------------------------------

network::network() = default;

result<std::unique_ptr<network>> network::start(std::vector<const node_board*> nodes) {
  std::unique_ptr<network> made{new network};
  made->nodes_ = std::move(nodes);
  made->wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (made->wake_ < 0)
    return no_network();
  for (std::size_t i = 0; i < made->nodes_.size(); ++i) {
    listener x{make_socket()};
    auto at = loopback(0);
    socklen_t size = sizeof(at);
    auto* name = reinterpret_cast<sockaddr*>(&at);
    if (x.socket.get() < 0 || ::bind(x.socket.get(), name, size) != 0 ||
        ::listen(x.socket.get(), SOMAXCONN) != 0 || ::getsockname(x.socket.get(), name, &size) != 0)
      return no_network();
    x.port = ntohs(at.sin_port);
    made->listeners_.push_back(std::move(x));
  }
  made->thread_ = std::thread{[all = made.get()] { all->run(); }};
  return made;
}

network::~network() {
  {
    std::lock_guard guard{mutex_};
    is_over_ = true;
  }
  if (thread_.joinable()) {
    ::eventfd_write(wake_, 1);
    thread_.join();
  }
  if (wake_ >= 0)
    ::close(wake_);
}

address network::address_of(party node) const { return {"127.0.0.1", listeners_[node].port}; }

void network::cut(std::set<route> routes, cut_manner how) {
  std::unique_lock guard{mutex_};
  orders_.emplace(std::move(routes), how);
  ::eventfd_write(wake_, 1);
  obeyed_.wait(guard, [this] { return !orders_; });
}

void network::heal() { cut({}, cut_manner::reset); }

std::uint64_t network::connections(route between) const {
  std::lock_guard guard{mutex_};
  auto found = counts_.find(between);
  return found == counts_.end() ? 0 : found->second;
}

// -- the thread -----------------------------------------------------------------------------------

void network::run() {
  std::vector<pollfd> polled;
  for (;;) {
    polled.assign({{wake_, POLLIN, 0}});
    for (auto& x : listeners_)
      polled.push_back({x.socket.get(), POLLIN, 0});
    for (auto& x : connections_) {
      x.place = is_cut(x.ends) ? 0 : polled.size();
      if (x.place == 0)
        continue;
      polled.push_back(waiting_for(x.near.get(), x.there.reads(), x.back.writes()));
      polled.push_back(x.is_connecting
                           ? waiting_for(x.far.get(), false, true)
                           : waiting_for(x.far.get(), x.back.reads(), x.there.writes()));
    }
    if (::poll(polled.data(), polled.size(), -1) < 0)
      continue;
    for (auto& x : connections_)
      if (x.place != 0)
        pass(x, polled[x.place].revents, polled[x.place + 1].revents);
    for (std::size_t node = 0; node < listeners_.size(); ++node)
      if (polled[1 + node].revents != 0)
        accept_from(node);
    if (polled[0].revents != 0)
      take_orders();
    std::erase_if(connections_, [](auto& x) { return x.is_over; });
    std::lock_guard guard{mutex_};
    if (is_over_)
      return;
  }
}

void network::take_orders() {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_, &ignored);
  std::lock_guard guard{mutex_};
  if (!orders_)
    return;
  auto before = std::exchange(cut_, std::move(orders_->first));
  auto how_before = std::exchange(how_, orders_->second);
  orders_.reset();
  obeyed_.notify_all();
  for (auto& x : connections_) {
    auto was_cut = before.contains(x.ends);
    auto is_reset =
        is_cut(x.ends) ? how_ == cut_manner::reset : was_cut && how_before == cut_manner::lose;
    if (is_reset) {
      x.near.break_at_end();
      x.far.break_at_end();
      x.is_over = true;
    } else if (was_cut && !is_cut(x.ends) && x.far.get() < 0)
      x.is_over = !connect(x);
  }
}

/// Who only looked whether the address answers has gone by now. To find out who it was would keep
/// the others waiting, on a busy machine for longer than they wait.
void network::accept_from(std::size_t node) {
  sockaddr_in peer{};
  socklen_t size = sizeof(peer);
  held_fd near{::accept4(listeners_[node].socket.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (near.get() < 0 || near.is_over())
    return;
  near.send_at_once();
  auto to = static_cast<party>(node);
  auto ends = route::between(who_connects(ntohs(peer.sin_port), listeners_[node].port), to);
  {
    std::lock_guard guard{mutex_};
    ++counts_[ends];
  }
  connection x{.ends = ends, .to = to, .near = std::move(near)};
  if (is_cut(ends) && how_ == cut_manner::reset)
    return x.near.break_at_end();
  if (is_cut(ends) || connect(x))
    connections_.push_back(std::move(x));
}

/// Who is none of the nodes is a client, and so is who has gone already.
party network::who_connects(std::uint16_t from_port, std::uint16_t to_port) const {
  auto inode = socket_inode({from_port, to_port});
  if (!inode)
    return all_clients;
  for (party node = 0; node < nodes_.size(); ++node)
    if (auto process = nodes_[node]->process(); owner_of(*inode, {&process, 1}))
      return node;
  return all_clients;
}

/// False, and who has connected is told, when the node is down.
bool network::connect(connection& x) {
  auto where = nodes_[x.to]->current().where;
  x.far = make_socket();
  auto at = loopback(where ? where->port : 0);
  if (where && x.far.get() >= 0 &&
      (::connect(x.far.get(), reinterpret_cast<sockaddr*>(&at), sizeof(at)) == 0 ||
       errno == EINPROGRESS)) {
    x.far.send_at_once();
    return true;
  }
  x.near.break_at_end();
  return false;
}

/// An end of either side is the end of the connection, after what was said before it.
void network::pass(connection& x, short near_events, short far_events) {
  auto is_fine = true;
  if (x.is_connecting && far_events != 0) {
    int failed = 0;
    socklen_t size = sizeof(failed);
    ::getsockopt(x.far.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
    x.is_connecting = false;
    is_fine = failed == 0;
  } else if (!x.is_connecting) {
    if (far_events != 0 && x.back.reads())
      is_fine = x.back.read(x.far.get());
    if (is_fine && x.there.writes())
      is_fine = x.there.write(x.far.get());
  }
  if (is_fine && near_events != 0 && x.there.reads())
    is_fine = x.there.read(x.near.get());
  if (is_fine && x.back.writes())
    is_fine = x.back.write(x.near.get());
  if (!is_fine) {
    x.near.break_at_end();
    x.far.break_at_end();
  }
  x.is_over = !is_fine || x.there.is_over() || x.back.is_over();
}

} // namespace daybook::node::torture
