#include "log/verify.hpp"

#include "log/batch_reader.hpp"
#include "log/read_to_end.hpp"

namespace daybook::log {

result<verify_report> verify(storage& disk, const std::string& directory, std::string_view book,
                             const batch_visitor& visitor) {
  auto reader = batch_reader::read_durable(disk, directory, book);
  if (!reader)
    return fail(reader.error());
  verify_report report;
  auto batches = read_to_end(*reader, visitor);
  if (!batches)
    return fail(batches.error());
  report.batches = *batches;
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
