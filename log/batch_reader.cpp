#include "log/batch_reader.hpp"

#include "log/event_list.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::log {

namespace {

/// Names come from the disk here, and messages are one line for a person.
std::string quoted(std::string_view name) {
  std::string text = "'";
  for (char c : name)
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return text + "'";
}

tl::unexpected<error> corrupt_at(const std::string& path, std::uint64_t offset, std::string what) {
  return fail(ec::corrupt, fmt::format("{} at offset {}: {}", path, offset, what),
              {{"file", path}, {"offset", std::to_string(offset)}});
}

} // namespace

// -- opening -------------------------------------------------------------------------------------

result<batch_reader> batch_reader::read_all(storage& disk, std::string directory,
                                            std::string_view book, bool past_cache) {
  batch_reader reader{disk, std::move(directory), book};
  reader.past_cache_ = past_cache;
  if (auto listed = reader.list(); !listed)
    return fail(listed.error());
  if (auto looked = reader.find_torn_creation(); !looked)
    return fail(looked.error());
  if (auto entered = reader.enter(0); !entered)
    return fail(entered.error());
  return reader;
}

result<batch_reader> batch_reader::read_range(storage& disk, std::string directory,
                                              std::string_view book, event_seq from,
                                              event_seq last) {
  batch_reader reader{disk, std::move(directory), book};
  reader.from_ = std::max(from, event_seq{1});
  reader.last_ = last;
  if (auto listed = reader.list(); !listed)
    return fail(listed.error());
  auto& all = reader.segments_;
  auto after = std::ranges::upper_bound(all, reader.from_, {}, &segment_entry::first_seq);
  if (auto entered = reader.enter(after - all.begin() - 1); !entered)
    return fail(entered.error());
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

/// A segment is created after everything before it was synced, and used after its header page was.
/// So a crash during creation leaves a last segment with an incomplete page and nothing behind it.
/// The first segment is never found that way: a book appears under its name when it is durable.
result<void> batch_reader::find_torn_creation() {
  if (segments_.size() == 1)
    return {};
  auto& path = segments_.back().path;
  auto mode = past_cache_ ? open_mode::read_past_cache : open_mode::read;
  if (auto opened = segment_reader::open(*disk_, path, mode); opened)
    return {};
  else if (opened.error().code() != ec::corrupt)
    return fail(opened.error());
  auto opened = disk_->open(path, mode);
  if (!opened)
    return fail(opened.error());
  file_window window{std::move(*opened)};
  auto seen = examine_header_page(window, true);
  if (!seen)
    return fail(seen.error());
  if (decide(*seen) != verdict::cut_tail)
    return corrupt_at(path, 0, fmt::format("the header page {}", explain(*seen)));
  torn_creation_ = segments_.back();
  segments_.pop_back();
  return {};
}

result<void> batch_reader::enter(std::size_t segment) {
  auto is_first = !reader_.has_value();
  auto is_last = segment + 1 == segments_.size();
  auto mode = past_cache_ && is_last ? open_mode::read_past_cache : open_mode::read;
  auto opened = segment_reader::open(*disk_, segments_[segment].path, mode);
  if (!opened)
    return fail(opened.error());
  auto book = is_first ? opened->header().book : header().book;
  current_ = segment;
  reader_ = std::move(*opened);
  if (is_first) {
    position_.next_seq = segments_[segment].first_seq;
    position_.next_index = segment == 0 ? log_index{1} : header().first_index;
    position_.epoch = segment == 0 ? writer_epoch{} : header().epoch;
    position_.chain = segment == 0 ? hasher_.first(book) : header().previous_chain;
  }
  if (header().book != book)
    return corrupt_at(reader_->path(), 0, "the segment belongs to another book of this name");
  return check_header();
}

result<void> batch_reader::check_header() const {
  auto& x = header();
  if (x.book_name != name_)
    return corrupt_at(reader_->path(), 0,
                      fmt::format("the segment belongs to the book {}, not to {}: was a file or a "
                                  "directory renamed?",
                                  quoted(x.book_name), quoted(name_)));
  if (auto wrong = position_.objection(x); !wrong.empty())
    return corrupt_at(reader_->path(), 0, std::string{wrong});
  return {};
}

// -- records -------------------------------------------------------------------------------------

result<std::optional<stored_batch>> batch_reader::next() {
  while (!is_done()) {
    auto found = next_record();
    if (!found)
      return fail(found.error());
    if (*found) {
      auto batch = accept(**found);
      if (!batch)
        return fail(batch.error());
      return std::move(*batch);
    }
    auto gone_on = last_ ? end_segment_of_range() : end_segment();
    if (!gone_on)
      return fail(gone_on.error());
  }
  return std::nullopt;
}

void batch_reader::extend(event_seq last) {
  if (last_ && last > *last_)
    last_ = last;
  reader_->forget();
}

bool batch_reader::is_done() const {
  return ended_ || (last_ && std::max(position_.next_seq, from_) > *last_);
}

/// The record at the position; in a range, after passing over those that end before it.
result<std::optional<record>> batch_reader::next_record() {
  while (last_ && position_.next_seq < from_) {
    auto header = reader_->read_header();
    if (!header)
      return fail(header.error());
    if (!*header)
      return std::nullopt;
    if (auto follows = check_follows(**header); !follows)
      return fail(follows.error());
    if (position_.next_seq.plus((*header)->event_count) > from_)
      break;
    position_.pass(**header, std::nullopt);
    reader_->pass(**header);
  }
  return reader_->read();
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
  position_.pass(header, batch.chain);
  reader_->pass(header);
  return batch;
}

// -- ends ----------------------------------------------------------------------------------------

/// Nothing verifies at the position: the segment's end, the log's end, or damage.
result<void> batch_reader::end_segment() {
  auto is_last = current_ + 1 == segments_.size();
  auto seen = reader_->examine(is_last && !torn_creation_);
  if (!seen)
    return fail(seen.error());
  switch (decide(*seen)) {
  case verdict::corrupt:
    return damage(fmt::format("the record {}", explain(*seen)));
  case verdict::cut_tail: {
    auto rest = reader_->rest_bytes();
    if (!rest)
      return fail(rest.error());
    torn_ = torn_tail{reader_->path(), reader_->position(), *rest, false};
    ended_ = true;
    return {};
  }
  case verdict::clean_end:
    break;
  }
  if (is_last)
    return end_log();
  if (segments_[current_ + 1].first_seq != position_.next_seq)
    return damage(fmt::format("the segment ends before seq {}, but the next one begins at {}",
                              position_.next_seq.value(),
                              segments_[current_ + 1].first_seq.value()));
  return enter(current_ + 1);
}

/// The last segment that has a header page ends cleanly.
result<void> batch_reader::end_log() {
  ended_ = true;
  if (!torn_creation_)
    return {};
  if (torn_creation_->first_seq != position_.next_seq)
    return corrupt_at(torn_creation_->path, 0, "the segments before this one are missing");
  auto opened = disk_->open(torn_creation_->path, open_mode::read);
  if (!opened)
    return fail(opened.error());
  auto size = (*opened)->size();
  if (!size)
    return fail(size.error());
  torn_ = torn_tail{torn_creation_->path, 0, *size, true};
  return {};
}

/// In a range there is always a next record, and it lies in the segment that begins with it. The
/// segment may have appeared since the directory was listed.
result<void> batch_reader::end_segment_of_range() {
  auto found = list_segments(*disk_, directory_);
  if (!found)
    return fail(found.error());
  auto next = std::ranges::find(*found, position_.next_seq, &segment_entry::first_seq);
  if (next == found->end() || next->first_seq == header().first_seq)
    return damage("the record does not verify, and it must be durable");
  auto seen = reader_->examine(false);
  if (!seen)
    return fail(seen.error());
  if (decide(*seen) != verdict::clean_end)
    return damage(fmt::format("the record {}", explain(*seen)));
  auto index = static_cast<std::size_t>(next - found->begin());
  segments_ = std::move(*found);
  return enter(index);
}

tl::unexpected<error> batch_reader::damage(std::string what) const {
  return corrupt_at(reader_->path(), reader_->position(), std::move(what));
}

} // namespace daybook::log
