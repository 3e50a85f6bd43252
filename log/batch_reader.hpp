#pragma once

#include "log/catalog.hpp"
#include "log/chain.hpp"
#include "log/log_point.hpp"
#include "log/log_position.hpp"
#include "log/segment_reader.hpp"
#include "log/sparse_index.hpp"
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
/// Three ways to read:
///
/// * `read_all` and `read_after` take the log as the disk has it, to the end, and judge the end:
///   clean, torn, or corrupt [I8]. Only for a log that nobody is writing to.
/// * `read_range` reads what is known to be durable, also beside a live writer: it never looks at
///   what comes after `last`.
/// * `read_durable` finds out itself what is durable, also beside a live writer.
///
/// Where reading does not begin at a segment's first record, the sparse index of the segment leads
/// near the place: of a sealed segment the one in its footer. From there, and from the segment's
/// first record when there is no index that holds, records are passed over by their headers,
/// without their payloads and without the chain. The first record given out carries the chain.
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

  /// Whether the log contains a point. What is behind it is not looked at, for beside a writer it
  /// may be half written. `live` as for `read_range`. When it does, `passed`
  /// (may be null, may be `live`) is told the places of its segment up to it.
  static result<bool> contains(storage& disk, std::string directory, std::string_view book,
                               const log_point& known, const live_index* live = nullptr,
                               live_index* passed = nullptr);

  /// As `read_all`, from behind a point on; everything before it is taken on trust. Nothing when
  /// the log does not contain the point. When it comes back, the batch that ends at the point has
  /// been read and its chain compared, unless the next segment's header page tells the chain.
  /// `passed` (may be null) is what `contains` was told of the same log.
  static result<std::optional<batch_reader>>
  read_after(storage& disk, std::string directory, std::string_view book, const log_point& known,
             bool past_cache = false, const live_index* passed = nullptr);

  /// From the batch that holds `from` to the batch that holds `last`. All events up to `last` must
  /// be durable. `from` may be `last` + 1: then there is nothing to read yet. `live` is the index
  /// of the book's writer if there is one in this process (may be null); it is looked at during
  /// this call alone.
  static result<batch_reader> read_range(storage& disk, std::string directory,
                                         std::string_view book, event_seq from, event_seq last,
                                         const live_index* live = nullptr);

  /// From the batch that holds `from` to the end of the log as it is now or a little later. Every
  /// record that is given out is durable at that moment [I2], whether somebody writes the log, in
  /// this process or in another one, has failed to, or nobody does. It holds everything that was
  /// acknowledged before the call. Reads the last segment twice, and syncs it once.
  /// A record that somebody is writing now may at worst be reported as torn.
  static result<batch_reader> read_durable(storage& disk, std::string directory,
                                           std::string_view book, event_seq from = event_seq{1});

  /// The next record, or nothing at the end.
  result<std::optional<stored_batch>> next();

  /// After `read_range`: as another call of it, forwards or backwards, but without listing the
  /// directory again. After an error the reader is of no use.
  result<void> go_to(event_seq from, event_seq last, const live_index* live = nullptr);

  /// After `read_range`: more has become durable; `next` goes on where it stopped.
  void extend(event_seq last);

  /// After `read_after`: looks at the segments that reading passed by, without their records. The
  /// header pages verify, are of this book and in order; where a segment has a footer, the next
  /// one follows from it exactly, so no file is missing there. Costs two small reads for each.
  result<void> check_passed_by();

  // -- what has been read ------------------------------------------------------------------------

  book_id book() const { return header().book; }
  const log_position& position() const { return position_; }

  /// The segment and the offset where the last record ends.
  const segment_entry& segment() const { return segments_[current_]; }
  std::uint64_t offset() const { return reader_->position(); }
  const segment_header& header() const { return reader_->header(); }

  /// Places of that segment, as far as it has been read.
  const sparse_index& places() const { return places_; }

  /// At the end: what an interrupted write left there. Never after `read_range`.
  const std::optional<torn_tail>& torn() const { return torn_; }

  std::size_t segment_count() const { return segments_.size(); }

  /// Segments that reading has entered, and bytes that were read from their files.
  std::uint64_t segments_read() const { return segments_read_; }
  std::uint64_t bytes_read() const { return bytes_before_ + (reader_ ? reader_->bytes_read() : 0); }

private:
  /// Where reading ends.
  enum class until { end, last, durable_end };

  batch_reader(storage& disk, std::string directory, std::string_view book, until end)
      : disk_(&disk), directory_(std::move(directory)), name_(book), until_(end) {}

  // Opening.
  result<void> list();
  result<void> find_torn_creation();
  result<void> enter_for(event_seq seq);
  result<void> enter(std::size_t segment);
  void leave();
  result<void> check_book(const segment_header& x, const std::string& path, book_id book) const;
  result<bool> find_point(const log_point& known, const live_index* live);
  result<void> seek(const live_index* live);
  result<std::optional<record_place>> find_place(const live_index* live);

  // Records.
  result<std::optional<record>> next_record();
  result<bool> pass_over();
  result<void> check_follows(const record_header& header) const;
  result<stored_batch> accept(const record& found);

  // Ends.
  bool is_done() const;
  bool is_last() const { return current_ + 1 == segments_.size(); }
  result<void> end_segment();
  result<void> end_segment_of_range();
  result<evidence> look();
  result<bool> next_follows();
  result<bool> list_again();
  result<void> end_log(const evidence& seen);
  result<void> end_torn_creation();
  result<bool> is_torn_creation(const std::string& path, bool last_look);
  result<void> find_durable_end();
  result<bool> ends_durably(bool last_look);
  tl::unexpected<error> damage(std::string what) const;

  storage* disk_;
  std::string directory_;
  std::string name_;
  until until_;
  bool past_cache_ = false;
  event_seq from_{1};
  event_seq last_;                           ///< with `until::last`
  std::optional<std::uint64_t> durable_end_; ///< in the last segment, with `until::durable_end`
  std::vector<segment_entry> segments_;
  std::optional<segment_entry> torn_creation_; ///< found behind `segments_`
  std::size_t current_ = 0;
  std::optional<segment_reader> reader_;
  std::optional<torn_tail> torn_;
  bool ended_ = false;
  log_position position_;
  sparse_index places_;
  chain_hasher hasher_;
  std::uint64_t segments_read_ = 0;
  std::uint64_t bytes_before_ = 0; ///< read from segments that were left
};

} // namespace daybook::log
