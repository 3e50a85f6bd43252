#include "log/log_point.hpp"

#include "log/batch_reader.hpp"

namespace daybook::log {

result<bool> contains_point(storage& disk, const std::string& directory, std::string_view book,
                            const log_point& point, const live_index* live) {
  auto reader = batch_reader::read_after(disk, directory, book, point, true, live);
  if (!reader)
    return fail(reader.error());
  return reader->has_value();
}

} // namespace daybook::log
