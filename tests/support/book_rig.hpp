#pragma once

#include "actors/history_writer.hpp"
#include "actors/key_spill.hpp"
#include "actors/reader.hpp"
#include "actors/reads/log_walk.hpp"
#include "actors/recover_book.hpp"
#include "actors/snapshot_builder.hpp"
#include "base/check.hpp"
#include "log/event_list.hpp"
#include "log/posix_storage.hpp"
#include "protocol/event_codec.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_storage.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// A book without actors: what its actor does, one call after the other.

namespace daybook::test {

template <class T>
T must(result<T> x) {
  if (!x)
    FAIL(to_string(x.error()));
  return std::move(*x);
}

inline void must(result<void> x) {
  if (!x)
    FAIL(to_string(x.error()));
}

/// What a node has on its disk: logs and snapshots in memory, and an index if it is wanted.
class rig_disk {
public:
  explicit rig_disk(bool with_index = true, std::size_t hot_keys_max = 4)
      : with_index_(with_index) {
    env_.storage = &storage;
    env_.time = &time;
    env_.random = &random;
    env_.options.data = "/data";
    env_.options.hot_keys_max = hot_keys_max;
    env_.options.log.segment_bytes = 4096 + 3000;
    env_.directory = std::make_shared<log::data_directory>(
        must(log::data_directory::open(storage, "/data", log::if_missing::create)));
    if (with_index)
      open_index();
  }

  const actors::environment& env() const { return env_; }
  actors::environment& env() { return env_; }

  /// Another index in place of the present one, which is destroyed first: it may be a copy.
  void open_index(std::string name = "index") {
    env_.index.reset();
    env_.index =
        std::move(must(index::side_index::open({.directory = directory_.path() + "/" + name,
                                                .cache_bytes = 1024 * 1024,
                                                .write_buffer_bytes = 1024 * 1024},
                                               random))
                      .index);
  }

  /// The index as it is now, under another name.
  void copy_index(const std::string& name) {
    must(env_.index->flush());
    env_.index.reset();
    std::filesystem::copy(directory_.path() + "/index", directory_.path() + "/" + name,
                          std::filesystem::copy_options::recursive);
    open_index();
  }

  /// The index as a process finds it when the one before was killed now.
  void crash_index() {
    std::filesystem::copy(index_directory(), index_directory("crashed"),
                          std::filesystem::copy_options::recursive);
    open_index("crashed");
  }

  /// A byte of each table is another one, but for the table that opening reads: a node that starts
  /// does not see it.
  void damage_index() {
    must(env_.index->flush());
    auto word = env_.index->secret().front();
    std::string known(reinterpret_cast<const char*>(&word), sizeof word);
    env_.index.reset();
    for (auto& entry : std::filesystem::directory_iterator(index_directory())) {
      if (entry.path().extension() != ".sst")
        continue;
      std::fstream file{entry.path(), std::ios::in | std::ios::out | std::ios::binary};
      std::string bytes{std::istreambuf_iterator<char>{file}, {}};
      if (bytes.find(known) != std::string::npos)
        continue;
      file.seekp(20);
      file.put(static_cast<char>(bytes.at(20) ^ 0x55));
    }
    open_index();
  }

  std::string index_directory(const std::string& name = "index") const {
    return directory_.path() + "/" + name;
  }

  void drop_index() { env_.index.reset(); }

  void delete_index() {
    drop_index();
    std::filesystem::remove_all(directory_.path() + "/index");
    if (with_index_)
      open_index();
  }

  memory_storage storage;
  manual_clock time;
  fixed_random random;

private:
  bool with_index_;
  temporary_directory directory_;
  actors::environment env_;
};

/// A book of such a node, and all that its actor would remember.
class rig_book {
public:
  explicit rig_book(rig_disk& disk, std::string name = "book")
      : disk_(&disk), name_(std::move(name)) {
    open();
  }

  void open() {
    book_ = nullptr;
    book_ = must(actors::recover_book(disk_->env(), name_, true));
  }

  void close() { book_ = nullptr; }

  ledger::book_machine& machine() { return book_->machine; }
  actors::recovered_book& book() { return *book_; }

  /// Judges a write as the book's actor does: what memory does not know is looked up.
  result<ledger::staged> write(const ledger::command& x) {
    ledger::questions asked;
    machine().ask(x, asked);
    auto staged = machine().stage(x, look_up(asked));
    if (staged && staged->to_append) {
      append(*staged->to_append, staged->joined);
      new_.push_back(*staged);
    }
    return staged;
  }

