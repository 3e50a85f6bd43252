#include "log/batch_reader.hpp"

#include "log/corruption.hpp"
#include "log/event_list.hpp"

#include <fmt/format.h>

#include <algorithm>

// Opening and records. Where reading begins is in batch_reader_seek.cpp, and where it ends in
// batch_reader_end.cpp.

namespace daybook::log {

// -- opening -------------------------------------------------------------------------------------

result<batch_reader> batch_reader::read_all(storage& disk, std::string directory,
                                            std::string_view book, bool past_cache) {
  auto reader = read_after(disk, std::move(directory), book, {}, past_cache);
  if (!reader)
    return fail(reader.error());
  return std::move(**reader);
}

result<std::optional<batch_reader>>
batch_reader::read_after(storage& disk, std::string directory, std::string_view book,
                         const log_point& known, bool past_cache, const live_index* passed) {
  batch_reader reader{disk, std::move(directory), book, until::end};
  reader.past_cache_ = past_cache;
  if (auto listed = reader.list(); !listed)
    return fail(listed.error());
  if (auto looked = reader.find_torn_creation(); !looked)
    return fail(looked.error());
  auto found = reader.find_point(known, passed);
  if (!found)
    return fail(found.error());
  if (!*found)
    return std::nullopt;
  return reader;
}

result<bool> batch_reader::contains(storage& disk, std::string directory, std::string_view book,
                                    const log_point& known, const live_index* live,
                                    live_index* passed) {
  batch_reader reader{disk, std::move(directory), book, until::end};
  reader.past_cache_ = true;
  if (auto listed = reader.list(); !listed)
    return fail(listed.error());
  while (reader.segments_.size() > 1 && reader.segments_.back().first_seq > known.seq)
    reader.segments_.pop_back();
  auto found = reader.find_point(known, live);
  if (found && *found && passed)
    passed->begin(reader.header().first_seq, reader.places_);
  return found;
}

result<batch_reader> batch_reader::read_range(storage& disk, std::string directory,
                                              std::string_view book, event_seq from, event_seq last,
                                              const live_index* live) {
  batch_reader reader{disk, std::move(directory), book, until::last};
  if (auto listed = reader.list(); !listed)
    return fail(listed.error());
  if (auto found = reader.go_to(from, last, live); !found)
    return fail(found.error());
  return reader;
}

result<batch_reader> batch_reader::read_durable(storage& disk, std::string directory,
                                                std::string_view book, event_seq from) {
  batch_reader reader{disk, std::move(directory), book, until::durable_end};
  reader.past_cache_ = true;
  reader.from_ = std::max(from, event_seq{1});
  if (auto listed = reader.list(); !listed)
    return fail(listed.error());
  if (auto looked = reader.find_torn_creation(); !looked)
    return fail(looked.error());
  if (auto entered = reader.enter_for(reader.from_); !entered)
    return fail(entered.error());
  if (auto found = reader.seek(nullptr); !found)
    return fail(found.error());
  return reader;
}

result<void> batch_reader::list() {
  auto found = list_segments(*disk_, directory_);
  if (!found)
    return fail(found.error());
  segments_ = std::move(*found);
  if (segments_.empty())
    return corrupt_at(directory_, 0, "the book's directory holds no segment");
  if (segments_.front().first_seq != event_seq{1})
    return corrupt_at(segments_.front().path, 0, "the segments before this one are missing");
  return {};
}

/// The segment that would hold `seq`, which is not zero.
result<void> batch_reader::enter_for(event_seq seq) {
  auto after = std::ranges::upper_bound(segments_, seq, {}, &segment_entry::first_seq);
  return enter(after - segments_.begin() - 1);
}

result<void> batch_reader::enter(std::size_t segment) {
  auto is_first = !reader_.has_value();
  auto mode =
      past_cache_ && segment + 1 == segments_.size() ? open_mode::read_past_cache : open_mode::read;
  auto opened = segment_reader::open(*disk_, segments_[segment].path, mode);
  if (!opened)
    return fail(opened.error());
  auto book = is_first ? opened->header().book : header().book;
  leave();
  current_ = segment;
  reader_ = std::move(*opened);
  ++segments_read_;
  if (is_first) {
    position_.next_seq = segments_[segment].first_seq;
    position_.next_index = segment == 0 ? log_index{1} : header().first_index;
    position_.epoch = segment == 0 ? writer_epoch{} : header().epoch;
    position_.chain = segment == 0 ? hasher_.first(book) : header().previous_chain;
  }
  if (auto checked = check_book(header(), reader_->path(), book); !checked)
    return checked;
  if (auto wrong = position_.objection(header()); !wrong.empty())
    return corrupt_at(reader_->path(), 0, wrong);
  return {};
}

void batch_reader::leave() {
  bytes_before_ = bytes_read();
  reader_.reset();
  places_ = {};
}

result<void> batch_reader::check_book(const segment_header& x, const std::string& path,
                                      book_id book) const {
  if (x.book != book)
    return corrupt_at(path, 0, "the segment belongs to another book of this name");
  if (x.book_name != name_)
    return corrupt_at(path, 0,
                      fmt::format("the segment belongs to the book {}, not to {}: was a file or a "
                                  "directory renamed?",
                                  quoted(x.book_name), quoted(name_)));
  return {};
}

// -- records -------------------------------------------------------------------------------------

result<std::optional<stored_batch>> batch_reader::next() {
  while (!is_done()) {
    if (until_ == until::durable_end && is_last() && !durable_end_) {
      if (auto found = find_durable_end(); !found)
        return fail(found.error());
      continue;
    }
    auto found = next_record();
    if (!found)
      return fail(found.error());
    if (*found) {
      auto batch = accept(**found);
      if (!batch)
        return fail(batch.error());
      return std::move(*batch);
    }
    if (is_done())
      break;
    auto gone_on = until_ == until::last ? end_segment_of_range() : end_segment();
    if (!gone_on)
      return fail(gone_on.error());
  }
  return std::nullopt;
}

result<void> batch_reader::go_to(event_seq from, event_seq last, const live_index* live) {
  from_ = std::max(from, event_seq{1});
  last_ = last;
  leave();
  position_ = {};
  if (auto entered = enter_for(from_); !entered)
    return entered;
  return seek(live);
}

void batch_reader::extend(event_seq last) {
  last_ = std::max(last_, last);
  reader_->forget();
}

/// The record at the position, after passing over those that end before `from_`.
result<std::optional<record>> batch_reader::next_record() {
  for (;;) {
    auto passed = pass_over();
    if (!passed)
      return fail(passed.error());
    if (is_done())
      return std::nullopt;
    if (!*passed)
      return reader_->read();
  }
}

/// Whether the record at the position ends before `from_`, and was passed over.
result<bool> batch_reader::pass_over() {
  if (position_.next_seq >= from_)
    return false;
  auto found = reader_->read_header();
  if (!found)
    return fail(found.error());
  if (!*found)
    return false;
  auto& header = **found;
  if (auto follows = check_follows(header); !follows)
    return fail(follows.error());
  if (position_.next_seq.plus(header.event_count) > from_)
    return false;
  if (header.kind == record_kind::events)
    places_.add(header.first_seq, reader_->position());
  position_.pass(header, std::nullopt);
  reader_->pass(header);
  return true;
}

result<void> batch_reader::check_follows(const record_header& header) const {
  if (auto wrong = position_.objection(header); !wrong.empty())
    return damage(std::string{wrong});
  return {};
}

result<stored_batch> batch_reader::accept(const record& found) {
  auto& header = found.header;
  if (auto follows = check_follows(header); !follows)
    return fail(follows.error());
  if (count_events(found.payload()) != header.event_count)
    return damage("the payload is not the list of events that the header states");
  stored_batch batch;
  batch.kind = header.kind;
  batch.first_seq = header.first_seq;
  batch.event_count = header.event_count;
  batch.epoch = header.epoch;
  batch.index = header.index;
  batch.committed_at = header.committed_at;
  batch.chain = hasher_.next(found.bytes, found.payload());
  batch.payload = found.payload();
  batch.file = reader_->path();
  batch.offset = reader_->position();
  if (header.kind == record_kind::events)
    places_.add(header.first_seq, reader_->position());
  position_.pass(header, batch.chain);
  reader_->pass(header);
  return batch;
}

tl::unexpected<error> batch_reader::damage(std::string what) const {
  return corrupt_at(reader_->path(), reader_->position(), what);
}

} // namespace daybook::log
