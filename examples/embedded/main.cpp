// A program with a ledger inside: it opens a data directory, and an actor of its own keeps a book
// there. No server, no configuration.
//
//   daybook_embedded DIRECTORY

#include "../bookkeeper.hpp"

#include "actors/node_system.hpp"

int main(int argc, char** argv) {
  using namespace daybook;

  if (argc != 2) {
    std::cerr << "usage: daybook_embedded DIRECTORY\n";
    return 2;
  }
  auto system = actors::node_system::start();
  actors::node_options options;
  options.data = argv[1];
  auto node = actors::spawn_node(system->get(), options);
  if (!node) {
    std::cerr << to_string(node.error()) << '\n';
    return 1;
  }
  caf::scoped_actor self{system->get()};
  self->wait_for(system->get().spawn(bookkeeper, *node));

  // Closes the books and unlocks the directory.
  self->request(*node, caf::infinite, actors::atom::stop_v)
      .receive([] {}, [](const caf::error& reason) { std::cerr << to_string(reason) << '\n'; });
}