  /// All or nothing.
  result<std::vector<ledger::staged>> write_all(const std::vector<ledger::write>& items) {
    auto known = learn(items);
    auto size = payload_.size();
    auto events = events_;
    auto staged = machine().stage_all(items, known,
                                      [this](auto& event, bool joined) { append(event, joined); });
    if (!staged) {
      payload_.resize(size);
      events_ = events;
      return staged;
    }
    for (auto& x : *staged)
      if (!x.deduplicated)
        new_.push_back(x);
    return staged;
  }

  /// Makes durable what was accepted. The receipts are kept in `receipts`.
  void commit() {
    if (events_ == 0)
      return;
    auto sealed = machine().seal(disk_->time.now());
    auto appended =
        must(book_->log->append({sealed.first_seq, static_cast<std::uint32_t>(sealed.events),
                                 sealed.committed_at, payload_}));
    REQUIRE(sealed.events == events_);
    machine().mark_durable(appended.chain);
    for (auto& x : new_)
      receipts.push_back(machine().receipt_of(x));
    batches_.push_back(std::make_shared<actors::batch_buffer>(
        actors::batch_buffer{machine().last_batch(), events_, std::exchange(payload_, {})}));
    events_ = 0;
    new_.clear();
    spill();
  }

  result<ledger::staged> write_and_commit(const ledger::command& x) {
    auto staged = write(x);
    commit();
    return staged;
  }

  void set_up() {
    must(write(asset()));
    must(write(account("assets:cash")));
    must(write(account("income:sales", ledger::account_kind::income)));
    commit();
  }

  /// What the book's actor does when a snapshot was written.
  void take_snapshot() {
    must(actors::write_snapshot(disk_->env(), scan()));
    machine().spill_all_keys();
    spill();
  }

  /// Without an index.
  actors::log_scan scan() {
    return {.directory = book_->directory,
            .name = name_,
            .chart = machine().chart_of_accounts(),
            .id = machine().id(),
            .last = machine().durable_seq(),
            .indexed = {},
            .live = book_->log ? book_->log->places() : nullptr};
  }

  actors::log_scan indexed_scan(event_seq indexed) {
    auto x = scan();
    x.indexed = indexed;
    return x;
  }

  /// Indexes the history up to where it is durable, in chunks of about `chunk` events.
  event_seq index_history(std::uint64_t chunk = 1'000'000) {
    auto& env = disk_->env();
    auto where = scan();
    actors::history_writer writer{*env.index, where.id, where.chart,
                                  must(actors::find_history_end(env, where))};
    auto reader = must(actors::read_batches(env, where, writer.next(), where.last));
    for (auto written = writer.next();;) {
      auto batch = must(reader.next());
      if (!batch)
        return must(writer.write());
      if (batch->event_count > 0)
        must(writer.add(actors::info_of(*batch), batch->payload));
      if (writer.next().value() - written.value() >= chunk)
        written = must(writer.write()).next();
    }
  }

  /// What memory has of the batches committed since the book was made.
  const std::vector<std::shared_ptr<const actors::batch_buffer>>& batches() const {
    return batches_;
  }

  std::vector<ledger::receipt> receipts; ///< of all events, in order

  /// What must be known of an atomic batch, asked in turns.
  ledger::facts learn(const std::vector<ledger::write>& items) {
    ledger::facts known;
    for (;;) {
      ledger::questions asked;
      machine().ask_all(items, asked, known);
      if (asked.empty())
        return known;
      known.add(look_up(asked));
    }
  }

  /// How far look-ups find the history in the index; the rest of it they read from the log.
  event_seq indexed;

private:
  ledger::facts look_up(const ledger::questions& asked) {
    if (asked.empty())
      return {};
    auto known = must(actors::read_facts(
        disk_->env(), {indexed_scan(indexed), std::make_shared<const ledger::questions>(asked),
                       machine().keys_gone()}));
    return *known.known;
  }

  void append(const ledger::event& x, bool joined) {
    byte_buffer bytes;
    protocol::encode(x, joined, bytes);
    log::append_event(payload_, bytes);
    ++events_;
  }

  void spill() {
    while (auto keys = machine().keys_to_spill()) {
      must(actors::spill_keys(disk_->env(), machine().id(), *keys));
      machine().forget(*keys);
    }
  }

  rig_disk* disk_;
  std::string name_;
  std::shared_ptr<actors::recovered_book> book_;
  byte_buffer payload_;
  std::uint32_t events_ = 0;
  std::vector<ledger::staged> new_;
  std::vector<std::shared_ptr<const actors::batch_buffer>> batches_;
};

} // namespace daybook::test
