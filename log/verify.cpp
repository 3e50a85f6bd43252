#include "log/verify.hpp"

#include "log/batch_reader.hpp"

namespace daybook::log {

result<verify_report> verify(storage& disk, const std::string& directory, std::string_view book,
                             const batch_visitor& visitor) {
  auto reader = batch_reader::read_all(disk, directory, book);
  if (!reader)
    return fail(reader.error());
  verify_report report;
  for (;;) {
    auto batch = reader->next();
    if (!batch)
      return fail(batch.error());
    if (!*batch)
      break;
    report.batches += (*batch)->kind == record_kind::events;
    if (!visitor)
      continue;
    if (auto seen = visitor(**batch); !seen)
      return fail(seen.error());
  }
  auto& end = reader->position();
  report.book = reader->book();
  report.segments = reader->segment_count();
  report.last_seq = event_seq{end.next_seq.value() - 1};
  report.epoch = end.epoch;
  report.chain = *end.chain;
  report.torn = reader->torn();
  return report;
}

} // namespace daybook::log
