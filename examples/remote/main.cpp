// The same bookkeeper in a process of its own: the book is in a node that was started with
// `daybook serve --data DIRECTORY`.
//
//   daybook_remote HOST PORT

#include "../bookkeeper.hpp"

#include "actors/node_system.hpp"

#include <charconv>
#include <string_view>

int main(int argc, char** argv) {
  using namespace daybook;

  if (argc != 3) {
    std::cerr << "usage: daybook_remote HOST PORT\n";
    return 2;
  }
  std::uint16_t port = 0;
  std::string_view text = argv[2];
  auto [end, problem] = std::from_chars(text.begin(), text.end(), port);
  if (problem != std::errc{} || end != text.end()) {
    std::cerr << "not a port: " << text << '\n';
    return 2;
  }
  auto system = actors::node_system::start();
  auto node = actors::connect_node(system->get(), argv[1], port);
  if (!node) {
    std::cerr << to_string(node.error()) << '\n';
    return 1;
  }
  caf::scoped_actor self{system->get()};
  self->wait_for(system->get().spawn(bookkeeper, *node));
}
