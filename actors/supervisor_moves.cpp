// What a supervisor does with a book that moves between nodes (docs/decisions/0024).

#include "actors/cluster/refusals.hpp"
#include "actors/errors.hpp"
#include "actors/logging.hpp"
#include "actors/supervisor.hpp"
#include "base/names.hpp"

#include <chrono>
#include <utility>

namespace daybook::actors {

namespace {

/// Whoever asks for a book that is being handed over waits for so long.
constexpr caf::timespan handover_wait = std::chrono::seconds{5};

} // namespace

/// It stays closed from here on: what it accepted is durable, and its files are as they will be.
caf::result<void> supervisor_state::on_release(const std::string& book, bool only_asked) {
  auto known = books_.find(book);
  if (known == books_.end() || !known->second.on_disk)
    return to_caf({ec::not_found, "there is no book '" + printable(book) + "'", {{"what", book}}});
  auto& entry = known->second;
  auto is_changing = entry.recovering || entry.next_try || entry.is_leaving ||
                     !entry.stopping.empty() || entry.ends_to_restart;
  if (is_changing || is_failed(entry) || !stopping_.empty())
    return to_caf({ec::busy,
                   "the book '" + book + "' is not in order now, or is being opened or closed",
                   {{"what", book}}});
  if (only_asked)
    return caf::unit;
  entry.is_leaving = true;
  entry.leaving = self_->make_response_promise<void>();
  auto answer = entry.leaving;
  entry.running ? stop(entry.running) : on_closed_to_leave(book, entry);
  return answer;
}

/// The disk and the keeper of its cursors may still be at a job of the book: they have done with it
/// when they answer a later one.
void supervisor_state::on_closed_to_leave(const std::string& book, entry& x) {
  x.refusal.reset();
  doubt_later(book, x);
  auto neighbours = neighbours_of(book);
  auto gone = [this, book](const caf::error& reason) {
    auto& entry = books_[book];
    if (entry.leaving.pending())
      entry.leaving.deliver(reason);
    stay(book, entry);
  };
  auto closed = [this, book] {
    auto& entry = books_[book];
    if (entry.leaving.pending())
      entry.leaving.deliver();
  };
  cursor_job look{.scan = {.directory = env_->directory->book_directory(book),
                           .name = book,
                           .chart = nullptr,
                           .id = {},
                           .last = {},
                           .indexed = {},
                           .live = nullptr},
                  .asked = {},
                  .position = {}};
  // No timeouts: both answer every job.
  self_->request(neighbours.disk, caf::infinite, atom::close_v, close_job{})
      .then(
          [=, this] {
            self_->request(neighbours.cursor_keeper, caf::infinite, atom::cursors_v, look)
                .then([closed](const std::vector<cursor_info>&) { closed(); },
                      [closed](const caf::error&) { closed(); });
          },
          gone);
}

/// Nobody waits for another node for longer than calls are waited for.
void supervisor_state::doubt_later(const std::string& book, entry& x) {
  x.timer.dispose();
  x.timer = self_->run_delayed(handover_wait, [this, book] {
    auto known = books_.find(book);
    if (known == books_.end() || !known->second.is_leaving)
      return;
    known->second.is_in_doubt = true;
    refuse_waiting(known->second, is_in_doubt(book));
  });
}

caf::result<void> supervisor_state::on_keep(const std::string& book) {
  if (auto known = books_.find(book); known != books_.end() && known->second.is_leaving)
    stay(book, known->second);
  return caf::unit;
}

void supervisor_state::stay(const std::string& book, entry& x) {
  x.is_leaving = x.is_in_doubt = false;
  x.timer.dispose();
  if (!stopping_.empty())
    refuse_waiting(x, was_stopped(book));
  else if (!x.opening.empty() || !x.awaiting.empty())
    recover_again(book);
}

/// Who waits for it is sent to where it is.
caf::result<void> supervisor_state::on_forget(const std::string& book) {
  auto known = books_.find(book);
  if (known == books_.end() || !known->second.is_leaving)
    return caf::unit;
  auto entry = std::move(known->second);
  books_.erase(known);
  entry.timer.dispose();
  tell(book, entry, supervision::stopped);
  refuse_waiting(entry, is_elsewhere(book).value_or(is_disputed(book)));
  stop_workers_when_idle();
  return caf::unit;
}

/// Listed before it is here: a map that the node adopts from now on finds the book in its report.
caf::result<void> supervisor_state::on_announce(const std::string& book, bool comes) {
  auto known = books_.find(book);
  auto is_here = known != books_.end() && (known->second.on_disk || known->second.recovering);
  if (comes && is_here)
    return to_caf({ec::already_exists, "there is a book '" + book + "' already", {{"what", book}}});
  if (comes)
    books_[book].is_arriving = true;
  else if (known != books_.end() && known->second.is_arriving)
    books_.erase(known);
  return caf::unit;
}

caf::result<void> supervisor_state::on_adopt(const std::string& book, const opened_book& opened) {
  auto& entry = books_[book];
  entry.is_arriving = false;
  entry.on_disk = true;
  if (!opened.book || !stopping_.empty() || entry.running || entry.recovering)
    return caf::unit;
  entry.recovering = true;
  on_recovered(book, opened);
  return caf::unit;
}

error supervisor_state::is_in_doubt(const std::string& book) const {
  return {ec::unavailable,
          "the book '" + book +
              "' is being handed over to another node: nothing was accepted, send again",
          {{"what", book}, {"retry_after_us", "200000"}}};
}

} // namespace daybook::actors
