#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>
#include <vector>

// What the connections of a network (network.hpp) are made of.

namespace daybook::node::torture {

/// A file until it goes.
class held_fd {
public:
  explicit held_fd(int fd = -1) : fd_(fd) {}
  held_fd(held_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  held_fd& operator=(held_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~held_fd() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int get() const { return fd_; }

  /// Whether the other end of a connection has gone, and has left nothing to be read.
  bool is_over() const {
    char next = 0;
    auto got = ::recv(fd_, &next, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  }

  /// As soon as it is closed, the other end is told that the connection is broken.
  void break_at_end() const {
    linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }

  void send_at_once() const {
    int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }

private:
  int fd_;
};

/// One direction of a connection: reads when all that it has read is written.
class direction {
public:
  bool reads() const { return is_empty() && !is_ended_; }
  bool writes() const { return !is_empty(); }
  /// Nothing more will come through.
  bool is_over() const { return is_empty() && is_ended_; }

  /// False when the connection is broken.
  bool read(int fd) {
    held_.resize(buffer_bytes);
    written_ = 0;
    auto got = ::recv(fd, held_.data(), held_.size(), 0);
    held_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    is_ended_ = got == 0;
    return got >= 0 || errno == EAGAIN || errno == EINTR;
  }

  bool write(int fd) {
    auto put = ::send(fd, held_.data() + written_, held_.size() - written_, MSG_NOSIGNAL);
    if (put < 0)
      return errno == EAGAIN || errno == EINTR;
    written_ += static_cast<std::size_t>(put);
    return true;
  }

private:
  static constexpr std::size_t buffer_bytes = 64 * 1024;

  bool is_empty() const { return written_ == held_.size(); }

  std::vector<char> held_;
  std::size_t written_ = 0;
  bool is_ended_ = false;
};

} // namespace daybook::node::torture
