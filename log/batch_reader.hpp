#pragma once

#include "log/catalog.hpp"
#include "log/chain.hpp"
#include "log/log_position.hpp"
#include "log/segment_reader.hpp"
#include "log/storage.hpp"
#include "log/stored_batch.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::log {

/// Reads a book's log, record by record, and verifies everything it passes: header pages,
/// checksums, the order of seq, log index, epoch and commit time, the lists of events, and the
/// chain [I11]. It holds one buffer as large as the largest record, at least 1 MiB.
///
/// Two ways to read:
///
/// * `read_all` takes the log as the disk has it, to the end, and judges the end: clean, torn, or
///   corrupt [I8]. Only for a log that nobody is writing to.
/// * `read_range` reads what is known to be durable, also beside a live writer: it never looks at
///   what comes after `last`.
///
/// One thread at a time. Writes nothing. Errors: `corrupt` with `file` and `offset`; `not_found`
/// when there is no such directory; `invalid_argument` for a newer format; `io`.
class batch_reader {
public:
  /// `past_cache` reads the last segment from the device. A writer that opens a book needs this
  /// [I2]: when a sync fails, Linux may mark the pages clean and keep them. They then look written,
  /// are never written again, and vanish with the next crash. A record that was only ever seen in
  /// the cache must not be served, so the device is asked. Earlier segments need it not: a segment
  /// is only followed by another one when every record in it has been synced.
  static result<batch_reader> read_all(storage& disk, std::string directory, std::string_view book,
                                       bool past_cache = false);

  /// From the batch that holds `from` to the batch that holds `last`. All events up to `last` must
  /// be durable. Batches before `from` are passed over by their headers, without their payloads
  /// and without the chain. `from` may be `last` + 1: then there is nothing to read yet.
  static result<batch_reader> read_range(storage& disk, std::string directory,
                                         std::string_view book, event_seq from, event_seq last);

  /// The next record, or nothing at the end.
  result<std::optional<stored_batch>> next();

  /// After `read_range`: more has become durable; `next` goes on where it stopped.
  void extend(event_seq last);

  // -- what has been read ------------------------------------------------------------------------

  book_id book() const { return header().book; }
  const log_position& position() const { return position_; }

  /// The segment and the offset where the last record ends.
  const segment_entry& segment() const { return segments_[current_]; }
  std::uint64_t offset() const { return reader_->position(); }
  const segment_header& header() const { return reader_->header(); }

  /// After `read_all` has come to its end: what an interrupted write left there.
  const std::optional<torn_tail>& torn() const { return torn_; }

  std::size_t segment_count() const { return segments_.size(); }

private:
  batch_reader(storage& disk, std::string directory, std::string_view book)
      : disk_(&disk), directory_(std::move(directory)), name_(book) {}

  result<void> list();
  result<void> find_torn_creation();
  result<void> enter(std::size_t segment);
  result<void> check_header() const;

  result<std::optional<record>> next_record();
  result<void> check_follows(const record_header& header) const;
  result<stored_batch> accept(const record& found);

  result<void> end_segment();
  result<void> end_segment_of_range();
  result<void> end_log();

  bool is_done() const;
  tl::unexpected<error> damage(std::string what) const;

  storage* disk_;
  std::string directory_;
  std::string name_;
  bool past_cache_ = false;
  event_seq from_{1};
  std::optional<event_seq> last_; ///< of a range
  std::vector<segment_entry> segments_;
  std::optional<segment_entry> torn_creation_; ///< found behind `segments_`
  std::size_t current_ = 0;
  std::optional<segment_reader> reader_;
  std::optional<torn_tail> torn_;
  bool ended_ = false;
  log_position position_;
  chain_hasher hasher_;
};

} // namespace daybook::log
