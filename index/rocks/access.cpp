#include "index/rocks/access.hpp"

#include "index/layout.hpp"

namespace daybook::index {

void unit::put(std::string_view key, std::string_view value) {
  note(batch_.Put(into_, key, value));
}

void unit::put(family into, std::string_view key, std::string_view value) {
  note(batch_.Put(db_->handle(into), key, value));
}

void unit::remove(family from, std::string_view key) {
  note(batch_.Delete(db_->handle(from), key));
}

void unit::remove_all(const std::string& prefix) {
  note(batch_.DeleteRange(into_, prefix, layout::end_of(prefix)));
}

void unit::note(const rocksdb::Status& status) {
  if (failed_.ok())
    failed_ = status;
}

/// Power lost after it: the unit is there as a whole, or not at all and nothing after it either.
result<void> unit::write() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  auto status = failed_.ok() ? db_->rocks().Write(options, &batch_) : failed_;
  if (!status.ok())
    return db_->failed(status, "write");
  return {};
}

range::range(const database& db, family of, const std::string& begin, const std::string& end)
    : db_(&db), begin_(begin), end_(end) {
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &begin_;
  options.iterate_upper_bound = &end_;
  at_.reset(db.rocks().NewIterator(options, db.handle(of)));
}

result<void> range::status() const {
  if (auto status = at_->status(); !status.ok())
    return db_->failed(status, "read");
  return {};
}

result<event_seq> range::seq(std::size_t key_bytes) const {
  if (auto x = layout::seq_at_end(key(), key_bytes))
    return *x;
  return db_->damaged("a key of the history does not end with a seq");
}

result<void> read(const database& db, family of, const std::string& key, effort allowed,
                  pinned& to) {
  rocksdb::ReadOptions options;
  if (allowed == effort::memory)
    options.read_tier = rocksdb::kBlockCacheTier;
  to.value.Reset();
  auto status = db.rocks().Get(options, db.handle(of), key, &to.value);
  // RocksDB also answers with an empty value when it may only look into memory and has not got the
  // file open.
  if (allowed == effort::memory && (status.IsIncomplete() || (status.ok() && to.value.empty())))
    to.what = finding::unknown;
  else if (status.IsNotFound())
    to.what = finding::absent;
  else if (status.ok())
    to.what = finding::present;
  else
    return db.failed(status, "read");
  return {};
}

result<std::optional<std::string>> read(const database& db, family of, const std::string& key) {
  std::string value;
  auto status = db.rocks().Get({}, db.handle(of), key, &value);
  if (status.IsNotFound())
    return std::nullopt;
  if (!status.ok())
    return db.failed(status, "read");
  return value;
}

result<mark> mark_of(const database& db, family of, book_id book) {
  auto bytes = read(db, of, layout::of_book(book));
  if (!bytes)
    return fail(bytes.error());
  if (!*bytes)
    return mark{};
  if (auto x = layout::decode_mark(**bytes))
    return *x;
  return db.damaged("a mark is not of the form of marks");
}

result<std::optional<history_value>> last_entry(const database& db, const std::string& begin,
                                                const std::string& last) {
  auto end = layout::after(last);
  range entries{db, family::history, begin, end};
  entries.last();
  if (!entries.valid()) {
    if (auto read = entries.status(); !read)
      return fail(read.error());
    return std::nullopt;
  }
  auto seq = entries.seq(last.size());
  if (!seq)
    return fail(seq.error());
  auto value = entries.value();
  return history_value{*seq, {value.begin(), value.end()}};
}

} // namespace daybook::index
