#include "log/space_probe.hpp"

#include "log/atomic_file_writer.hpp"

namespace daybook::log {

namespace {

constexpr std::size_t probe_bytes = 1024 * 1024;

} // namespace

result<void> probe_space(storage& disk, const std::string& directory) {
  auto file = atomic_file_writer::create(disk, directory, ".space.tmp");
  if (!file)
    return fail(std::move(file.error()));
  return file->append(byte_buffer(probe_bytes));
}

bool is_no_space(const error& x) {
  auto number = x.get("errno");
  return x.code() == ec::io && (number == "ENOSPC" || number == "EDQUOT");
}

} // namespace daybook::log
