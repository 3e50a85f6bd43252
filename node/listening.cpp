#include "node/listening.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>

namespace daybook::node {

namespace {

constexpr std::uint32_t loopback_network = 127;

bool is_loopback(const sockaddr& x) {
  if (x.sa_family == AF_INET) {
    auto& v4 = reinterpret_cast<const sockaddr_in&>(x);
    return ntohl(v4.sin_addr.s_addr) >> 24 == loopback_network;
  }
  if (x.sa_family != AF_INET6)
    return false;
  auto& v6 = reinterpret_cast<const sockaddr_in6&>(x).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) ||
         (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == loopback_network);
}

} // namespace

bool is_any_address(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

bool is_loopback(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* all = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &all) != 0)
    return false;
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> held{all, ::freeaddrinfo};
  for (auto* one = all; one; one = one->ai_next)
    if (!is_loopback(*one->ai_addr))
      return false;
  return true;
}

std::size_t raise_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur);
}

} // namespace daybook::node
