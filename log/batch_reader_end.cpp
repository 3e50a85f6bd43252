#include "log/batch_reader.hpp"
#include "log/corruption.hpp"

#include <fmt/format.h>

#include <algorithm>

// Where reading ends: the ends of segments, of the log, and of what is durable of it.

namespace daybook::log {

namespace {

/// How often a place is looked at where somebody may be writing, before it is judged. A write that
/// lasts longer than that is reported as torn, which it is at that moment.
constexpr int looks_max = 8;

} // namespace

bool batch_reader::is_done() const {
  switch (until_) {
  case until::end:
    break;
  case until::last:
    return std::max(position_.next_seq, from_) > last_;
  case until::durable_end:
    return ended_ || (durable_end_ && reader_->position() >= *durable_end_);
  }
  return ended_;
}

// -- segments ------------------------------------------------------------------------------------

/// Nothing verifies at the position: the segment's end, the log's end, or damage.
result<void> batch_reader::end_segment() {
  auto seen = look();
  if (!seen)
    return fail(seen.error());
  if (is_last() || decide(*seen) != verdict::clean_end)
    return end_log(*seen);
  auto begins_at = segments_[current_ + 1].first_seq;
  if (begins_at != position_.next_seq)
    return damage(fmt::format("the segment ends before seq {}, but the next one begins at {}",
                              position_.next_seq.value(), begins_at.value()));
  return enter(current_ + 1);
}

/// In a range there is always a next record, and it lies in the segment that begins with it.
result<void> batch_reader::end_segment_of_range() {
  auto more = list_again();
  if (!more)
    return fail(more.error());
  if (!*more)
    return damage("the record does not verify, and it must be durable");
  return end_segment();
}

/// What is at the position and behind it.
result<evidence> batch_reader::look() {
  auto follows = next_follows();
  if (!follows)
    return fail(follows.error());
  if (!*follows)
    return reader_->examine(is_last() && !torn_creation_);
  evidence seen;
  seen.next_follows = true;
  return seen;
}

result<bool> batch_reader::next_follows() {
  if (is_last())
    return false;
  auto opened = segment_reader::open(*disk_, segments_[current_ + 1].path, open_mode::read);
  if (!opened && opened.error().code() == ec::corrupt)
    return false;
  if (!opened)
    return fail(opened.error());
  bytes_before_ += opened->bytes_read();
  auto& next = opened->header();
  return next.book == book() && position_.objection(next).empty();
}

/// Whether a segment begins where the records of this one end. It may have appeared since the
/// directory was listed.
result<bool> batch_reader::list_again() {
  auto found = list_segments(*disk_, directory_);
  if (!found)
    return fail(found.error());
  auto next = std::ranges::upper_bound(*found, header().first_seq, {}, &segment_entry::first_seq);
  if (next == found->begin() || next == found->end() || next->first_seq != position_.next_seq)
    return false;
  current_ = static_cast<std::size_t>(next - found->begin()) - 1;
  segments_ = std::move(*found);
  return true;
}

// -- the log -------------------------------------------------------------------------------------

/// The last segment that has a header page ends here, if it does.
result<void> batch_reader::end_log(const evidence& seen) {
  switch (decide(seen)) {
  case verdict::corrupt:
    return damage(fmt::format("the record {}", explain(seen)));
  case verdict::cut_tail: {
    auto rest = reader_->rest_bytes();
    if (!rest)
      return fail(rest.error());
    torn_ = torn_tail{reader_->path(), reader_->position(), *rest, false};
    break;
  }
  case verdict::clean_end:
    if (torn_creation_) {
      if (auto ended = end_torn_creation(); !ended)
        return ended;
    }
    break;
  }
  ended_ = true;
  return {};
}

result<void> batch_reader::end_torn_creation() {
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

/// A segment is created after everything before it was synced, and used after its header page was.
/// So a crash during creation leaves a last segment with an incomplete page and nothing behind it.
/// The first segment is never found that way: a book appears under its name when it is durable.
result<void> batch_reader::find_torn_creation() {
  if (segments_.size() == 1)
    return {};
  // Beside a live writer the page may be written right now, or between two looks.
  auto looks = until_ == until::durable_end ? looks_max : 1;
  for (auto left = looks; left > 0; --left) {
    auto torn = is_torn_creation(segments_.back().path, left == 1);
    if (!torn)
      return fail(torn.error());
    if (!*torn)
      return {};
  }
  torn_creation_ = segments_.back();
  segments_.pop_back();
  return {};
}

/// Only the last look may find corruption.
result<bool> batch_reader::is_torn_creation(const std::string& path, bool last_look) {
  auto mode = past_cache_ ? open_mode::read_past_cache : open_mode::read;
  if (auto opened = segment_reader::open(*disk_, path, mode); opened) {
    bytes_before_ += opened->bytes_read();
    return false;
  } else if (opened.error().code() != ec::corrupt)
    return fail(opened.error());
  auto opened = disk_->open(path, mode);
  if (!opened)
    return fail(opened.error());
  file_window window{std::move(*opened)};
  auto seen = examine_header_page(window, true);
  if (!seen)
    return fail(seen.error());
  if (decide(*seen) == verdict::cut_tail || !last_look)
    return true;
  return corrupt_at(path, 0, fmt::format("the header page {}", explain(*seen)));
}

// -- what is durable -----------------------------------------------------------------------------

/// In the last segment: reads ahead to its end, makes that durable, and comes back.
///
/// Every record before this segment was synced before the segment was created. Of this segment the
/// bytes come from the device and not from the page cache, where a failed sync may have left what
/// the device does not have [I2]; the device may still hold them in a cache of its own, and the
/// file system may still hold the file's size and blocks in memory. The sync behind the last look
/// makes both durable, or fails; where the file system cannot read past its cache, it also fails
/// when a page could not be written since the file was opened. Only after it is a record given out.
/// Its file's name is durable too: no writer appends to a segment before its directory is synced.
///
/// It comes to an end beside a live writer, who can add to this segment only until it is full.
result<void> batch_reader::find_durable_end() {
  auto begin = reader_->position();
  auto position = position_;
  for (auto looks = 1;; ++looks) {
    auto found = next_record();
    if (!found)
      return fail(found.error());
    if (*found) {
      if (auto accepted = accept(**found); !accepted)
        return fail(accepted.error());
      looks = 0;
      continue;
    }
    auto ends = ends_durably(looks == looks_max);
    if (!ends)
      return fail(ends.error());
    if (*ends)
      break;
    // What is being written needs a moment, and a sync is one: it waits for the device.
    if (auto synced = reader_->sync(); !synced)
      return synced;
    reader_->forget();
  }
  if (auto synced = reader_->sync(); !synced)
    return synced;
  ended_ = false;
  durable_end_ = reader_->position();
  reader_->go_to(begin);
  position_ = position;
  return {};
}

/// Nothing verifies at the position. Whether that is the end, or a record that is being written and
/// should be looked at again.
result<bool> batch_reader::ends_durably(bool last_look) {
  if (torn_creation_) {
    auto still = is_torn_creation(torn_creation_->path, last_look);
    if (!still)
      return fail(still.error());
    if (!*still)
      torn_creation_.reset();
  }
  if (!torn_creation_) {
    if (auto listed = list_again(); !listed)
      return fail(listed.error());
  }
  auto seen = look();
  if (!seen)
    return fail(seen.error());
  if (decide(*seen) != verdict::clean_end && !last_look)
    return false;
  if (auto ended = end_log(*seen); !ended)
    return fail(ended.error());
  return true;
}

} // namespace daybook::log
