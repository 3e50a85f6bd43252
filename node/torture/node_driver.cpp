#include "node/torture/node_driver.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

namespace daybook::node::torture {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

/// A node that needs longer has a bug; opening a book is not part of it.
constexpr std::chrono::minutes patience{2};
/// Reads on a full disk, writes when it has room again: a node looks for room every second or,
/// after a long time, every thirty.
constexpr std::chrono::seconds full_disk_patience{30};
/// How often somebody looks whether the node has ended by itself.
constexpr milliseconds watch_interval{50};
/// A small disk with less room than this share is left to readers.
constexpr std::uint64_t room_share = 4;

void remove_snapshots(const std::string& data) {
  std::error_code ignored;
  for (auto& entry : fs::recursive_directory_iterator{data + "/books", ignored})
    if (entry.path().filename().string().starts_with("snapshot-"))
      fs::remove(entry.path(), ignored);
}

} // namespace

node_driver::node_driver(setup options, node_board& board)
    : setup_(std::move(options)), board_(board), events_(setup_.events) {}

void node_driver::complain(std::string what, std::string detail) {
  note(what);
  found_.add({std::move(what), setup_.name, std::move(detail)});
}

void node_driver::note(const std::string& event) { events_.add(event); }

// -- phases ---------------------------------------------------------------------------------------

void node_driver::run() {
  start();
  enter(phase::idle);
  // The faults may be over before this thread has seen them begin.
  if (wait_while(phase::idle) != phase::ending) {
    run_steps();
    wait_while(phase::faults);
    if (!process_)
      start();
    enter(phase::settled);
    wait_while(phase::settled);
  }
  stop_in_order();
}

void node_driver::run_steps() {
  auto began = steady::now();
  for (auto& x : setup_.steps) {
    if (!wait_until(began + x.at))
      return;
    perform(x);
  }
}

/// Whoever wants it to end has the last word.
void node_driver::enter(phase x) {
  {
    std::lock_guard guard{mutex_};
    if (phase_ != phase::ending)
      phase_ = x;
  }
  changed_.notify_all();
}

/// Gives the phase that followed.
node_driver::phase node_driver::wait_while(phase x) {
  std::unique_lock guard{mutex_};
  while (!changed_.wait_for(guard, watch_interval, [&] { return phase_ != x; })) {
    guard.unlock();
    watch();
    guard.lock();
  }
  return phase_;
}

/// False when the faults were over before.
bool node_driver::wait_until(steady::time_point when) {
  std::unique_lock guard{mutex_};
  while (phase_ == phase::faults && steady::now() < when) {
    auto next = std::min(when, steady::now() + watch_interval);
    if (changed_.wait_until(guard, next, [&] { return phase_ != phase::faults; }))
      break;
    guard.unlock();
    watch();
    guard.lock();
  }
  return phase_ == phase::faults;
}

void node_driver::begin_faults() { enter(phase::faults); }

void node_driver::end_faults() {
  enter(phase::settling);
  std::unique_lock guard{mutex_};
  changed_.wait(guard, [&] { return phase_ == phase::settled || phase_ == phase::ending; });
}

void node_driver::end() { enter(phase::ending); }

bool node_driver::wait_until_up() {
  std::unique_lock guard{mutex_};
  changed_.wait(guard, [&] { return phase_ != phase::starting; });
  return board_.current().where.has_value();
}

// -- the node -------------------------------------------------------------------------------------

void node_driver::start() {
  note("starting");
  board_.is_starting(now());
  auto node = start_node(setup_.command);
  if (!node)
    return complain("node_did_not_start", node.error().message());
  process_ = std::move(*node);
  board_.runs_as(process_->pid());
  auto where = listening_address(*process_, patience);
  if (!where) {
    auto code = process_->wait(watch_interval);
    process_.reset();
    return complain("node_did_not_start",
                    fmt::format("{}, exit code {}; its log is {}", where.error().message(),
                                code ? std::to_string(*code) : "unknown", setup_.command.log));
  }
  note("up");
  board_.is_up(*where);
}

/// Finds out when a node ends that nobody has ended. While its disk is full it could not start.
void node_driver::watch() {
  watch_room();
  if (!process_ || !process_->ended())
    return;
  auto code = *process_->ended();
  board_.is_down();
  process_.reset();
  complain("node_ended", fmt::format("the node ended by itself with exit code {}; its log is {}",
                                     code, setup_.command.log));
  if (!disk_is_full_)
    start();
}

void node_driver::watch_room() {
  if (setup_.disk)
    board_.allow_writes(disk_is_full_ ||
                        setup_.disk->free_bytes() > setup_.disk->bytes() / room_share);
}

void node_driver::stop_in_order() {
  if (!process_)
    return;
  process_->send(SIGTERM);
  auto code = process_->wait(patience);
  if (code != 0)
    complain("no_clean_end", fmt::format("asked to end, the node {}; its log is {}",
                                         code ? "had exit code " + std::to_string(*code)
                                              : "did not within two minutes",
                                         setup_.command.log));
  board_.is_down();
  process_.reset();
}

// -- what is done to it ---------------------------------------------------------------------------

void node_driver::perform(const step& x) {
  if (!process_)
    start();
  if (!process_)
    return;
  note(std::string{to_string(x.what)});
  ++done_[x.what];
  switch (x.what) {
  case fault::kill:
    kill();
    board_.is_down();
    return start();
  case fault::pause:
    return pause(x);
  case fault::restart:
    return restart();
  case fault::full_disk:
    return fill_disk(x);
  case fault::lose_index:
    return lose(true, false);
  case fault::lose_snapshots:
    return lose(false, true);
  case fault::partition:
  case fault::move:
    return; // of a cluster: cluster_faults
  }
}

void node_driver::kill() {
  auto at = now();
  process_->kill();
  process_.reset();
  board_.was_killed(at, now());
}

void node_driver::pause(const step& x) {
  process_->send(SIGSTOP);
  wait_until(steady::now() + x.lasting);
  if (process_)
    process_->send(SIGCONT);
}

void node_driver::restart() {
  stop_in_order();
  start();
}

/// What is full is still read, and written by itself when it is not full any more.
void node_driver::fill_disk(const step& x) {
  if (!setup_.disk)
    return;
  disk_is_full_ = true;
  if (auto filled = setup_.disk->fill(); !filled)
    complain("disk_not_filled", filled.error().message());
  wait_until(steady::now() + x.lasting);
  expect("no_reads_on_a_full_disk", &node_board::all_read_since);
  setup_.disk->free();
  disk_is_full_ = false;
  note("room again");
  if (!process_)
    return start();
  watch_room();
  expect("no_writes_with_room_again", &node_board::all_written_since);
}

/// Waits until clients have had of every book what they must have, also when the faults are over
/// meanwhile: the clients go on until this driver has settled.
void node_driver::expect(const char* missing, bool (node_board::*all_since)(instant) const) {
  auto since = now();
  auto deadline = steady::now() + full_disk_patience;
  while (process_ && board_.may_write() && !(board_.*all_since)(since)) {
    if (steady::now() > deadline)
      return complain(missing, fmt::format("for {} s; its log is {}", full_disk_patience.count(),
                                           setup_.command.log));
    std::this_thread::sleep_for(watch_interval);
    watch();
  }
}

void node_driver::lose(bool index, bool snapshots) {
  kill();
  board_.is_down();
  std::error_code ignored;
  if (index)
    fs::remove_all(setup_.command.data + "/index", ignored);
  if (snapshots)
    remove_snapshots(setup_.command.data);
  start();
}

} // namespace daybook::node::torture
