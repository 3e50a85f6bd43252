#include "index/rocks/database.hpp"

#include "index/rocks/room.hpp"
#include "index/rocks/status.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace daybook::index {

namespace {

rocksdb::CompressionType compression() {
  auto supported = rocksdb::GetSupportedCompressions();
  auto has_lz4 = std::ranges::find(supported, rocksdb::kLZ4Compression) != supported.end();
  return has_lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
}

rocksdb::Env* env_of(const index_options& options) {
  return options.env ? options.env : rocksdb::Env::Default();
}

rocksdb::DBOptions db_options(const index_options& options) {
  rocksdb::DBOptions x;
  x.env = env_of(options);
  // The log is the write-ahead log. Without RocksDB's own, all column families must become durable
  // together: after a crash they stand at one point between two writes.
  x.atomic_flush = true;
  x.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes / 2);
  // Hints of where to insert (`insert_in_order`) are for one writer at a time.
  x.allow_concurrent_memtable_write = false;
  // One flushes, one merges. When files gather because one merge goes on for long, up to two more.
  x.max_background_jobs = 4;
  // Writers of books go first: merging what is indexed can wait for a processor.
  x.env->LowerThreadPoolCPUPriority(rocksdb::Env::LOW);
  x.env->LowerThreadPoolCPUPriority(rocksdb::Env::HIGH);
  // Every file stays open and known: a lookup in memory never meets a file it would have to open.
  x.max_open_files = -1;
  // A reader that happens to hold the last reference to a file must not wait for its deletion.
  x.avoid_unnecessary_blocking_io = true;
  // Large files go to the disk bit by bit, so that a sync of a book's log does not queue behind
  // one.
  x.bytes_per_sync = 1 << 20;
  x.max_manifest_file_size = 16 << 20;
  x.info_log_level = rocksdb::WARN_LEVEL;
  x.max_log_file_size = 1 << 20;
  x.keep_log_file_num = 2;
  x.stats_dump_period_sec = 0;
  x.stats_persist_period_sec = 0;
  return x;
}

rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions x;
  x.block_cache = cache;
  // Tables' own indexes count against the cache too, in its part for what is needed most. They are
  // split into small blocks, for those of a large book are larger than the cache.
  x.cache_index_and_filter_blocks = true;
  x.cache_index_and_filter_blocks_with_high_priority = true;
  x.pin_l0_filter_and_index_blocks_in_cache = true;
  x.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  x.format_version = 5;
  return x;
}

rocksdb::ColumnFamilyOptions family_options(const index_options& options,
                                            const rocksdb::BlockBasedTableOptions& tables) {
  rocksdb::ColumnFamilyOptions x;
  x.write_buffer_size = options.write_buffer_bytes / 4;
  // While one large merge goes on, files gather that nobody minds: a history is read with a few
  // more looks, and a key that is new is known from memory. Slowing writers down would hold up
  // spills, and books with them.
  x.level0_slowdown_writes_trigger = 64;
  x.level0_stop_writes_trigger = 128;
  x.target_file_size_multiplier = 2; // a large index has hundreds of files and not thousands
  x.compression = compression();
  x.table_factory.reset(rocksdb::NewBlockBasedTableFactory(tables));
  return x;
}

/// What comes in order behind the same first bytes is put after the last of them, and its place is
/// not looked for from the beginning: a window of a history is in order. By one writer at a time.
/// One byte more than a book has: RocksDB 7.8 keeps its hints by prefix for entries and
/// range deletions together, and follows one of the other kind astray.
void insert_in_order(rocksdb::ColumnFamilyOptions& x) {
  x.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(layout::of_book({}).size() + 1));
}

std::vector<rocksdb::ColumnFamilyDescriptor> descriptors(const index_options& options) {
  auto tables = table_options(rocksdb::NewLRUCache(options.cache_bytes));
  std::vector<rocksdb::ColumnFamilyDescriptor> x;
  for (auto name : family_names)
    x.emplace_back(std::string{name}, family_options(options, tables));
  x[static_cast<std::size_t>(family::keys)].options.compression = rocksdb::kNoCompression; // hashes
  auto& history = x[static_cast<std::size_t>(family::history)].options;
  insert_in_order(history);
  // Every account is written to all the time: by levels, a merge would rewrite all of the next one.
  // By size, a window is written again mostly when there is as much that is newer (decision 21).
  history.compaction_style = rocksdb::kCompactionStyleUniversal;
  history.level0_file_num_compaction_trigger = 8;
  return x;
}

/// RocksDB ends the process when it runs out of room while it opens a database (an assertion that
/// Debian's package is built with), so there has to be enough for what opening may write.
constexpr std::uint64_t opening_bytes = 8 << 20;

result<void> require_room(const index_options& options) {
  auto& directory = options.directory;
  auto made = env_of(options)->CreateDirIfMissing(directory);
  if (!made.ok())
    return to_error(made, directory, "create");
  if (options.env)
    return {}; // there may be no real directory to ask
  auto failed = find_room(directory, opening_bytes);
  if (failed == 0)
    return {};
  auto reason = std::generic_category().message(failed);
  return fail(ec::io, "there is no room for the index in " + directory + ": " + reason,
              {{"path", directory}, {"operation", "open"}, {"errno", std::to_string(failed)}});
}

