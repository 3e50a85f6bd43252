#include "node/torture/node_board.hpp"

#include <algorithm>
#include <utility>

namespace daybook::node::torture {

void node_board::change(std::optional<address> where) {
  {
    std::lock_guard guard{mutex_};
    place_.where = std::move(where);
    ++place_.version;
  }
  changed_.notify_all();
}

void node_board::is_starting(instant at) {
  std::lock_guard guard{mutex_};
  starts_.push_back(at);
  for (auto& book : books_)
    book.started = at;
}

void node_board::runs_as(pid_t process) {
  std::lock_guard guard{mutex_};
  process_ = process;
}

pid_t node_board::process() const {
  std::lock_guard guard{mutex_};
  return process_;
}

void node_board::is_up(address where) { change(std::move(where)); }
void node_board::is_down() { change({}); }

void node_board::was_killed(instant at, instant gone) {
  std::lock_guard guard{mutex_};
  for (auto& book : books_) {
    book.killed = at;
    book.gone = gone;
  }
}

void node_board::allow_writes(bool allowed) {
  std::lock_guard guard{mutex_};
  may_write_ = allowed;
}

bool node_board::all_read_since(instant at) const {
  std::lock_guard guard{mutex_};
  return std::ranges::all_of(books_, [at](auto& x) { return x.last_read > at; });
}

bool node_board::all_written_since(instant at) const {
  std::lock_guard guard{mutex_};
  return std::ranges::all_of(books_, [at](auto& x) { return x.last_written > at; });
}

node_board::place node_board::current() const {
  std::lock_guard guard{mutex_};
  return place_;
}

void node_board::wait_for_change(std::uint64_t version, std::chrono::milliseconds timeout) const {
  std::unique_lock guard{mutex_};
  changed_.wait_for(guard, timeout, [&] { return place_.version != version; });
}

bool node_board::may_write() const {
  std::lock_guard guard{mutex_};
  return may_write_;
}

void node_board::answered(std::size_t book, instant at) {
  std::lock_guard guard{mutex_};
  if (auto started = std::exchange(books_[book].started, std::nullopt))
    times_.start_to_answer.add(static_cast<std::uint64_t>(at - *started));
}

void node_board::read(std::size_t book, instant sent, instant at) {
  record_.answered(book, at);
  std::lock_guard guard{mutex_};
  auto& last = books_[book].last_read;
  last = std::max(last, sent);
}

void node_board::written(std::size_t book, instant sent, instant at) {
  record_.answered(book, at);
  std::lock_guard guard{mutex_};
  auto& last = books_[book].last_written;
  last = std::max(last, sent);
  auto& killed = books_[book].killed;
  if (!killed || sent < books_[book].gone)
    return;
  times_.kill_to_write.add(static_cast<std::uint64_t>(at - *killed));
  killed.reset();
}

recovery_times node_board::times() const {
  std::lock_guard guard{mutex_};
  return times_;
}

std::vector<instant> node_board::starts() const {
  std::lock_guard guard{mutex_};
  return starts_;
}

} // namespace daybook::node::torture
