#include "actors/snapshot_builder.hpp"

#include "actors/logging.hpp"
#include "actors/reads/log_walk.hpp"
#include "actors/snapshot_source.hpp"
#include "ledger/state_delta.hpp"
#include "log/event_list.hpp"
#include "log/snapshot_catalog.hpp"
#include "log/snapshot_writer.hpp"
#include "protocol/event_codec.hpp"
#include "protocol/snapshot_codec.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace daybook::actors {

namespace {

constexpr std::size_t chunk_accounts = 1'000;
constexpr std::size_t snapshots_kept = 2;

void tell_unusable(const std::string& book, const error& reason) {
  logger()->warn("book={} event=snapshot_passed_over reason=\"{}\"", book, to_string(reason));
}

bool is_about(const error& reason, const std::string& path) {
  return reason.get("file") == path || reason.get("path") == path;
}

/// Whether the snapshot can be read from one end to the other.
result<void> read_through(snapshot_source& source) {
  for (;;) {
    auto chunk = source.next();
    if (!chunk)
      return fail(std::move(chunk.error()));
    if (!*chunk)
      return {};
  }
}

/// What the log behind `delta` changes, up to `scan.last`.
result<void> fold_log(const environment& env, const log_scan& scan, ledger::state_delta& delta) {
  auto reader = read_batches(env, scan, delta.header().seq.next(), scan.last);
  if (!reader)
    return fail(std::move(reader.error()));
  ledger::stored_event event;
  for (;;) {
    auto batch = reader->next();
    if (!batch)
      return fail(std::move(batch.error()));
    if (!*batch)
      return {};
    if ((*batch)->event_count == 0)
      continue;
    if (auto begun = delta.begin(info_of(**batch)); !begun)
      return fail(at_record(begun.error(), **batch));
    log::event_list events{(*batch)->payload};
    while (auto bytes = events.next()) {
      if (auto decoded = protocol::decode(*bytes, event); !decoded)
        return fail(at_record(decoded.error(), **batch));
      if (auto applied = delta.apply(event.content); !applied)
        return fail(at_record(applied.error(), **batch));
    }
  }
}

/// Puts a snapshot's messages into its file, accounts in chunks.
class chunk_writer {
public:
  explicit chunk_writer(log::snapshot_writer to) : to_(std::move(to)) {}

  result<void> add(const ledger::book_state_header& x) {
    bytes_.clear();
    protocol::encode(x, bytes_);
    return to_.add(bytes_);
  }

  /// The next account.
  result<void> add(const ledger::account_state& x) {
    if (in_chunk_ == 0) {
      bytes_.clear();
      protocol::encode_chunk_begin(next_, bytes_);
    }
    protocol::encode_next(x, bytes_);
    next_ = next_.next();
    return ++in_chunk_ < chunk_accounts ? result<void>{} : flush();
  }

  /// The size of the file.
  result<std::uint64_t> finish() {
    if (auto flushed = flush(); !flushed)
      return fail(std::move(flushed.error()));
    if (auto finished = to_.finish(); !finished)
      return fail(std::move(finished.error()));
    return to_.bytes();
  }

private:
  result<void> flush() {
    if (std::exchange(in_chunk_, 0) == 0)
      return {};
    return to_.add(bytes_);
  }

