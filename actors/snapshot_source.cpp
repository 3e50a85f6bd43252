#include "actors/snapshot_source.hpp"

#include "log/log_point.hpp"

namespace daybook::actors {

result<snapshot_source> snapshot_source::open(const environment& env,
                                              const log::snapshot_entry& entry) {
  auto reader = log::snapshot_reader::open(*env.storage, entry.path);
  if (!reader)
    return fail(std::move(reader.error()));
  snapshot_source source{entry.path, std::move(*reader)};
  if (auto read = source.read_header(entry.last_seq); !read)
    return fail(std::move(read.error()));
  return source;
}

result<void> snapshot_source::read_header(event_seq seq) {
  auto message = from_.next();
  if (!message)
    return fail(std::move(message.error()));
  if (!*message)
    return corrupt("it has no header");
  auto header = protocol::decode_snapshot_header(**message);
  if (!header)
    return corrupt(header.error().message());
  header_ = std::move(*header);
  if (header_.book != from_.header().book || header_.seq != from_.header().last_seq ||
      header_.seq != seq)
    return corrupt("its header is of another snapshot");
  return {};
}

result<protocol::snapshot_chunk*> snapshot_source::next() {
  auto message = from_.next();
  if (!message)
    return fail(std::move(message.error()));
  if (!*message) {
    if (accounts_ != header_.accounts)
      return corrupt("it does not have as many accounts as its header says");
    return nullptr;
  }
  if (auto decoded = protocol::decode(**message, chunk_); !decoded)
    return corrupt(decoded.error().message());
  if (chunk_.first.value() != accounts_ || chunk_.accounts.size() > header_.accounts - accounts_)
    return corrupt("its accounts do not follow each other");
  accounts_ += chunk_.accounts.size();
  return &chunk_;
}

tl::unexpected<error> snapshot_source::corrupt(std::string what) const {
  return fail(ec::corrupt, "the snapshot " + path_ + " is damaged: " + what, {{"file", path_}});
}

result<void> restore(snapshot_source& from, ledger::book_machine& machine) {
  if (auto restored = machine.restore(from.header()); !restored)
    return restored;
  for (;;) {
    auto chunk = from.next();
    if (!chunk)
      return fail(std::move(chunk.error()));
    if (!*chunk)
      return {};
    if (auto restored = machine.restore((*chunk)->accounts); !restored)
      return restored;
  }
}

result<snapshot_source> open_snapshot_of(const environment& env, const log::snapshot_entry& entry,
                                         const std::string& directory, const std::string& book,
                                         const log::live_index* live, log::live_index* passed) {
  auto source = snapshot_source::open(env, entry);
  if (!source)
    return source;
  auto& header = source->header();
  auto known =
      log::contains_point(*env.storage, directory, book, {header.seq, header.chain}, live, passed);
  if (!known)
    return fail(std::move(known.error()));
  if (!*known)
    return fail(ec::corrupt, "the snapshot " + entry.path + " does not come from this log",
                {{"file", entry.path}});
  return source;
}

} // namespace daybook::actors
