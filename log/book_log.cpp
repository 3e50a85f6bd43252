#include "log/book_log.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"
#include "log/book_creation.hpp"
#include "log/event_list.hpp"
#include "log/read_to_end.hpp"
#include "log/segment_footer.hpp"

#include <fmt/format.h>

namespace daybook::log {

namespace {

/// A record buffer larger than this is given back after use.
constexpr std::size_t kept_buffer_bytes = 4 * 1024 * 1024;

/// True when the book was created.
result<bool> require_book(storage& disk, random_source& random, timestamp now,
                          const std::string& directory, std::string_view book, bool create) {
  auto kind = disk.kind(directory);
  if (!kind)
    return fail(kind.error());
  if (*kind == entry_kind::directory)
    return false;
  if (*kind != entry_kind::none)
    return fail(ec::invalid_argument, directory + " is not a directory, so it holds no book",
                {{"field", "path"}, {"path", directory}});
  if (!create)
    return fail(ec::not_found, fmt::format("there is no book '{}'", book),
                {{"what", std::string{book}}});
  if (auto created = create_book(disk, random, now, directory, book); !created)
    return fail(created.error());
  return true;
}

} // namespace

// -- opening -------------------------------------------------------------------------------------

result<book_log::opened> book_log::open(storage& disk, random_source& random, timestamp now,
                                        std::string directory, std::string_view book,
                                        const log_options& options, const batch_visitor& visitor,
                                        const log_point& known, const live_index* passed) {
  while (directory.size() > 1 && directory.ends_with('/'))
    directory.pop_back();
  auto created = require_book(disk, random, now, directory, book, options.create_if_missing);
  if (!created)
    return fail(created.error());
  auto lock = disk.lock(directory);
  if (!lock)
    return fail(lock.error());
  std::unique_ptr<book_log> log{new book_log{disk, random, std::move(directory), options}};
  log->lock_ = std::move(*lock);
  auto report = log->recover(book, visitor, known, passed);
  if (!report)
    return fail(report.error());
  report->created = *created;
  return opened{std::move(log), std::move(*report)};
}

result<recovery_report> book_log::recover(std::string_view book, const batch_visitor& visitor,
                                          const log_point& known, const live_index* passed) {
  auto found = batch_reader::read_after(*disk_, directory_, book, known, true, passed);
  if (!found)
    return fail(found.error());
  if (!*found)
    return fail(ec::invalid_argument,
                fmt::format("the log of the book '{}' has no batch that ends with seq {} and the "
                            "chain hash that is known: forget what is known and read all of it",
                            book, known.seq.value()),
                {{"field", "known"}});
  auto& reader = **found;
  if (auto checked = reader.check_passed_by(); !checked)
    return fail(checked.error());
  auto batches = read_to_end(reader, visitor);
  if (!batches)
    return fail(batches.error());
  // Everything verified. Only now may the disk be touched.
  if (auto settled = settle(reader); !settled)
    return fail(settled.error());
  name_ = book;
  book_ = reader.book();
  position_ = reader.position();
  epoch_ = position_.epoch.next();
  places_->begin(segment_->first_seq(), reader.places());
  return recovery_report{book_,
                         false,
                         *batches,
                         last_seq(),
                         chain(),
                         reader.torn(),
                         reader.segments_read(),
                         reader.bytes_read()};
}

/// Cuts a torn tail off, and makes everything before it durable together with the names that lead
/// to it. Power lost anywhere in here: the next opening finds the same tail and does it again.
result<void> book_log::settle(const batch_reader& reader) {
  auto segment =
      segment_writer::resume(*disk_, reader.segment().path, reader.header(), reader.offset());
  if (!segment)
    return fail(segment.error());
  if (auto& torn = reader.torn(); torn && torn->whole_file) {
    if (auto removed = disk_->remove(torn->file); !removed)
      return removed;
  } else if (torn) {
    if (auto cut = segment->cut_rest(); !cut)
      return cut;
  }
  // The writer before may have died between writing and syncing what was read just now, or between
  // creating a file and syncing its directory.
  if (auto synced = segment->sync(); !synced)
    return synced;
  if (auto synced = disk_->sync_directory(directory_); !synced)
    return synced;
  if (auto synced = disk_->sync_directory(parent_of(directory_)); !synced)
    return synced;
  segment_ = std::move(*segment);
  return {};
}

// -- appending -----------------------------------------------------------------------------------

result<appended> book_log::append(const batch& x) {
  if (failure_)
    return fail(*failure_);
  DAYBOOK_INVARIANT(x.first_seq == position_.next_seq);
  DAYBOOK_INVARIANT(x.event_count > 0);
  DAYBOOK_INVARIANT(x.committed_at >= position_.committed_at);
  DAYBOOK_INVARIANT(x.payload.size() <= batch_payload_bytes_max);
  DAYBOOK_INVARIANT(count_events(x.payload) == x.event_count);
  auto before = syncs_;
  auto done = append_batch(x);
  if (done)
    done->syncs = syncs_ - before;
  else
    failure_ = done.error();
  return done;
}

result<appended> book_log::append_batch(const batch& x) {
  if (!epoch_started_) {
    if (auto started = start_epoch(x.committed_at); !started)
      return fail(started.error());
  }
  // A segment without events is never left: the next one would have the same name.
  auto has_events = position_.next_seq > segment_->first_seq();
  if (has_events && segment_->end() + record_bytes(x.payload.size()) > options_.segment_bytes) {
    if (auto rotated = rotate(x.committed_at); !rotated)
      return fail(rotated.error());
  }
  return write_record(record_kind::events, x);
}

/// The record is durable before anything of this writer's, so no two writers share an epoch in the
/// log. It has the time of the batch that follows, which the ledger made non-decreasing [I4].
result<void> book_log::start_epoch(timestamp committed_at) {
  if (auto cut = segment_->cut_rest(); !cut)
    return cut;
  auto started =
      write_record(record_kind::epoch_started, {position_.next_seq, 0, committed_at, {}});
  if (!started)
    return fail(started.error());
  epoch_started_ = true;
  return {};
}

/// Power lost in here: the old segment is complete, for every record in it has been synced; the new
/// one is missing, torn or empty, and opening knows all three. No record is written to it before
/// its name is durable.
result<void> book_log::rotate(timestamp created_at) {
  segment_header header;
  header.first_seq = position_.next_seq;
  header.first_index = position_.next_index;
  header.epoch = position_.epoch;
  header.previous_chain = *position_.chain;
  header.salt = random_->next();
  header.book = book_;
  header.created_at = created_at;
  header.book_name = name_;
  auto created = segment_writer::create(*disk_, directory_, header);
  if (!created)
    return fail(created.error());
  // Power lost from here on: the new segment is there, and it says by itself that everything before
  // it is complete. So the old one may be sealed without a sync, and without looking at how it
  // went.
  seal_segment();
  segment_ = std::move(*created);
  syncs_ += 2;
  return {};
}

void book_log::seal_segment() {
  byte_buffer footer;
  encode_footer(segment_->end(), position_, places_->index(), segment_->salt(), footer);
  (void)segment_->seal(footer);
  // Whoever finds nothing here any more finds the footer.
  places_->begin(position_.next_seq, {});
}

result<appended> book_log::write_record(record_kind kind, const batch& x) {
  record_header header;
  header.kind = kind;
  header.payload_bytes = x.payload.size();
  header.event_count = x.event_count;
  header.first_seq = x.first_seq;
  header.epoch = epoch_;
  header.index = position_.next_index;
  header.committed_at = x.committed_at;
  header.previous_chain = *position_.chain;
  auto offset = segment_->end();
  encode_record(header, x.payload, segment_->salt(), offset, record_);
  if (auto written = segment_->append(record_); !written)
    return fail(written.error());
  if (kind == record_kind::events)
    places_->add(x.first_seq, offset);
  position_.pass(header, hasher_.next(record_, x.payload));
  ++syncs_;
  appended done{*position_.chain, record_.size()};
  if (record_.capacity() > kept_buffer_bytes)
    record_ = {};
  return done;
}

result<void> book_log::prepare() {
  if (failure_)
    return fail(*failure_);
  if (!epoch_started_)
    return {};
  auto done = segment_->prepare();
  if (!done)
    failure_ = done.error();
  return done;
}

void book_log::close() {
  if (!failure_ && epoch_started_)
    (void)segment_->cut_rest();
}

} // namespace daybook::log
