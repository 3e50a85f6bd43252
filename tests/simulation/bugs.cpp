#include "tests/simulation/bugs.hpp"

#include "actors/errors.hpp"
#include "actors/reads/log_walk.hpp"
#include "log/event_list.hpp"
#include "log/snapshot_catalog.hpp"
#include "log/snapshot_reader.hpp"
#include "log/snapshot_writer.hpp"
#include "protocol/event_codec.hpp"
#include "protocol/snapshot_codec.hpp"
#include "tests/simulation/interposing.hpp"
#include "tests/simulation/request.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace daybook::simulation {

using namespace actors;

namespace {

bool is_segment(const std::string& path) { return path.ends_with(".log"); }

// -- storages that lie --------------------------------------------------------------------------

/// Wraps each file that is opened.
template <class File>
class storage_of final : public passing_storage {
public:
  using passing_storage::passing_storage;

  result<std::unique_ptr<log::file>> open(const std::string& path, log::open_mode mode) override {
    auto opened = passing_storage::open(path, mode);
    if (!opened || !is_segment(path))
      return opened;
    return std::make_unique<File>(std::move(*opened));
  }
};

/// Says that it has synced, and does so before the next write.
class late_file final : public passing_file {
public:
  using passing_file::passing_file;

  result<void> write_at(std::uint64_t offset, byte_span bytes) override {
    if (std::exchange(is_late_, false))
      if (auto synced = passing_file::sync(); !synced)
        return synced;
    return passing_file::write_at(offset, bytes);
  }

  result<void> sync() override {
    is_late_ = true;
    return {};
  }

private:
  bool is_late_ = false;
};

class deaf_file final : public passing_file {
public:
  using passing_file::passing_file;

  result<void> sync() override {
    (void)passing_file::sync();
    return {};
  }
};

class careless_file final : public passing_file {
public:
  using passing_file::passing_file;

  result<void> write_at(std::uint64_t offset, byte_span bytes) override {
    (void)passing_file::write_at(offset, bytes);
    return {};
  }
};

class unsynced_names final : public passing_storage {
public:
  using passing_storage::passing_storage;

  result<void> sync_directory(const std::string&) override { return {}; }
};

class trusting_storage final : public passing_storage {
public:
  using passing_storage::passing_storage;

  result<std::unique_ptr<log::file>> open(const std::string& path, log::open_mode mode) override {
    return passing_storage::open(
        path, mode == log::open_mode::read_past_cache ? log::open_mode::read : mode);
  }
};

class lock_of_nothing final : public log::held_lock {};

class unlocked_storage final : public passing_storage {
public:
  using passing_storage::passing_storage;