/// Its being there says that the database is damaged.
std::string damage_mark(const std::string& directory) { return directory + "/REBUILD"; }

/// What RocksDB leaves in a directory: some of it is there without a `CURRENT` when a database was
/// not created or not deleted to the end, or when somebody deleted that file.
bool has_tables_or_manifest(const index_options& options) {
  std::vector<std::string> names;
  env_of(options)->GetChildren(options.directory, &names).PermitUncheckedError();
  return std::ranges::any_of(names, [](const std::string& name) {
    return name.starts_with("MANIFEST-") || name.ends_with(".sst");
  });
}

} // namespace

result<database::opened> database::open(const index_options& options, random_source& random) {
  if (auto room = require_room(options); !room)
    return fail(room.error());
  opened x;
  auto* env = env_of(options);
  auto marked = env->FileExists(damage_mark(options.directory));
  if (!marked.ok() && !marked.IsNotFound())
    return to_error(marked, options.directory, "open");
  auto exists = env->FileExists(options.directory + "/CURRENT");
  if (marked.ok()) {
    x.thrown_away = "a part of it was found to be damaged when it was used last";
  } else if (exists.ok()) {
    auto status = open_existing(options, x.db);
    if (status.ok())
      return x;
    if (!is_damage(status))
      return to_error(status, options.directory, "open");
    x.thrown_away = status.ToString();
  } else if (!exists.IsNotFound()) {
    return to_error(exists, options.directory, "open");
  } else if (has_tables_or_manifest(options)) {
    x.thrown_away = "there is no file CURRENT";
  }
  auto created = create(options, random);
  if (!created)
    return fail(created.error());
  x.db = std::move(*created);
  return x;
}

rocksdb::Status database::open_existing(const index_options& options,
                                        std::unique_ptr<database>& out) {
  std::unique_ptr<database> x{new database};
  auto status = x->open_families(options, false);
  if (status.ok())
    status = x->read_format();
  if (status.ok())
    out = std::move(x);
  return status;
}

/// Power lost anywhere in here leaves a database without a format record, or files without a
/// database, or the mark of damage: the next opening begins again. The files of an old database
/// must all be gone before there is a new one, for RocksDB would use their numbers again.
result<std::unique_ptr<database>> database::create(const index_options& options,
                                                   random_source& random) {
  rocksdb::Options where;
  where.env = env_of(options);
  auto status = rocksdb::DestroyDB(options.directory, where);
  if (!status.ok())
    return to_error(status, options.directory, "delete");
  status = where.env->DeleteFile(damage_mark(options.directory));
  if (!status.ok() && !status.IsNotFound() && !status.IsPathNotFound())
    return to_error(status, options.directory, "delete");
  std::unique_ptr<database> x{new database};
  status = x->open_families(options, true);
  if (status.ok())
    status = x->write_format(random);
  if (!status.ok())
    return to_error(status, options.directory, "create");
  return x;
}

rocksdb::Status database::open_families(const index_options& options, bool create) {
  auto db = db_options(options);
  db.create_if_missing = create;
  db.create_missing_column_families = create;
  db.error_if_exists = create;
  directory_ = options.directory;
  env_ = db.env;
  rocksdb::DB* rocks = nullptr;
  auto status = rocksdb::DB::Open(db, options.directory, descriptors(options), &families_, &rocks);
  rocks_.reset(rocks);
  return status;
}

rocksdb::Status database::read_format() {
  std::string bytes;
  auto status = rocks_->Get({}, handle(family::format), layout::format_key, &bytes);
  if (status.IsNotFound())
    return rocksdb::Status::NotFound("it has no format record");
  if (!status.ok())
    return status;
  auto secret = layout::decode_format(bytes);
  if (!secret)
    return rocksdb::Status::NotSupported("it has another format version");
  secret_ = *secret;
  return status;
}

/// Durable before anything else is written, so that the secret is there whenever a key is.
rocksdb::Status database::write_format(random_source& random) {
  for (auto& word : secret_)
    word = random.next();
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  auto status =
      rocks_->Put(options, handle(family::format), layout::format_key, layout::encode(secret_));
  return status.ok() ? flush() : status;
}

rocksdb::Status database::flush() { return rocks_->Flush(rocksdb::FlushOptions{}, families_); }

tl::unexpected<error> database::failed(const rocksdb::Status& status,
                                       std::string_view operation) const {
  return status.IsCorruption() ? damaged(status.ToString())
                               : to_error(status, directory_, operation);
}

tl::unexpected<error> database::damaged(std::string_view what) const {
  return mark_damaged() ? to_be_rebuilt(directory_, what) : corrupt(directory_, what);
}

/// Not synced: if power is lost, the next read that meets the damage marks it again.
bool database::mark_damaged() const {
  auto path = damage_mark(directory_);
  if (env_->FileExists(path).ok())
    return true;
  std::unique_ptr<rocksdb::WritableFile> file;
  return env_->NewWritableFile(path, &file, {}).ok() && file->Close().ok();
}

database::~database() {
  if (!rocks_)
    return;
  for (auto* x : families_)
    rocks_->DestroyColumnFamilyHandle(x).PermitUncheckedError();
  // What cannot be written now is missing at the next opening, and the marks say so.
  rocks_->Close().PermitUncheckedError();
}

} // namespace daybook::index
