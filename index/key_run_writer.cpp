#include "index/key_run_writer.hpp"

#include "index/layout.hpp"

namespace daybook::index {

void key_run_writer::add(const key_use& x) {
  finish_before(bucket_of(x.key, run_.bits));
  append_entry(bytes_, x);
}

void key_run_writer::add(const hash128& key, std::string_view entry) {
  finish_before(bucket_of(key, run_.bits));
  bytes_.append(entry);
}

void key_run_writer::finish_before(std::uint64_t bucket) {
  for (; bucket_ < bucket; ++bucket_) {
    to_.put(layout::bucket_key(book_, run_.number, static_cast<std::uint32_t>(bucket_)), bytes_);
    bytes_.clear();
  }
}

} // namespace daybook::index