  result<std::unique_ptr<log::held_lock>> lock(const std::string&) override {
    return std::make_unique<lock_of_nothing>();
  }
};

template <class Storage>
interposers with_storage() {
  interposers x;
  x.storage = [](log::storage& real) { return std::make_unique<Storage>(real); };
  return x;
}

// -- disks that lie -----------------------------------------------------------------------------

interposers with_disk(disk_lies lies) {
  interposers x;
  x.disk = [lies](caf::actor_system& system, const disk_actor& real) {
    return lying_disk(system, real, lies);
  };
  return x;
}

append_job moved(const append_job& job, std::uint64_t back) {
  auto batch = std::make_shared<batch_buffer>(*job.batch);
  batch->info.first_seq = event_seq{batch->info.first_seq.value() - back};
  return {job.book, batch};
}

/// Loses one batch in twenty, says that it is durable, and gives its seqs to the next.
interposers reuse_seq() {
  auto batches = std::make_shared<int>(0);
  disk_lies lies;
  lies.append = [batches](disk_actor::pointer self, const disk_actor& real,
                          const append_job& job) -> caf::result<appended> {
    auto missing = job.batch->info.first_seq.value() - job.book->log->last_seq().next().value();
    if (++*batches % 20 == 0)
      return appended{job.book->log->chain(), 0, 0};
    return self->delegate(real, atom::append_v, moved(job, missing));
  };
  return with_disk(lies);
}

/// Of a batch with a unit in it, all but the last event reaches the log.
interposers half_a_unit() {
  disk_lies lies;
  lies.append = [](disk_actor::pointer self, const disk_actor& real,
                   const append_job& job) -> caf::result<appended> {
    auto missing = job.batch->info.first_seq.value() - job.book->log->last_seq().next().value();
    auto less = moved(job, missing);
    log::event_list events{job.batch->payload};
    byte_buffer kept;
    std::uint32_t count = 0;
    auto has_unit = false;
    ledger::stored_event event;
    while (auto bytes = events.next()) {
      if (protocol::decode(*bytes, event))
        has_unit = has_unit || event.joined;
      if (++count < job.batch->events)
        log::append_event(kept, *bytes);
    }
    if (has_unit) {
      auto batch = std::make_shared<batch_buffer>(*less.batch);
      batch->payload = std::move(kept);
      --batch->events;
      less.batch = std::move(batch);
    }
    return self->delegate(real, atom::append_v, less);
  };
  return with_disk(lies);
}

/// An append that failed is called a success.
interposers ack_failed_append() {
  disk_lies lies;
  lies.no_append = [](const append_job& job) -> result<appended> {
    return appended{job.book->log->chain(), 0, 0};
  };
  return with_disk(lies);
}

/// One answer in thirty is lost.
interposers lost_answer() {
  auto batches = std::make_shared<int>(0);
  auto lost = std::make_shared<std::vector<disk_lies::appended_promise>>();
  disk_lies lies;
  lies.append = [=](disk_actor::pointer self, const disk_actor& real,
                    const append_job& job) -> caf::result<appended> {
    if (++*batches % 30 != 0)
      return self->delegate(real, atom::append_v, job);
    lost->push_back(self->make_response_promise<appended>());
    return lost->back();
  };
  return with_disk(lies);
}

/// A new incarnation is told that it is the old one.
interposers old_epoch() {
  interposers x;
  disk_lies lies;
  lies.opened = [](opened_book& opened) {
    auto& machine = opened.book->machine;
    if (machine.epoch().value() > 1)
      machine.start(machine.id(), writer_epoch{machine.epoch().value() - 1});
  };
  x.opener = [lies](caf::actor_system& system, const disk_actor& real) {
    return lying_disk(system, real, lies);
  };
  return x;
}

/// A job of a book that has ended reaches the log after its successor has opened it: the lock holds
/// nobody off, and the disk does not wait.
interposers stale_writer() {
  auto x = with_storage<unlocked_storage>();
  auto batches = std::make_shared<int>(0);
  auto late = std::make_shared<std::optional<append_job>>();
  auto disk = std::make_shared<simulated_disk*>(nullptr);
  disk_lies lies;
  lies.append = [=](disk_actor::pointer self, const disk_actor& real,
                    const append_job& job) -> caf::result<appended> {
    if (*late && (*late)->book != job.book)
      self->anon_send(real, atom::append_v, *std::exchange(*late, std::nullopt));
    if (++*batches % 15 != 0 || *late)
      return self->delegate(real, atom::append_v, job);
    *late = job;
    (*disk)->count_failure();
    return to_caf({ec::io, "the disk is slow"});
  };
  x.started = [late, disk](environment& env) {
    late->reset();
    *disk = &dynamic_cast<simulated_disk&>(dynamic_cast<passing_storage&>(*env.storage).real());
  };
  x.disk = [lies](caf::actor_system& system, const disk_actor& real) {
    return lying_disk(system, real, lies);
  };
  return x;
}

/// Says that some appends failed that did not.
interposers needless_failure() {
  auto batches = std::make_shared<int>(0);
  disk_lies lies;
  lies.append = [batches](disk_actor::pointer self, const disk_actor& real,
                          const append_job& job) -> caf::result<appended> {
    if (++*batches % 15 == 0)
      return to_caf({ec::io, "the disk is slow"});
    return self->delegate(real, atom::append_v, job);
  };
  return with_disk(lies);
}

/// Takes every failure of the disk for a full one.
interposers always_full() {
  disk_lies lies;
  lies.no_append = [](const append_job&) -> result<appended> {
    return fail(ec::no_space, "there is no space");
  };
  return with_disk(lies);
}

interposers never_resumed() {
  disk_lies lies;
  lies.probe = error{ec::no_space, "there is no space"};
  return with_disk(lies);
}

// -- options that are not those of the node -------------------------------------------------------

interposers with_options(void (*change)(node_options&)) {
  interposers x;
  x.started = [change](environment& env) { change(env.options); };
  return x;
}

// -- readers that lie ---------------------------------------------------------------------------

interposers with_reader(reader_lies lies, bool is_finder = false) {
  interposers x;
  (is_finder ? x.finder : x.reader) = [lies](caf::actor_system& system, const reader_actor& real) {
    return lying_reader(system, real, lies);
  };
  return x;
}

/// What the index could not find out is taken for absent.
interposers error_is_absent() {
  reader_lies lies;
  lies.no_facts = [](const facts_job& job) -> std::optional<facts_answer> {
    auto& asked = *job.asked;
    if (!asked.transactions.empty() || !asked.changes.empty() || !asked.lifecycles.empty())
      return std::nullopt; // the log is asked too
    auto known = std::make_shared<ledger::facts>();
    for (auto& key : asked.keys)
      known->keys[key] = std::nullopt;
    return facts_answer{known};
  };
  return with_reader(lies, true);
}

/// A page may end in the middle of a unit.
interposers half_visible_fence() {
  reader_lies lies;
  lies.events = [](const events_job& job, events_page& page) {
    if (page.items.size() > job.limit && page.items.back().joined) {
      page.next = page.items.back().receipt.id.seq;
      page.items.pop_back();
    }
  };
  return with_reader(lies);
}

/// A balance of the past is that of the moment before.
interposers stale_past() {
  reader_lies lies;
  lies.balance = [](balance_job& job) {
    if (job.at.seq && job.at.seq->value() > 1)
      job.at.seq = event_seq{job.at.seq->value() - 1};
  };
  return with_reader(lies);
}

/// A page of history forgets the entry in its middle.
interposers gap_in_history() {
  reader_lies lies;
  lies.history = [](const history_job&, history_page& page) {
    if (page.entries.size() > 6)
      page.entries.erase(page.entries.begin() + 3);
  };
  return with_reader(lies);
}

// -- indexes that lie ---------------------------------------------------------------------------

/// Where a book's spilled keys end, and which index it is.
struct spilled {
  environment* env = nullptr;
  book_id book;
  index::mark last;
};

/// The index takes keys, moves its mark, and has none of them.
interposers lost_spill() {
  auto known = std::make_shared<spilled>();
  interposers x;
  x.started = [known](environment& env) { known->env = &env; };
  x.indexer = [known](caf::actor_system& system, const indexer_actor& real) {
    return lying_indexer(system, real, [known](const spill_job& job) {
      auto& keys = *job.keys;
      return !known->env->index->add_keys(job.book, {}, keys.after,
                                          {keys.last, keys.epoch, keys.chain});
    });
  };
  return x;
}

/// An index that was deleted says that it has the keys that it had.
interposers lost_index() {
  auto known = std::make_shared<spilled>();
  interposers x;
  x.started = [known](environment& env) {
    if (!env.index || known->last.seq == event_seq{})
      return;
    auto mark = env.index->keys_mark(known->book);
    if (mark && mark->seq == event_seq{})
      (void)env.index->add_keys(known->book, {}, {}, known->last);
  };
  x.indexer = [known](caf::actor_system& system, const indexer_actor& real) {
    return lying_indexer(system, real, [known](const spill_job& job) {
      known->book = job.book;
      known->last = {job.keys->last, job.keys->epoch, job.keys->chain};
      return true;
    });
  };
  return x;
}

// -- keepers that lie ---------------------------------------------------------------------------

interposers unstored_cursor() {
  interposers x;
  x.keeper = [](caf::actor_system& system, const keeper_actor& real) {
    keeper_lies lies;
    lies.store_cursor = [](const cursor_job&) { return false; };
    return lying_keeper(system, real, lies);
  };
  return x;
}

/// Writes the newest snapshot again, as if it were of the batch before: it has the effect of a
/// batch that is still in flight by its own account.
result<void> move_snapshot_back(const environment& env, const log_scan& scan) {
  std::optional<ledger::batch_info> before;
  event_seq before_last;
  auto reader = read_batches(env, scan, event_seq{1}, scan.last);
  if (!reader)
    return fail(reader.error());
  for (;;) {
    auto batch = reader->next();
    if (!batch)
      return fail(batch.error());
    if (!*batch)
      break;
    if ((*batch)->event_count > 0 && (*batch)->last_seq() < scan.last) {
      before = info_of(**batch);
      before_last = (*batch)->last_seq();
    }
  }
  if (!before)
    return {};
  auto path = scan.directory + "/" + log::snapshot_name(scan.last);
  auto from = log::snapshot_reader::open(*env.storage, path);
  if (!from)
    return fail(from.error());
  auto to = log::snapshot_writer::create(*env.storage, scan.directory, before_last, scan.id,
                                         env.random->next());
  if (!to)
    return fail(to.error());
  for (auto is_first = true;; is_first = false) {
    auto message = from->next();
    if (!message)
      return fail(message.error());
    if (!*message)
      break;
    byte_buffer bytes{(*message)->begin(), (*message)->end()};
    if (is_first) {
      auto header = protocol::decode_snapshot_header(bytes);
      if (!header)
        return fail(header.error());
      header->seq = before_last;
      header->epoch = before->epoch;
      header->chain = before->chain;
      header->committed_at = before->committed_at;
      bytes.clear();
      protocol::encode(*header, bytes);
    }
    if (auto added = to->add(bytes); !added)
      return added;
  }
  if (auto done = to->finish(); !done)
    return done;
  return env.storage->remove(path);
}

interposers snapshot_in_flight() {
  auto where = std::make_shared<environment*>(nullptr);
  interposers x;
  x.started = [where](environment& env) { *where = &env; };
  x.keeper = [where](caf::actor_system& system, const keeper_actor& real) {
    keeper_lies lies;
    lies.written = [where](const snapshot_job& job) {
      (void)move_snapshot_back(**where, job.scan);
    };
    return lying_keeper(system, real, lies);
  };
  return x;
}

// -- subscriptions that lie ---------------------------------------------------------------------

interposers with_subscription(delivery_lie lie) {
  interposers x;
  x.subscriber = [lie](caf::actor_system& system, const subscriber_actor& real) {
    return lying_subscription(system, real, lie);
  };
  return x;
}

/// A unit comes in two deliveries.
std::vector<delivery> cut_unit(const delivery& x) {
  auto at = std::ranges::find_if(x.events, &recorded_event::joined);
  if (at == x.events.end() || at == x.events.begin())
    return {x};
  auto first = x;
  auto second = x;
  first.events.assign(x.events.begin(), at);
  second.events.assign(at, x.events.end());
  second.first = at->receipt.id.seq;
  first.last = event_seq{second.first.value() - 1};
  return {first, second};
}

interposers twice_delivered() {
  auto count = std::make_shared<int>(0);
  return with_subscription([count](const delivery& x) -> std::vector<delivery> {
    if (++*count % 10 != 0)
      return {x};
    return {x, x};
  });
}

interposers never_delivered() {
  auto count = std::make_shared<int>(0);
  return with_subscription([count](const delivery& x) -> std::vector<delivery> {
    if (++*count % 10 != 0)
      return {x};
    return {};
  });
}

// -- messages that change on their way ----------------------------------------------------------

/// A key that is used again before its first use is answered is not known again. The log then has
/// the key twice, for what tells the two apart is taken away when the log is read.
interposers forgotten_staged_keys() {
  static constexpr auto mark = '~';
  auto strip = [](ledger::command& x) {
    if (auto* posted = std::get_if<ledger::transaction>(&x))
      std::erase(posted->key, mark);
  };
  reader_lies lies;
  lies.events = [strip](const events_job&, events_page& page) {
    for (auto& x : page.items)
      strip(x.content);
  };
  auto x = with_reader(lies);
  x.outgoing = [](request& sent, const std::deque<request>& before) {
    if (sent.how != form::single)
      return;
    auto* posted = std::get_if<ledger::transaction>(&sent.items.front().what);
    auto is_staged = [&](const request& y) {
      return !y.is_answered && y.how == form::single && y.items == sent.items;
    };
    if (posted && std::ranges::any_of(before, is_staged))
      posted->key += mark;
  };
  return x;
}

interposers ignored_conditions() {
  interposers x;
  x.outgoing = [](request& sent, const std::deque<request>&) {
    for (auto& item : sent.items)
      item.conditions.clear();
  };
  return x;
}

/// A rehearsal is played for real.
interposers written_rehearsal() {
  interposers x;
  x.outgoing = [](request& sent, const std::deque<request>&) {
    if (sent.how == form::rehearsal)
      sent.how = form::batch;
  };
  return x;
}

/// An atomic batch is taken item by item.
interposers torn_atomic() {
  interposers x;
  x.outgoing = [](request& sent, const std::deque<request>&) { sent.atomic = false; };
  return x;
}

} // namespace

