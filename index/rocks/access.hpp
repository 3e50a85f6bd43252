#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "index/records.hpp"
#include "index/rocks/database.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

// Reading and writing the database, with its statuses made errors.

namespace daybook::index {

/// Changes, of one column family unless another one is named, that become visible together, and
/// durable together.
class unit {
public:
  unit(const database& db, family into, std::size_t bytes = 0)
      : db_(&db), into_(db.handle(into)), batch_(bytes) {}

  void put(std::string_view key, std::string_view value);
  void put(family into, std::string_view key, std::string_view value);
  void remove(family from, std::string_view key);

  /// All keys that begin with `prefix`.
  void remove_all(const std::string& prefix);

  result<void> write();

private:
  void note(const rocksdb::Status& status);

  const database* db_;
  rocksdb::ColumnFamilyHandle* into_;
  rocksdb::WriteBatch batch_;
  rocksdb::Status failed_; ///< the first that did
};

/// The keys from `begin` up to but without `end`. Both must outlive it.
class range {
public:
  range(const database& db, family of, const std::string& begin, const std::string& end);

  range(const range&) = delete;
  range& operator=(const range&) = delete;

  void last() { at_->SeekToLast(); }
  void next() { at_->Next(); }
  void previous() { at_->Prev(); }

  /// To the first key at or after this one.
  void seek(const std::string& key) { at_->Seek(key); }

  /// Whether it stands at a key. When not, `status` tells the end from an error.
  bool valid() const { return at_->Valid(); }
  result<void> status() const;

  std::string_view key() const { return at_->key().ToStringView(); }
  byte_span value() const { return as_bytes(at_->value().ToStringView()); }

  /// The seq that the key, of this many bytes, ends with.
  result<event_seq> seq(std::size_t key_bytes) const;

private:
  const database* db_;
  rocksdb::Slice begin_;
  rocksdb::Slice end_;
  std::unique_ptr<rocksdb::Iterator> at_;
};

/// A value where RocksDB keeps it; without one there is none, or memory cannot tell.
struct pinned {
  finding what = finding::absent;
  rocksdb::PinnableSlice value;
};

/// Looks for a key. For `effort::memory` nothing is read from the disk.
result<void> read(const database& db, family of, const std::string& key, effort allowed,
                  pinned& to);

/// The value of a key, if there is one.
result<std::optional<std::string>> read(const database& db, family of, const std::string& key);

/// The mark of a book in a column family; zero if there is none.
result<mark> mark_of(const database& db, family of, book_id book);

/// The last entry of the history from `begin` to `last`, this one too.
result<std::optional<history_value>> last_entry(const database& db, const std::string& begin,
                                                const std::string& last);

} // namespace daybook::index