  log::snapshot_writer to_;
  byte_buffer bytes_;
  account_no next_;
  std::size_t in_chunk_ = 0;
};

/// The accounts of the snapshot before, as they are now.
result<void> add_known(snapshot_source& base, const ledger::state_delta& delta, chunk_writer& to) {
  for (;;) {
    auto chunk = base.next();
    if (!chunk)
      return fail(std::move(chunk.error()));
    if (!*chunk)
      return {};
    auto n = (*chunk)->first;
    for (auto& account : (*chunk)->accounts) {
      // The log is the truth [I9]: it is the snapshot that is wrong.
      if (auto updated = delta.update(n, account); !updated)
        return fail(std::move(updated.error()).with("file", base.path()));
      if (auto added = to.add(account); !added)
        return added;
      n = n.next();
    }
  }
}

/// A snapshot of `scan.last` from the one in `base`, or from nothing when that is null.
result<snapshot_info> build(const environment& env, const log_scan& scan, snapshot_source* base) {
  ledger::book_state_header empty;
  empty.book = scan.id;
  ledger::state_delta delta{base ? base->header() : empty, *scan.chart};
  if (auto folded = fold_log(env, scan, delta); !folded)
    return fail(std::move(folded.error()));
  auto header = delta.header();
  if (header.seq != scan.last)
    return fail(ec::invalid_argument, "a snapshot is of an event that ends a batch",
                {{"field", "last"}});
  auto file = log::snapshot_writer::create(*env.storage, scan.directory, header.seq, scan.id,
                                           env.random->next());
  if (!file)
    return fail(std::move(file.error()));
  chunk_writer to{std::move(*file)};
  if (auto added = to.add(header); !added)
    return fail(std::move(added.error()));
  if (base)
    if (auto added = add_known(*base, delta, to); !added)
      return fail(std::move(added.error()));
  for (auto& account : delta.new_accounts())
    if (auto added = to.add(account); !added)
      return fail(std::move(added.error()));
  auto bytes = to.finish();
  if (!bytes)
    return fail(std::move(bytes.error()));
  return snapshot_info{header.seq, *bytes, true};
}

result<std::uint64_t> file_size(const environment& env, const std::string& path) {
  auto file = env.storage->open(path, log::open_mode::read);
  if (!file)
    return fail(std::move(file.error()));
  return (*file)->size();
}

/// From one snapshot before, or it is the one that is wanted already.
result<snapshot_info> build_from(const environment& env, const log_scan& scan,
                                 const log::snapshot_entry& entry) {
  if (entry.last_seq > scan.last)
    return fail(ec::corrupt, "the snapshot " + entry.path + " is ahead of the log",
                {{"file", entry.path}});
  auto base = open_snapshot_of(env, entry, scan.directory, scan.name, scan.live.get());
  if (!base)
    return fail(std::move(base.error()));
  if (entry.last_seq < scan.last)
    return build(env, scan, &*base);
  if (auto readable = read_through(*base); !readable)
    return fail(std::move(readable.error()));
  return file_size(env, entry.path).map([&](auto bytes) {
    return snapshot_info{entry.last_seq, bytes, false};
  });
}

/// From the newest snapshot that allows it. Those that verification refuses go to `damaged`.
result<snapshot_info> build_from_any(const environment& env, const log_scan& scan,
                                     const std::vector<log::snapshot_entry>& known,
                                     std::vector<log::snapshot_entry>& damaged) {
  for (auto& entry : known) {
    auto built = build_from(env, scan, entry);
    if (built || !is_about(built.error(), entry.path))
      return built;
    tell_unusable(scan.name, built.error());
    if (built.error().code() == ec::corrupt)
      damaged.push_back(entry);
  }
  return build(env, scan, nullptr);
}

/// Damaged ones would count among those that are kept. The one that was just written may have taken
/// the place of one of them.
result<void> remove(const environment& env, const std::vector<log::snapshot_entry>& damaged,
                    event_seq but) {
  for (auto& entry : damaged)
    if (entry.last_seq != but)
      if (auto removed = env.storage->remove(entry.path); !removed)
        return removed;
  return {};
}

} // namespace

result<snapshot_info> write_snapshot(const environment& env, const log_scan& scan) {
  if (scan.last == event_seq{})
    return fail(ec::invalid_argument, "an empty book has no snapshot", {{"field", "last"}});
  auto known = log::list_snapshots(*env.storage, scan.directory);
  if (!known)
    return fail(std::move(known.error()));
  std::vector<log::snapshot_entry> damaged;
  auto info = build_from_any(env, scan, *known, damaged);
  if (!info)
    return info;
  if (auto removed = remove(env, damaged, info->seq); !removed)
    return fail(std::move(removed.error()));
  if (auto kept = log::keep_snapshots(*env.storage, scan.directory, snapshots_kept); !kept)
    return fail(std::move(kept.error()));
  return info;
}

result<std::optional<restored_machine>>
load_snapshot(const environment& env, const std::string& directory, const std::string& book,
              const ledger::machine_options& options, log::live_index* passed) {
  auto known = log::list_snapshots(*env.storage, directory);
  if (!known)
    return fail(std::move(known.error()));
  for (auto& entry : *known) {
    auto source = open_snapshot_of(env, entry, directory, book, passed, passed);
    if (!source) {
      tell_unusable(book, source.error());
      continue;
    }
    auto& header = source->header();
    restored_machine found{ledger::book_machine{options}, {header.seq, header.chain}};
    if (auto restored = restore(*source, found.machine); !restored) {
      tell_unusable(book, restored.error());
      continue;
    }
    return found;
  }
  return std::nullopt;
}

} // namespace daybook::actors
