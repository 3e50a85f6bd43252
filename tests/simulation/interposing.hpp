#pragma once

#include "actors/disk.hpp"
#include "actors/interfaces.hpp"
#include "actors/jobs.hpp"
#include "log/storage.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

// Actors and storages that stand in front of real ones and hand everything on, but for what a
// deliberate bug wants otherwise.

namespace daybook::simulation {

/// Changes of a disk; what is empty is handed on.
struct disk_lies {
  using appended_promise = caf::typed_response_promise<actors::appended>;

  std::function<caf::result<actors::appended>(
      actors::disk_actor::pointer self, const actors::disk_actor& real, const actors::append_job&)>
      append;
  /// In place of the error of an append.
  std::function<result<actors::appended>(const actors::append_job&)> no_append;
  std::function<caf::result<void>(actors::disk_actor::pointer self, const actors::disk_actor& real,
                                  const actors::close_job&)>
      close;
  std::function<void(actors::opened_book&)> opened; ///< sees what an opener answers
  std::optional<error> probe;                       ///< what is found instead of space
};

actors::disk_actor lying_disk(caf::actor_system& system, const actors::disk_actor& real,
                              disk_lies lies);

/// Changes of answers, on their way back.
struct reader_lies {
  std::function<void(const actors::events_job&, actors::events_page&)> events;
  std::function<void(const actors::history_job&, actors::history_page&)> history;
  std::function<void(actors::facts_answer&)> facts;
  /// In place of an error, if it likes.
  std::function<std::optional<actors::facts_answer>(const actors::facts_job&)> no_facts;
  std::function<void(actors::balance_job&)> balance; ///< of the question
};

actors::reader_actor lying_reader(caf::actor_system& system, const actors::reader_actor& real,
                                  reader_lies lies);

/// Sees keys that are to be spilled, and says whether they are; then the index has them.
using spill_lie = std::function<bool(const actors::spill_job&)>;

actors::indexer_actor lying_indexer(caf::actor_system& system, const actors::indexer_actor& real,
                                    spill_lie lie);

struct keeper_lies {
  std::function<bool(const actors::cursor_job&)> store_cursor; ///< false: it is not stored
  std::function<void(const actors::snapshot_job&)> written;    ///< after a snapshot was
};

actors::keeper_actor lying_keeper(caf::actor_system& system, const actors::keeper_actor& real,
                                  keeper_lies lies);

/// What a subscriber is told in place of a delivery.
using delivery_lie = std::function<std::vector<actors::delivery>(const actors::delivery&)>;

actors::subscriber_actor lying_subscription(caf::actor_system& system,
                                            const actors::subscriber_actor& real, delivery_lie lie);

/// A storage that hands everything on.
class passing_storage : public log::storage {
public:
  explicit passing_storage(log::storage& real) : real_(&real) {}

  log::storage& real() { return *real_; }

  result<std::unique_ptr<log::file>> open(const std::string& path, log::open_mode mode) override {
    return real_->open(path, mode);
  }
  result<log::entry_kind> kind(const std::string& path) override { return real_->kind(path); }
  result<std::vector<std::string>> list(const std::string& directory) override {
    return real_->list(directory);
  }
  result<void> create_directory(const std::string& path) override {
    return real_->create_directory(path);
  }
  result<void> rename(const std::string& from, const std::string& to) override {
    return real_->rename(from, to);
  }
  result<void> remove(const std::string& path) override { return real_->remove(path); }
  result<void> sync_directory(const std::string& path) override {
    return real_->sync_directory(path);
  }
  result<std::unique_ptr<log::held_lock>> lock(const std::string& path) override {
    return real_->lock(path);
  }

private:
  log::storage* real_;
};

/// A file that hands everything on.
class passing_file : public log::file {
public:
  explicit passing_file(std::unique_ptr<log::file> real) : real_(std::move(real)) {}

  result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    return real_->read_at(offset, into);
  }
  result<void> write_at(std::uint64_t offset, byte_span bytes) override {
    return real_->write_at(offset, bytes);
  }
  result<void> sync() override { return real_->sync(); }
  result<void> truncate(std::uint64_t size) override { return real_->truncate(size); }
  result<std::uint64_t> size() override { return real_->size(); }

private:
  std::unique_ptr<log::file> real_;
};

} // namespace daybook::simulation
