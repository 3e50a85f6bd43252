#include "log/read_to_end.hpp"

namespace daybook::log {

result<std::uint64_t> read_to_end(batch_reader& reader, const batch_visitor& visitor) {
  std::uint64_t batches = 0;
  for (;;) {
    auto batch = reader.next();
    if (!batch)
      return fail(batch.error());
    if (!*batch)
      return batches;
    batches += (*batch)->kind == record_kind::events;
    if (!visitor)
      continue;
    if (auto seen = visitor(**batch); !seen)
      return fail(seen.error());
  }
}

} // namespace daybook::log
