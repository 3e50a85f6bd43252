// Events as a reader sees them: pages of them, and the causes of one.

#include "actors/reader.hpp"
#include "actors/reads/log_walk.hpp"
#include "actors/reads/unit_border.hpp"
#include "actors/recorded.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace daybook::actors {

namespace {

recorded_event record_at(const log_scan& scan, const ledger::stored_event& event,
                         const event_place& at) {
  return record(event, info_of(at.batch), at.seq, scan.id, *scan.chart);
}

/// Fills a page with whole units.
class unit_page_filler {
public:
  explicit unit_page_filler(const events_job& job)
      : scan_(job.scan), limit_(std::clamp<std::size_t>(job.limit, 1, page_items_max)) {}

  /// Whether to go on.
  bool operator()(const ledger::stored_event& event, const event_place& at) {
    auto in_unit = event.joined && !page_.items.empty();
    if (!in_unit)
      unit_ = page_.items.size();
    if (!has_room(in_unit)) {
      end_before(in_unit ? unit_ : page_.items.size(), at.seq);
      return false;
    }
    bytes_ += at.bytes;
    page_.items.push_back(record_at(scan_, event, at));
    return true;
  }

  events_page take() { return std::move(page_); }

private:
  bool has_room(bool in_unit) const {
    // The first unit of a page is whole, however large it is: as a batch of the log at most.
    if (in_unit && unit_ == 0)
      return true;
    return page_.items.size() < limit_ && bytes_ < page_bytes_max;
  }

  /// `next` is the seq of the event behind the last item.
  void end_before(std::size_t size, event_seq next) {
    if (size == 0)
      size = page_.items.size();
    page_.next = event_seq{next.value() - (page_.items.size() - size)};
    page_.items.resize(size);
  }

  const log_scan& scan_;
  std::size_t limit_;
  std::size_t bytes_ = 0;
  std::size_t unit_ = 0; ///< where the last unit begins
  events_page page_;
};

/// The event of this book that caused another one, if it says so. A cause is older: what says
/// otherwise is somebody's own text.
std::optional<event_seq> cause_of(const log_scan& scan, const recorded_event& event) {
  transaction_id cause;
  if (!from_string(event.causation_id, cause) || cause.book != scan.id ||
      cause.seq == event_seq{} || cause.seq >= event.receipt.id.seq)
    return std::nullopt;
  return cause.seq;
}

result<recorded_event> read_event(const environment& env, const log_scan& scan, event_seq seq) {
  std::optional<recorded_event> found;
  auto done = each_event(env, scan, seq, seq, [&](auto& event, auto& at) {
    found = record_at(scan, event, at);
    return true;
  });
  if (!done)
    return fail(std::move(done.error()));
  if (!found)
    return fail(ec::not_found,
                "the book '" + scan.name + "' has no event " + std::to_string(seq.value()),
                {{"what", to_string(transaction_id{scan.id, seq})}});
  return std::move(*found);
}

} // namespace

result<events_page> read_events(const environment& env, const events_job& job) {
  auto from = std::max(job.from, event_seq{1});
  if (job.alone)
    return read_event(env, job.scan, from).map([](recorded_event x) {
      return events_page{{std::move(x)}, std::nullopt};
    });
  unit_page_filler page{job};
  auto done =
      each_event(env, job.scan, from, job.scan.last, [&](auto& event, auto& at) -> result<bool> {
        if (event.joined && at.seq == from)
          if (auto begins = check_start(env, job.scan, from); !begins)
            return fail(std::move(begins.error()));
        return page(event, at);
      });
  if (!done)
    return fail(std::move(done.error()));
  return page.take();
}

result<std::vector<recorded_event>> read_ancestors(const environment& env,
                                                   const ancestors_job& job) {
  auto event = read_event(env, job.scan, job.of);
  if (!event)
    return fail(std::move(event.error()));
  std::vector<recorded_event> causes;
  for (auto cause = cause_of(job.scan, *event); cause && causes.size() < job.limit;
       cause = cause_of(job.scan, causes.back())) {
    event = read_event(env, job.scan, *cause);
    if (!event)
      return fail(std::move(event.error()));
    causes.push_back(std::move(*event));
  }
  return causes;
}

} // namespace daybook::actors
