#include "node/torture/cluster_faults.hpp"

#include "node/torture/book_moves.hpp"
#include "node/torture/partitions.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace daybook::node::torture {

namespace {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

/// Streams of the seed that belong to nobody else.
constexpr std::uint64_t partition_stream = std::uint64_t{1} << 40;
constexpr std::uint64_t move_stream = partition_stream + 1;

milliseconds until(steady::time_point when) {
  return std::chrono::duration_cast<milliseconds>(when - steady::now());
}

} // namespace

cluster_faults::cluster_faults(setup options, network& net)
    : setup_(std::move(options)), network_(net), events_(setup_.events) {}

void cluster_faults::begin() {
  cutting_ = std::thread{[this] { cut_again_and_again(); }};
  moving_ = std::thread{[this] { move_again_and_again(); }};
}

void cluster_faults::end() {
  wait_.interrupt();
  for (auto* thread : {&cutting_, &moving_})
    if (thread->joinable())
      thread->join();
}

void cluster_faults::cut_again_and_again() {
  auto chance = seeded::stream(setup_.options.seed, partition_stream);
  auto nodes = static_cast<std::uint32_t>(setup_.nodes.size());
  auto began = steady::now();
  for (auto& x : schedule_of(setup_.options, fault::partition)) {
    auto what = draw_partition(chance, nodes);
    if (!wait_.wait_for(until(began + x.at)))
      return;
    ++done_[fault::partition];
    events_.add(to_string(what));
    network_.cut(what.routes(nodes), what.how);
    auto goes_on = wait_.wait_for(x.lasting);
    network_.heal();
    events_.add("healed");
    if (!goes_on)
      return;
  }
}

/// One after the other: a move that takes long puts off the next one.
void cluster_faults::move_again_and_again() {
  auto chance = seeded::stream(setup_.options.seed, move_stream);
  auto began = steady::now();
  for (auto& x : schedule_of(setup_.options, fault::move)) {
    auto& book = setup_.books[chance.below(setup_.books.size())];
    auto& to = setup_.nodes[chance.below(setup_.nodes.size())];
    auto through = static_cast<party>(chance.below(setup_.nodes.size()));
    if (!wait_.wait_for(until(began + x.at)))
      return;
    move(book, to, through);
  }
}

void cluster_faults::move(const std::string& book, const std::string& to, party through) {
  ++done_[fault::move];
  events_.add(fmt::format("move {} to {} through node-{}", book, to, through));
  auto moved = setup_.move(network_.address_of(through), book, to);
  ++(moved ? moves_.done : moves_.refused);
  auto said = moved ? std::string{"done"} : std::string{to_string(moved.error().code())};
  events_.add(fmt::format("move of {}: {}", book, said));
  if (!moved && !is_clean_refusal(moved.error()))
    found_.add({"move_failed", book,
                fmt::format("asked to move it to {}, node-{} said {}", to, through,
                            to_string(moved.error()))});
}

} // namespace daybook::node::torture
