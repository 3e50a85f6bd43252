#include "log/batch_reader.hpp"
#include "log/corruption.hpp"

#include <algorithm>

// Beginning in the middle of a log.

namespace daybook::log {

/// Goes behind the point. False, and in no particular place, when it is not in the log.
result<bool> batch_reader::find_point(const log_point& known, const live_index* live) {
  auto after = std::ranges::upper_bound(segments_, known.seq, {}, &segment_entry::first_seq);
  auto segment = static_cast<std::size_t>(after - segments_.begin());
  if (after != segments_.end() && after->first_seq == known.seq.next()) {
    if (auto entered = enter(segment); !entered)
      return fail(entered.error());
    if (segment == 0 || header().previous_chain == known.chain)
      return true;
    // Not the batch was the last record of the segment before, but the start of an epoch.
    leave();
  }
  if (auto entered = enter(segment - 1); !entered)
    return fail(entered.error());
  from_ = known.seq;
  if (auto found = seek(live); !found)
    return fail(found.error());
  for (;;) {
    auto batch = next();
    if (!batch)
      return fail(batch.error());
    if (!*batch)
      return false;
    if ((*batch)->kind == record_kind::events)
      return (*batch)->last_seq() == known.seq && (*batch)->chain == known.chain;
  }
}

/// In the segment that was just entered, to the last known place at or before `from_`.
result<void> batch_reader::seek(const live_index* live) {
  auto place = find_place(live);
  if (!place)
    return fail(place.error());
  if (!*place)
    return {};
  auto found = reader_->read_header_at((*place)->offset);
  if (!found)
    return fail(found.error());
  // The index is a hint: where no such record verifies, reading begins at the first one.
  if (!*found || (*found)->kind != record_kind::events ||
      (*found)->first_seq != (*place)->first_seq || (*found)->index < header().first_index ||
      (*found)->epoch < header().epoch)
    return {};
  auto& next = **found;
  position_ = {next.first_seq, next.index, next.epoch, next.committed_at, next.previous_chain};
  reader_->go_to((*place)->offset);
  // A writer goes on with the places of the segment that reading ends in.
  if (live && until_ == until::end)
    places_ = live->before(header().first_seq, (*place)->offset);
  return {};
}

result<std::optional<record_place>> batch_reader::find_place(const live_index* live) {
  if (from_ <= header().first_seq)
    return std::nullopt;
  if (auto place = live ? live->find(header().first_seq, from_) : std::nullopt)
    return place;
  // Also asked of the last segment: it may have been sealed since the directory was listed.
  auto index = reader_->read_places();
  if (!index)
    return fail(index.error());
  return *index ? (*index)->find(from_) : std::nullopt;
}

result<void> batch_reader::check_passed_by() {
  // What is known of the position between two segments; all of it when the chain is known.
  log_position between;
  between.chain = hasher_.first(book());
  for (std::size_t i = 0; current_ > 0 && i <= current_; ++i) {
    auto& path = segments_[i].path;
    auto opened = segment_reader::open(*disk_, path, open_mode::read);
    if (!opened)
      return fail(opened.error());
    auto& x = opened->header();
    if (auto checked = check_book(x, path, book()); !checked)
      return checked;
    if (x.first_seq != segments_[i].first_seq)
      return corrupt_at(path, 0, "the first seq is not the one in the file's name");
    auto runs_back = x.first_index < between.next_index || x.epoch < between.epoch;
    auto wrong = between.chain ? between.objection(x)
                 : runs_back   ? "the log index or the epoch is before those of the segment before"
                               : std::string_view{};
    if (!wrong.empty())
      return corrupt_at(path, 0, wrong);
    auto trailer = opened->read_trailer();
    if (!trailer)
      return fail(trailer.error());
    if (*trailer)
      between = (*trailer)->end;
    else
      between = {x.first_seq.next(), x.first_index.next(), x.epoch, lowest_timestamp, std::nullopt};
    bytes_before_ += opened->bytes_read();
  }
  return {};
}

} // namespace daybook::log
