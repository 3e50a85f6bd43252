#include "index/key_run_writer.hpp"

#include "base/check.hpp"
#include "index/layout.hpp"

namespace daybook::index {

void key_run_writer::add(const key_use& x) {
  go_to_bucket_of(x.key);
  append_entry(bytes_, x);
}

void key_run_writer::add(const hash128& key, std::string_view entry) {
  go_to_bucket_of(key);
  bytes_.append(entry);
}

void key_run_writer::go_to_bucket_of(const hash128& key) {
  auto bucket = bucket_of(key, run_.bits);
  DAYBOOK_CHECK(bucket >= bucket_);
  finish_before(bucket);
}

void key_run_writer::finish_before(std::uint64_t bucket) {
  for (; bucket_ < bucket; ++bucket_) {
    to_.put(layout::bucket_key(book_, run_.number, static_cast<std::uint32_t>(bucket_)), bytes_);
    bytes_.clear();
  }
}

} // namespace daybook::index
