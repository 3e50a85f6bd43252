#include "index/side_index.hpp"

#include "base/check.hpp"
#include "index/history_store.hpp"
#include "index/layout.hpp"
#include "index/rocks/access.hpp"
#include "index/rocks/database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace daybook::index {

namespace {

/// RocksDB takes keys in order for less (database.cpp).
std::vector<const key_use*> in_order(std::span<const key_use> keys) {
  std::vector<const key_use*> ordered;
  ordered.reserve(keys.size());
  for (auto& x : keys)
    ordered.push_back(&x);
  std::ranges::sort(ordered, {}, [](auto* x) { return std::tuple{x->key.high, x->key.low}; });
  return ordered;
}

result<void> check_checkpoint_name(std::string_view name) {
  if (name.empty() || name.size() > layout::checkpoint_name_bytes_max)
    return fail(ec::invalid_argument,
                fmt::format("the name of a checkpoint has {} bytes: give 1 to {}", name.size(),
                            layout::checkpoint_name_bytes_max),
                {{"field", "name"}});
  return {};
}

} // namespace

result<side_index::opened> side_index::open(const index_options& options, random_source& random) {
  auto found = database::open(options, random);
  if (!found)
    return fail(found.error());
  opened x;
  x.index.reset(new side_index{std::move(found->db), options});
  x.rebuilt = !found->thrown_away.empty();
  if (x.rebuilt)
    x.why = fmt::format("the index {} could not be used and starts empty: {}", options.directory,
                        found->thrown_away);
  return x;
}

side_index::side_index(std::unique_ptr<database> db, const index_options& options)
    : db_(std::move(db)),
      history_(std::make_unique<history_store>(*db_, options.write_buffer_bytes / 2,
                                               options.on_pack_begins, options.on_pack_written)) {}

side_index::~side_index() {
  // What cannot be written now is missing at the next opening, and the mark says so.
  try {
    std::ignore = history_->pack_all();
  } catch (const std::exception&) {
  }
}

const key_secret& side_index::secret() const { return db_->secret(); }

// -- idempotency keys -----------------------------------------------------------------------------

result<mark> side_index::keys_mark(book_id book) const { return mark_of(*db_, family::keys, book); }

result<void> side_index::add_keys(book_id book, std::span<const key_use> keys, const mark& up_to) {
  constexpr std::size_t entry_bytes = 64;
  std::lock_guard guard{keys_mutex_};
  auto present = keys_mark(book);
  if (!present)
    return fail(present.error());
  if (up_to.seq <= present->seq)
    return {};
  unit change{*db_, family::keys, (keys.size() + 2) * entry_bytes};
  for (auto* x : in_order(keys)) {
    DAYBOOK_CHECK(x->seq <= up_to.seq);
    change.put(layout::used_key(book, x->key), layout::encode(key_record{x->seq, x->fingerprint}));
  }
  change.put(layout::of_book(book), layout::encode(up_to));
  return change.write();
}

result<key_answer> side_index::find_key(book_id book, const hash128& key, effort allowed) const {
  rocksdb::ReadOptions options;
  if (allowed == effort::memory)
    options.read_tier = rocksdb::kBlockCacheTier;
  rocksdb::PinnableSlice value;
  auto status =
      db_->rocks().Get(options, db_->handle(family::keys), layout::used_key(book, key), &value);
  if (status.IsNotFound())
    return key_answer{finding::absent, {}};
  // RocksDB also answers with an empty value when it may only look into memory and has not got the
  // file open.
  if (allowed == effort::memory && (status.IsIncomplete() || (status.ok() && value.empty())))
    return key_answer{finding::unknown, {}};
  if (!status.ok())
    return db_->failed(status, "read");
  if (auto x = layout::decode_key_record(value.ToStringView()))
    return key_answer{finding::present, *x};
  return db_->damaged("the record of a key is not of the form of records");
}

result<void> side_index::forget_keys(book_id book) {
  std::lock_guard guard{keys_mutex_};
  unit change{*db_, family::keys};
  change.remove_all(layout::of_book(book));
  return change.write();
}

// -- history --------------------------------------------------------------------------------------

result<mark> side_index::history_mark(book_id book) const { return history_->mark_of(book); }

result<void> side_index::add_history(book_id book, const history_update& update,
                                     const mark& up_to) {
  return history_->add(book, update, up_to);
}

result<std::optional<history_value>> side_index::last_posting(book_id book, account_no account,
                                                              event_seq at_or_before) const {
  return history_->view(book).last_posting(account, at_or_before);
}

result<void> side_index::each_posting(book_id book, account_no account, event_seq after,
                                      event_seq last, const posting_visitor& visit) const {
  return history_->view(book).each_posting(account, after, last, visit);
}

result<std::optional<history_value>> side_index::last_sums(book_id book, asset_no asset,
                                                           event_seq at_or_before) const {
  return history_->view(book).last_sums(asset, at_or_before);
}

result<event_seq> side_index::last_boundary(book_id book, event_seq at_or_before) const {
  return history_->view(book).last_boundary(at_or_before);
}

result<event_seq> side_index::last_at(book_id book, timestamp at_or_before) const {
  return history_->view(book).last_at(at_or_before);
}

result<void> side_index::forget_history(book_id book) { return history_->forget(book); }

// -- checkpoints of projections -------------------------------------------------------------------

result<void> side_index::put_checkpoint(book_id book, std::string_view name, byte_span value) {
  if (auto checked = check_checkpoint_name(name); !checked)
    return checked;
  unit change{*db_, family::checkpoints};
  change.put(layout::checkpoint_key(book, name), as_text(value));
  return change.write();
}

result<std::optional<byte_buffer>> side_index::checkpoint(book_id book,
                                                          std::string_view name) const {
  if (auto checked = check_checkpoint_name(name); !checked)
    return fail(checked.error());
  auto value = read(*db_, family::checkpoints, layout::checkpoint_key(book, name));
  if (!value)
    return fail(value.error());
  if (!*value)
    return std::nullopt;
  auto bytes = as_bytes(**value);
  return byte_buffer{bytes.begin(), bytes.end()};
}

// -- all ------------------------------------------------------------------------------------------

result<void> side_index::flush() {
  if (auto status = db_->flush(); !status.ok())
    return db_->failed(status, "flush");
  return {};
}

} // namespace daybook::index
