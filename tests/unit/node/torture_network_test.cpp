#include "node/torture/network.hpp"
#include "node/torture/socket_owner.hpp"

#include <catch2/catch_all.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace daybook::node::torture {

namespace {

constexpr int deadline_ms = 30'000;
/// What comes through at once takes no longer.
constexpr int moment_ms = 50;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in x{};
  x.sin_family = AF_INET;
  x.sin_port = htons(port);
  x.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return x;
}

/// A socket that a test uses by hand.
class plain_socket {
public:
  explicit plain_socket(int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) : fd_(fd) {}
  plain_socket(plain_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  plain_socket& operator=(plain_socket&&) = delete;
  ~plain_socket() { close(); }

  static plain_socket to(std::uint16_t port) {
    plain_socket x;
    auto at = loopback(port);
    REQUIRE(::connect(x.fd_, reinterpret_cast<sockaddr*>(&at), sizeof(at)) == 0);
    return x;
  }

  static plain_socket listening() {
    plain_socket x;
    auto at = loopback(0);
    REQUIRE(::bind(x.fd_, reinterpret_cast<sockaddr*>(&at), sizeof(at)) == 0);
    REQUIRE(::listen(x.fd_, 8) == 0);
    return x;
  }

  plain_socket accept() const {
    REQUIRE(has_something(deadline_ms));
    return plain_socket{::accept(fd_, nullptr, nullptr)};
  }

  std::uint16_t port() const {
    sockaddr_in at{};
    socklen_t size = sizeof(at);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
  }

  bool has_something(int timeout_ms) const {
    pollfd x{fd_, POLLIN, 0};
    return ::poll(&x, 1, timeout_ms) == 1;
  }

  void say(const std::string& text) const {
    CHECK(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }

  /// What comes next; empty at the end of the connection, "broken" when it is.
  std::string hear() const {
    REQUIRE(has_something(deadline_ms));
    std::array<char, 100> bytes{};
    auto got = ::recv(fd_, bytes.data(), bytes.size(), 0);
    return got < 0 ? "broken" : std::string{bytes.data(), static_cast<std::size_t>(got)};
  }

  void close() {
    if (fd_ >= 0)
      ::close(std::exchange(fd_, -1));
  }

private:
  int fd_;
};

/// Two nodes, of which this process is the first one, and the test plays the second.
struct two_nodes {
  node_board first{0};
  node_board second{0};
  plain_socket listener = plain_socket::listening();
  std::unique_ptr<network> net;
  route between = route::between(0, 1);

  two_nodes() {
    first.runs_as(::getpid());
    second.is_up({"127.0.0.1", listener.port()});
    auto started = network::start({&first, &second});
    REQUIRE(started);
    net = std::move(*started);
  }

  plain_socket connect() const { return plain_socket::to(net->address_of(1).port); }
};

} // namespace

TEST_CASE("a network brings what is said to the node, and back, and the end of it") {
  two_nodes all;
  auto near = all.connect();
  auto far = all.listener.accept();
  near.say("good morning");
  CHECK(far.hear() == "good morning");
  far.say("good day");
  CHECK(near.hear() == "good day");
  far.say("good-bye");
  far.close();
  CHECK(near.hear() == "good-bye");
  CHECK(near.hear().empty());
}

TEST_CASE("a network knows who connects") {
  two_nodes all;
  SECTION("a node") {
    auto near = all.connect();
    auto far = all.listener.accept();
    CHECK(all.net->connections(all.between) == 1);
    CHECK(all.net->connections(route::between(all_clients, 1)) == 0);
  }
  SECTION("somebody else") {
    all.first.runs_as(1);
    auto near = all.connect();
    auto far = all.listener.accept();
    CHECK(all.net->connections(all.between) == 0);
    CHECK(all.net->connections(route::between(all_clients, 1)) == 1);
  }
}

TEST_CASE("a node that is down refuses, and is found where it is started anew") {
  two_nodes all;
  all.second.is_down();
  CHECK(all.connect().hear() == "broken");
  auto other = plain_socket::listening();
  all.second.is_up({"127.0.0.1", other.port()});
  auto near = all.connect();
  auto far = other.accept();
  far.say("here");
  CHECK(near.hear() == "here");
}

TEST_CASE("a route that is reset breaks, and lets nobody through until it is healed") {
  two_nodes all;
  auto near = all.connect();
  auto far = all.listener.accept();
  all.net->cut({all.between}, cut_manner::reset);
  CHECK(near.hear() == "broken");
  CHECK(far.hear() == "broken");
  CHECK(all.connect().hear() == "broken");
  all.net->heal();
  auto again = all.connect();
  all.listener.accept().say("again");
  CHECK(again.hear() == "again");
}

TEST_CASE("what is said on a route that is held arrives when it is healed") {
  two_nodes all;
  auto near = all.connect();
  auto far = all.listener.accept();
  all.net->cut({all.between}, cut_manner::hold);
  auto late = all.connect();
  near.say("are you there?");
  late.say("or you?");
  CHECK_FALSE(far.has_something(moment_ms));
  CHECK_FALSE(all.listener.has_something(moment_ms));
  all.net->heal();
  CHECK(far.hear() == "are you there?");
  CHECK(all.listener.accept().hear() == "or you?");
}

TEST_CASE("what is said on a route that loses is gone") {
  two_nodes all;
  auto near = all.connect();
  auto far = all.listener.accept();
  all.net->cut({all.between}, cut_manner::lose);
  near.say("are you there?");
  CHECK_FALSE(near.has_something(moment_ms));
  CHECK_FALSE(far.has_something(moment_ms));
  all.net->heal();
  CHECK(near.hear() == "broken");
  CHECK(far.hear() == "broken");
}

TEST_CASE("only the routes that are cut are cut") {
  two_nodes all;
  auto near = all.connect();
  auto far = all.listener.accept();
  all.net->cut({route::between(all_clients, 1)}, cut_manner::hold);
  near.say("still here");
  CHECK(far.hear() == "still here");
  all.net->cut({all.between}, cut_manner::hold);
  all.net->cut({route::between(all_clients, 1)}, cut_manner::hold);
  near.say("here again");
  CHECK(far.hear() == "here again");
}

TEST_CASE("a socket is found with the process that has it") {
  auto listener = plain_socket::listening();
  auto near = plain_socket::to(listener.port());
  auto far = listener.accept();
  auto inode = socket_inode({near.port(), listener.port()});
  REQUIRE(inode);
  std::array<pid_t, 2> some{1, ::getpid()};
  CHECK(owner_of(*inode, some) == ::getpid());
  CHECK_FALSE(owner_of(*inode, {some.data(), 1}));
  CHECK(socket_inode({listener.port(), near.port()}) != inode);
  CHECK_FALSE(socket_inode({near.port(), near.port()}));
}

} // namespace daybook::node::torture
