#include "log/log_point.hpp"

#include "log/batch_reader.hpp"

namespace daybook::log {

result<bool> contains_point(storage& disk, const std::string& directory, std::string_view book,
                            const log_point& point, const live_index* live, live_index* passed) {
  return batch_reader::contains(disk, directory, book, point, live, passed);
}

} // namespace daybook::log