const std::vector<bug>& all_bugs() {
  static const std::vector<bug> all{
      {"ack-before-sync", "acknowledges a batch before it is synced",
       with_storage<storage_of<late_file>>},
      {"skip-directory-sync", "never syncs a directory", with_storage<unsynced_names>},
      {"trust-page-cache", "recovers from the page cache after a failed sync",
       with_storage<trusting_storage>},
      {"ignore-failed-sync", "takes a failed sync for a success",
       with_storage<storage_of<deaf_file>>},
      {"ignore-failed-write", "takes a failed or short write for a whole one",
       with_storage<storage_of<careless_file>>},
      {"ack-failed-append", "acknowledges a batch that could not be written", ack_failed_append},
      {"forget-staged-keys", "does not know a key again while its first use is in the pipeline",
       forgotten_staged_keys},
      {"reuse-seq", "loses a batch and gives its seqs to the next", reuse_seq},
      {"half-a-unit", "writes all of a unit but its last event", half_a_unit},
      {"torn-atomic", "takes an atomic batch item by item", torn_atomic},
      {"publish-half-a-unit", "delivers an atomic batch in two deliveries",
       [] { return with_subscription(cut_unit); }},
      {"half-visible-fence", "ends a page in the middle of a unit", half_visible_fence},
      {"lose-spilled-keys", "moves keys to the index, which has none of them", lost_spill},
      {"lose-keys-with-index", "trusts the mark of an index that was deleted", lost_index},
      {"error-is-absent", "takes a key that it could not look up for new", error_is_absent},
      {"accept-old-epoch", "writes under the epoch of the incarnation before", old_epoch},
      {"stale-writer", "lets a writer that was replaced write on", stale_writer},
      {"snapshot-in-flight", "writes a snapshot with a batch that is in flight",
       snapshot_in_flight},
      {"deliver-twice", "delivers some events twice", twice_delivered},
      {"skip-delivery", "delivers some events never", never_delivered},
      {"stale-past", "answers for the past with the moment before", stale_past},
      {"gap-in-history", "leaves an entry out of a page of history", gap_in_history},
      {"unstored-cursor", "answers that a cursor is stored, and does not store it",
       unstored_cursor},
      {"ignore-conditions", "writes whatever the conditions say", ignored_conditions},
      {"write-rehearsal", "writes what was to be rehearsed", written_rehearsal},
      {"fail-for-nothing", "takes appends for failed that were done", needless_failure},
      {"call-it-full", "takes every failure of the disk for a full one", always_full},
      {"never-resume", "does not write again when a full disk has space", never_resumed},
      {"give-up-early", "does not restart a book that may be restarted",
       [] { return with_options([](auto& x) { x.restarts.kind = restart_kind::never; }); }},
      {"turn-away", "turns writes away long before its bounds",
       [] { return with_options([](auto& x) { x.batch.events_max /= 4; }); }},
      {"lose-answer", "never answers some of the batches", lost_answer},
  };
  return all;
}

const bug* find_bug(std::string_view name) {
  auto found = std::ranges::find(all_bugs(), name, &bug::name);
  return found == all_bugs().end() ? nullptr : &*found;
}

} // namespace daybook::simulation
