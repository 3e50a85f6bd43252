#include "node/torture/socket_owner.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace daybook::node::torture {

namespace fs = std::filesystem;

namespace {

constexpr auto line_format = " %*d: %*x:%x %*x:%x %*x %*x:%*x %*x:%*x %*x %*d %*d %lu";

bool has_socket(pid_t process, const std::string& socket) {
  std::error_code problem;
  for (fs::directory_iterator file{"/proc/" + std::to_string(process) + "/fd", problem}, end;
       !problem && file != end; file.increment(problem)) {
    std::error_code gone;
    if (fs::read_symlink(file->path(), gone) == socket)
      return true;
  }
  return false;
}

} // namespace

std::optional<std::uint64_t> socket_inode(const tcp_ends& x) {
  std::ifstream table{"/proc/net/tcp"};
  for (std::string line; std::getline(table, line);) {
    unsigned own = 0;
    unsigned other = 0;
    unsigned long inode = 0;
    if (std::sscanf(line.c_str(), line_format, &own, &other, &inode) == 3 && own == x.own_port &&
        other == x.other_port && inode != 0)
      return inode;
  }
  return std::nullopt;
}

std::optional<pid_t> owner_of(std::uint64_t inode, std::span<const pid_t> processes) {
  auto socket = "socket:[" + std::to_string(inode) + "]";
  auto found = std::ranges::find_if(processes, [&](pid_t x) { return has_socket(x, socket); });
  return found == processes.end() ? std::nullopt : std::optional{*found};
}

} // namespace daybook::node::torture
