#include "node/torture/cluster_session.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace daybook::node::torture {

namespace {

/// Between two tries to reach a book; whoever cannot tell when it is there again asks often.
constexpr std::chrono::milliseconds short_pause{10};

} // namespace

const book_client* cluster_session::open() {
  if (opened_)
    return &*opened_;
  auto opened = through_.book(book_, actors::open_mode::existing);
  if (!opened) {
    problem_ = std::move(opened.error());
    pause();
    return nullptr;
  }
  return &opened_.emplace(std::move(*opened));
}

void cluster_session::pause() { std::this_thread::sleep_for(short_pause); }

} // namespace daybook::node::torture
