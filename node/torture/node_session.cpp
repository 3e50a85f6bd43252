#include "node/torture/node_session.hpp"

#include "actors/node_system.hpp"

#include <utility>

namespace daybook::node::torture {

namespace {

/// Between two tries to reach a node that is up and does not answer.
constexpr std::chrono::milliseconds short_pause{10};
/// For a node that is down; it tells when it is up again.
constexpr std::chrono::milliseconds long_pause{200};

} // namespace

result<book_client> node_session::connect(const address& where) {
  auto node = actors::connect_node(system_, where.host, where.port);
  if (!node)
    return fail(std::move(node.error()));
  client_options options;
  options.timeout = timeout_;
  // The history tells what each attempt came to.
  options.retry_budget = {};
  return client{system_, std::move(*node), options}.book(book_, actors::open_mode::existing);
}

const book_client* node_session::open() {
  auto place = board_.current();
  if (client_ && place.version == version_)
    return &*client_;
  drop();
  if (!place.where) {
    board_.wait_for_change(place.version, long_pause);
    return nullptr;
  }
  auto opened = connect(*place.where);
  if (!opened) {
    problem_ = std::move(opened.error());
    board_.wait_for_change(place.version, short_pause);
    return nullptr;
  }
  client_ = std::move(*opened);
  version_ = place.version;
  board_.answered(number_, now());
  return &*client_;
}

void node_session::pause() { board_.wait_for_change(version_, short_pause); }

} // namespace daybook::node::torture
