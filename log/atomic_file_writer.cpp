#include "log/atomic_file_writer.hpp"

#include "base/check.hpp"

#include <tuple>

namespace daybook::log {

result<atomic_file_writer> atomic_file_writer::create(storage& disk, std::string directory,
                                                      std::string_view temporary_name) {
  auto path = join(directory, temporary_name);
  auto created = disk.open(path, open_mode::create_new);
  if (!created && created.error().get("errno") == "EEXIST") {
    if (auto removed = disk.remove(path); !removed)
      return fail(removed.error());
    created = disk.open(path, open_mode::create_new);
  }
  // Power lost from here to the renaming: the temporary name may stay, with any content. No reader
  // looks at such names.
  if (!created)
    return fail(created.error());
  return atomic_file_writer{disk, std::move(directory), std::move(path), std::move(*created)};
}

atomic_file_writer::~atomic_file_writer() {
  if (!file_)
    return;
  file_.reset();
  // Whoever creates this file again replaces what stays now.
  std::ignore = disk_->remove(path_);
}

result<void> atomic_file_writer::append(byte_span bytes) {
  if (failed_)
    return fail(*failed_);
  DAYBOOK_CHECK(file_);
  if (buffer_.size() + bytes.size() > buffer_bytes)
    if (auto flushed = flush(); !flushed)
      return keep_error(flushed);
  if (bytes.size() >= buffer_bytes)
    return keep_error(write(bytes));
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return {};
}

result<void> atomic_file_writer::publish(std::string_view name) {
  if (failed_)
    return fail(*failed_);
  DAYBOOK_CHECK(file_);
  return keep_error(make_durable_as(name));
}

result<void> atomic_file_writer::make_durable_as(std::string_view name) {
  if (auto flushed = flush(); !flushed)
    return flushed;
  // The content is durable before the name is: a name that survives leads to the whole file.
  if (auto synced = file_->sync(); !synced)
    return synced;
  if (auto renamed = disk_->rename(path_, join(directory_, name)); !renamed)
    return renamed;
  file_.reset();
  // Power lost before the next line returns: the old file or none, or the new one; and perhaps the
  // temporary name. After it: the new one.
  return disk_->sync_directory(directory_);
}

result<void> atomic_file_writer::flush() {
  if (buffer_.empty())
    return {};
  if (auto written = write(buffer_); !written)
    return written;
  buffer_.clear();
  return {};
}

result<void> atomic_file_writer::write(byte_span bytes) {
  if (auto written = file_->write_at(flushed_, bytes); !written)
    return written;
  flushed_ += bytes.size();
  return {};
}

result<void> atomic_file_writer::keep_error(result<void> outcome) {
  if (!outcome)
    failed_ = outcome.error();
  return outcome;
}

} // namespace daybook::log
