#include "actors/supervisor.hpp"

#include "actors/book.hpp"
#include "actors/cluster/refusals.hpp"
#include "actors/errors.hpp"
#include "actors/guarded.hpp"
#include "actors/logging.hpp"
#include "actors/node_metrics.hpp"
#include "base/names.hpp"

#include <algorithm>
#include <functional>

namespace daybook::actors {

namespace {

log_scan scan_of(const recovered_book& book) {
  return {.directory = book.directory,
          .name = book.name,
          .chart = book.machine.chart_of_accounts(),
          .id = book.machine.id(),
          .last = book.machine.durable_seq(),
          .indexed = {},
          .live = book.log ? book.log->places() : nullptr};
}

/// The same one for a book every time.
template <class Worker>
Worker pick(const std::vector<Worker>& workers, const std::string& book) {
  return workers[std::hash<std::string>{}(book) % workers.size()];
}

} // namespace

supervisor_state::supervisor_state(supervisor_impl::pointer self,
                                   std::shared_ptr<const environment> env, worker_pool workers,
                                   std::vector<std::string> books_on_disk,
                                   const std::vector<std::string>& in_doubt)
    : self_(self), env_(std::move(env)), workers_(std::move(workers)), news_(self) {
  for (auto& book : books_on_disk)
    books_[std::move(book)].on_disk = true;
  for (auto& book : in_doubt)
    if (auto known = books_.find(book); known != books_.end())
      known->second.is_leaving = known->second.is_in_doubt = true;
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
}

supervisor_impl::behavior_type supervisor_state::make_behavior() {
  return {
      [this](atom::open, const std::string& book, open_mode mode) { return on_open(book, mode); },
      [this](atom::await, const std::string& book) { return on_await(book); },
      [this](atom::restart, const std::string& book) { return on_restart(book); },
      [this](atom::books) { return on_books(); },
      [this](atom::subscribe, const supervision_listener& who) { return on_subscribe(who); },
      [this](atom::stop, const std::string& book) { return on_stop_book(book); },
      [this](atom::stop) { return on_stop(); },
      [this](atom::status) -> caf::result<bool> {
        return stopping_.empty() ? caf::result<bool>{true} : to_caf(is_stopping());
      },
      [this](atom::cluster) { return on_cluster(); },
      [this](atom::holdings) { return on_holdings(); },
      [this](atom::release, const std::string& book, bool only_asked) {
        return on_release(book, only_asked);
      },
      [this](atom::keep, const std::string& book) { return on_keep(book); },
      [this](atom::forget, const std::string& book) { return on_forget(book); },
      [this](atom::announce, const std::string& book, bool comes) {
        return on_announce(book, comes);
      },
      [this](atom::adopt, const std::string& book, const opened_book& opened) {
        return on_adopt(book, opened);
      },
      [this](atom::metrics) { return env_->metrics->statistics(); },
  };
}

// -- opening ------------------------------------------------------------------------------------

caf::result<book_actor> supervisor_state::on_open(const std::string& book, open_mode mode) {
  if (auto valid = check_book_name(book); !valid)
    return to_caf(std::move(valid.error()));
  if (!stopping_.empty())
    return to_caf(is_stopping());
  if (!books_.contains(book))
    look_for_books();
  if (auto refused = is_elsewhere(book))
    return to_caf(std::move(*refused));
  auto known = books_.find(book);
  if (known != books_.end() && known->second.is_arriving)
    return to_caf(is_in_doubt(book));
  if (mode == open_mode::existing && (known == books_.end() || !known->second.on_disk))
    return to_caf({ec::not_found,
                   "there is no book '" + book + "': the first write to it creates it",
                   {{"what", book}}});
  if (env_->options.read_only && known == books_.end())
    return to_caf(
        {ec::read_only, "there is no book '" + book + "', and the node was opened to be read"});
  auto& entry = books_[book];
  if (is_there(entry))
    return entry.running;
  if (is_resting(entry))
    return to_caf(*entry.refusal);
  if (entry.next_try)
    return to_caf(restarting(entry));
  if (entry.is_in_doubt)
    return to_caf(is_in_doubt(book));
  if (entry.opening.size() >= waiting_max)
    return to_caf(too_many_wait(book));
  entry.opening.push_back(self_->make_response_promise<book_actor>());
  auto answer = entry.opening.back();
  if (entry.running || entry.recovering || entry.is_leaving)
    return answer;
  if (entry.has_run)
    recover_again(book);
  else
    recover(book, mode == open_mode::create && !entry.on_disk);
  return answer;
}

caf::result<book_actor> supervisor_state::on_await(const std::string& book) {
  if (auto refused = is_elsewhere(book))
    return to_caf(std::move(*refused));
  auto known = books_.find(book);
  if (known != books_.end() && known->second.is_arriving)
    return to_caf(is_in_doubt(book));
  if (known == books_.end() || !known->second.on_disk)
    return to_caf({ec::not_found, "there is no book '" + printable(book) + "'", {{"what", book}}});
  auto& entry = known->second;
  if (is_failed(entry))
    return to_caf(*entry.refusal);
  if (entry.is_in_doubt)
    return to_caf(is_in_doubt(book));
  auto is_ending = !entry.stopping.empty() || !stopping_.empty();
  if (is_there(entry) && !is_ending)
    return entry.running;
  auto comes_back = entry.recovering || entry.next_try || entry.ends_to_restart || entry.is_leaving;
  // Followers wait for a node of a cluster that ends, as for one that is killed.
  if (is_ending && !stopping_.empty() && env_->cluster)
    return to_caf(is_ending_node());
  if (is_ending || !comes_back)
    return to_caf(was_stopped(book));
  if (entry.awaiting.size() >= waiting_max)
    return to_caf(too_many_wait(book));
  entry.awaiting.push_back(self_->make_response_promise<book_actor>());
  return entry.awaiting.back();
}

/// Where only others write, they may have made books since. Blocks on a listing: on such a node
/// nobody's write waits for the thread.
void supervisor_state::look_for_books() {
  if (!env_->options.read_only)
    return;
  auto found = env_->directory->books();
  if (!found)
    logger()->error("event=books_not_listed reason=\"{}\"", to_string(found.error()));
  else
    for (auto& book : *found)
      books_[std::move(book)].on_disk = true;
}

/// Not on the disk that will write the book: reading a long log would keep its other books waiting.
void supervisor_state::recover(const std::string& book, bool create) {
  books_[book].recovering = true;
  auto opener = pick(workers_.openers, book);
  // No timeout: how long recovery takes depends on the log, and an opener always answers.
  auto to_read = is_failed(books_[book]);
  self_->request(opener, caf::infinite, atom::open_v, open_job{book, create, to_read})
      .then([this, book](const opened_book& opened) { on_recovered(book, opened); },
            [this, book](const caf::error& reason) { on_not_recovered(book, reason); });
}

/// A book that has run: its disk may still be letting go of its last job, and with that of the log
/// and the lock. It has when it answers a later one.
void supervisor_state::recover_again(const std::string& book) {
  books_[book].recovering = true;
  // No timeout: a disk always answers.
  self_->request(neighbours_of(book).disk, caf::infinite, atom::close_v, close_job{})
      .then([this, book] { recover(book, false); },
            [this, book](const caf::error& reason) { on_not_recovered(book, reason); });
}

void supervisor_state::on_recovered(const std::string& book, const opened_book& opened) {
  auto& entry = books_[book];
  // It was to be read when it was asked for, and is to be written now: somebody restarted it by
  // hand.
  auto can_write = opened.book->log != nullptr;
  if (!can_write && !env_->options.read_only && !is_failed(entry))
    return recover_again(book);
  // The node may have been removed meanwhile.
  if (auto refused = is_elsewhere(book))
    return on_not_recovered(book, to_caf(std::move(*refused)));
  auto neighbours = neighbours_of(book);
  auto spawned = guarded([&]() -> result<book_actor> {
    return self_->spawn<book_impl::stateful_impl<book_state>, caf::monitored>(
        env_, neighbours, opened.book, entry.refusal);
  });
  if (!spawned)
    return on_not_recovered(book, to_caf(std::move(spawned.error())));
  auto& actor = *spawned;
  if (env_->index)
    start_index(book, neighbours.indexer,
                follow_job{caf::actor_cast<feed_actor>(actor), scan_of(*opened.book)});
  entry.running = std::move(actor);
  ++open_books_;
  entry.recovering = false;
  entry.on_disk = entry.has_run = true;
  entry.epoch = opened.book->machine.epoch();
  logger()->info("book={} event=opened epoch={} seq={} batches={}", book, entry.epoch.value(),
                 opened.book->machine.durable_seq().value(), opened.book->report.batches);
  on_running(book, entry);
  look_for_rest_later();
  for (auto& waiting : std::exchange(entry.opening, {}))
    waiting.deliver(entry.running);
  if (!stopping_.empty() || !entry.stopping.empty())
    stop(entry.running);
}

/// A request, for an error in answer to a mere message would end the supervisor. The indexer has
/// told the book already that it goes without.
void supervisor_state::start_index(const std::string& book, const indexer_actor& indexer,
                                   follow_job job) {
  self_->request(indexer, caf::infinite, atom::follow_v, std::move(job))
      .then([] {},
            [book](const caf::error& reason) {
              logger()->error("book={} event=not_indexed reason=\"{}\"", book,
                              to_string(from_caf(reason, ec::io)));
            });
}

void supervisor_state::on_not_recovered(const std::string& book, const caf::error& reason) {
  auto why = from_caf(reason, ec::io);
  logger()->error("book={} event=not_opened reason=\"{}\"", book, to_string(why));
  auto known = books_.find(book);
  auto& entry = known->second;
  entry.recovering = false;
  auto stopping = std::exchange(entry.stopping, {});
  if (!stopping.empty() || !stopping_.empty())
    entry.is_down = false;
  for (auto& promise : stopping)
    promise.deliver();
  if (entry.is_down)
    return on_failed(book, entry, why);
  note_failure(entry, why);
  let_rest(entry);
  refuse_waiting(entry, is_failed(entry) ? *entry.refusal : why);
  // A creation may have failed after it was durable: then the node has the book, and says so.
  auto kind = env_->storage->kind(env_->directory->book_directory(book));
  entry.on_disk = entry.on_disk || !kind || *kind != log::entry_kind::none;
  if (!entry.on_disk)
    books_.erase(known);
  stop_workers_when_idle();
}

// -- what there is ------------------------------------------------------------------------------

bool supervisor_state::has(const std::string& book) const {
  auto known = books_.find(book);
  return known != books_.end() && is_held(known->second);
}

/// A book that is here is served here, wherever it belongs: who has the log is the owner. But a
/// node that was removed has given its books up: others may have books of their names by now.
std::optional<error> supervisor_state::is_elsewhere(const std::string& book) const {
  if (!env_->cluster)
    return std::nullopt;
  auto picture = env_->cluster->now();
  if (!picture)
    return has(book) ? std::nullopt : std::optional{is_starting(*env_)};
  if (has(book) && picture->is_member())
    return std::nullopt;
  return refusal_of(picture->place(book), book, *picture);
}

caf::result<cluster_actor> supervisor_state::on_cluster() const {
  if (!workers_.cluster_desk)
    return to_caf({ec::not_found, "the node is in no cluster", {{"what", "cluster"}}});
  return workers_.cluster_desk;
}

std::vector<std::string> supervisor_state::on_holdings() const {
  std::vector<std::string> names;
  for (auto& [name, entry] : books_)
    if (is_held(entry))
      names.push_back(name);
  return names;
}

std::vector<book_info> supervisor_state::on_books() {
  look_for_books();
  std::vector<book_info> infos;
  for (auto& [name, entry] : books_)
    if (entry.on_disk)
      infos.push_back({name,
                       entry.running != nullptr,
                       phase_of(entry),
                       entry.restarts,
                       entry.last_failure,
                       entry.failed_at,
                       {}});
  return infos;
}

caf::result<void> supervisor_state::on_subscribe(const supervision_listener& who) {
  if (!news_.add(who))
    return to_caf(
        {ec::overloaded,
         "as many listen to this node as may",
         {{"what", "listeners"}, {"limit", std::to_string(supervision_news::listeners_max)}}});
  return caf::unit;
}

// -- stopping -----------------------------------------------------------------------------------

caf::result<void> supervisor_state::on_stop_book(const std::string& book) {
  if (auto refused = has(book) ? std::nullopt : is_elsewhere(book))
    return to_caf(std::move(*refused));
  auto known = books_.find(book);
  if (known == books_.end())
    return to_caf({ec::not_found, "there is no book '" + printable(book) + "'", {{"what", book}}});
  auto& entry = known->second;
  if (!entry.running && !entry.recovering) {
    entry.is_leaving ? refuse_waiting(entry, was_stopped(book)) : stop_trying(book, entry);
    return caf::unit;
  }
  if (std::exchange(entry.ends_to_restart, false))
    refuse_waiting(entry, was_stopped(book));
  entry.stopping.push_back(self_->make_response_promise<void>());
  auto answer = entry.stopping.back();
  if (entry.running && entry.stopping.size() == 1)
    stop(entry.running);
  return answer;
}

caf::result<void> supervisor_state::on_stop() {
  stopping_.push_back(self_->make_response_promise<void>());
  auto answer = stopping_.back();
  auto& options = env_->options;
  auto saves = options.snapshot_at_end && options.snapshot_events > 0 && !options.read_only &&
               stopping_.size() == 1;
  for (auto& [name, entry] : books_) {
    if (!entry.running)
      stop_trying(name, entry);
    else
      saves && !entry.refusal ? save_and_stop(entry.running) : stop(entry.running);
  }
  stop_workers_when_idle();
  return answer;
}

/// A request, as in `start_index`. The end of the book is what those who wait are told of.
void supervisor_state::stop(const book_actor& book) {
  self_->request(book, caf::infinite, atom::stop_v).then([] {}, [](const caf::error&) {});
}

/// A snapshot that cannot be written is done without: what is accepted is in the log.
void supervisor_state::save_and_stop(const book_actor& book) {
  auto end = [this, book] { stop(book); };
  auto end_all_the_same = [end](const caf::error&) { end(); };
  // No timeouts: a book answers or ends, and so does its keeper.
  self_->request(caf::actor_cast<book_impl>(book), caf::infinite, atom::rest_v, false)
      .then(
          [=, this](bool, bool has_news) {
            if (!has_news)
              return end();
            self_->request(book, caf::infinite, atom::snapshot_v)
                .then([end](const snapshot_info&) { end(); }, end_all_the_same);
          },
          end_all_the_same);
}

void supervisor_state::stop_workers_when_idle() {
  auto busy = [](auto& known) { return known.second.running || known.second.recovering; };
  if (stopping_.empty() || workers_ending_ > 0 || std::ranges::any_of(books_, busy))
    return;
  auto stop = [this](auto& worker) {
    ++workers_ending_;
    self_->monitor(worker);
    self_->send_exit(worker, caf::exit_reason::user_shutdown);
  };
  std::ranges::for_each(workers_.disks, stop);
  std::ranges::for_each(workers_.openers, stop);
  std::ranges::for_each(workers_.readers, stop);
  std::ranges::for_each(workers_.finders, stop);
  std::ranges::for_each(workers_.indexers, stop);
  std::ranges::for_each(workers_.keepers, stop);
  std::ranges::for_each(workers_.cursor_keepers, stop);
  if (workers_.cluster_desk) {
    stop(workers_.cluster_desk);
    stop(workers_.dialer);
    stop(workers_.carrier);
    stop(workers_.intake);
  }
}

/// Nobody else has the data directory any more, so letting go of it unlocks it.
void supervisor_state::end() {
  workers_ = {};
  env_ = nullptr;
  for (auto& waiting : std::exchange(stopping_, {}))
    waiting.deliver();
  self_->quit(caf::exit_reason::user_shutdown);
}

/// The same ones every time: a disk that has a book's log open is the only one that may touch it.
book_neighbours supervisor_state::neighbours_of(const std::string& book) const {
  return {.disk = pick(workers_.disks, book),
          .reader = pick(workers_.readers, book),
          .finder = pick(workers_.finders, book),
          .indexer = pick(workers_.indexers, book),
          .keeper = pick(workers_.keepers, book),
          .cursor_keeper = pick(workers_.cursor_keepers, book),
          .supervisor = self_->address()};
}

} // namespace daybook::actors
