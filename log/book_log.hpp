#pragma once

#include "base/random.hpp"
#include "log/batch_reader.hpp"
#include "log/log_point.hpp"
#include "log/segment_writer.hpp"
#include "log/sparse_index.hpp"
#include "log/storage.hpp"
#include "log/stored_batch.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::log {

struct log_options {
  /// A segment that would grow past this is followed by a new one. A record is never split, so a
  /// segment may be larger by one record; and by its footer, 16 bytes for each 64 KiB.
  std::uint64_t segment_bytes = 128 * 1024 * 1024;
  /// Whether a book that does not exist is created or is `not_found`.
  bool create_if_missing = false;
};

/// What to make durable.
struct batch {
  event_seq first_seq;           ///< one after the last event appended [I3]
  std::uint32_t event_count = 0; ///< at least 1
  timestamp committed_at;        ///< not before the last batch's [I4]
  byte_span payload;             ///< made with `append_event`; at most `batch_payload_bytes_max`
};

/// A batch that is durable.
struct appended {
  chain_hash chain{};      ///< after the batch
  std::uint64_t bytes = 0; ///< written to the disk for it
  std::uint64_t syncs = 0; ///< made for it, those of a new segment and its directory included
};

/// What opening found.
struct recovery_report {
  book_id book;
  bool created = false;            ///< there was no such book, and now there is
  std::uint64_t batches = 0;       ///< records with events that were read, after the known point
  event_seq last_seq;              ///< zero when the book is empty
  chain_hash chain{};              ///< after the last record
  std::optional<torn_tail> cut;    ///< an unacknowledged tail that was cut off [I8]
  std::uint64_t segments_read = 0; ///< whose records were read, or passed over by their headers
  std::uint64_t bytes_read = 0;    ///< from all segments
};

/// The writer of one book's log. It belongs to one thread at a time (a disk actor); each call may
/// block on the disk. Readers of the same files (`batch_reader::read_range`) may run beside it.
///
/// There is one at a time for a book: it holds the lock of the book's directory while it lives, and
/// each has a higher epoch than all before it [I10].
class book_log {
public:
  struct opened;

  /// Reads the log, gives each record to `visitor` (may be empty), and gets ready to append.
  /// `directory` is the book's own, `book` its checked name, `now` the creation time if it is
  /// created. `disk` and `random` must outlive the log.
  ///
  /// What is at or before `known` is taken on trust: reading begins behind that point, in the
  /// segment that holds it, or in the next one. Of the segments before, only the header pages and
  /// footers are looked at (`batch_reader::check_passed_by`). The point must be in the log: ask
  /// `contains_point` first, and give what it was told as `passed` (may be null) to save reading.
  /// Without a point the whole log is read and verified.
  ///
  /// Corruption changes nothing on disk. A torn tail is cut off [I8]. When this returns, every
  /// record that the visitor saw is durable, also if the writer before it died from a failed sync
  /// [I2]; nothing else was written: a life that only reads leaves no epoch behind.
  /// Errors: `corrupt` with `file` and `offset`; `not_found`; `locked`; `invalid_argument` for a
  /// newer format; `invalid_argument` with `field` "known" when that point is not in the log; `io`;
  /// what `visitor` returns.
  static result<opened> open(storage& disk, random_source& random, timestamp now,
                             std::string directory, std::string_view book,
                             const log_options& options, const batch_visitor& visitor,
                             const log_point& known = {}, const live_index* passed = nullptr);

  /// Appends a batch with one write and one sync. When it returns a value, the batch is durable
  /// [I1]. On the first append the writer's epoch is made durable before the batch.
  /// Errors: `io`. Then the batch may be durable or not, and this writer is done: every later call
  /// returns the same error and touches nothing [I2].
  result<appended> append(const batch& x);

  /// Does ahead of need what the next append would otherwise have to do first, if there is
  /// anything. For a moment when no batch waits; never necessary. Errors: as `append`.
  result<void> prepare();

  /// Gives back the space that was taken ahead of need. The log may also just be destroyed.
  void close();

  book_id id() const { return book_; }
  writer_epoch epoch() const { return epoch_; } ///< of this writer
  event_seq last_seq() const {                  ///< zero when the book is empty
    return event_seq{position_.next_seq.value() - 1};
  }
  const chain_hash& chain() const { return *position_.chain; }
  const std::optional<error>& failure() const { return failure_; }

  /// The sparse index of the segment that is appended to, for `batch_reader::read_range`. One
  /// object for the log's life, which may outlive it; any thread may read from it.
  const std::shared_ptr<const live_index>& places() const { return shared_places_; }

private:
  book_log(storage& disk, random_source& random, std::string directory, const log_options& options)
      : disk_(&disk), random_(&random), directory_(std::move(directory)), options_(options) {}

  result<recovery_report> recover(std::string_view book, const batch_visitor& visitor,
                                  const log_point& known, const live_index* passed);
  result<void> settle(const batch_reader& reader);

  result<appended> append_batch(const batch& x);
  result<void> start_epoch(timestamp committed_at);
  result<void> rotate(timestamp created_at);
  void seal_segment();
  result<appended> write_record(record_kind kind, const batch& x);

  storage* disk_;
  random_source* random_;
  std::string directory_;
  std::string name_;
  log_options options_;
  std::unique_ptr<held_lock> lock_;
  book_id book_;
  writer_epoch epoch_;
  bool epoch_started_ = false;
  log_position position_;
  std::optional<segment_writer> segment_;
  std::shared_ptr<live_index> places_ = std::make_shared<live_index>();
  std::shared_ptr<const live_index> shared_places_ = places_;
  chain_hasher hasher_;
  byte_buffer record_;
  std::optional<error> failure_;
  std::uint64_t syncs_ = 0;
};

struct book_log::opened {
  std::unique_ptr<book_log> log;
  recovery_report report;
};

} // namespace daybook::log
