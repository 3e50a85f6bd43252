#include "index/side_index.hpp"

#include "index/history_store.hpp"
#include "index/key_store.hpp"
#include "index/layout.hpp"
#include "index/rocks/access.hpp"
#include "index/rocks/database.hpp"

#include <fmt/format.h>

#include <tuple>
#include <utility>

namespace daybook::index {

namespace {

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
      keys_(std::make_unique<key_store>(*db_, options.key_filter_bytes, options.on_step)),
      history_(
          std::make_unique<history_store>(*db_, options.write_buffer_bytes / 2, options.on_step)) {}

side_index::~side_index() {
  // What cannot be written now is missing at the next opening, and the mark says so.
  try {
    std::ignore = history_->pack_all();
  } catch (const std::exception&) {
  }
}

const key_secret& side_index::secret() const { return db_->secret(); }

// -- idempotency keys -----------------------------------------------------------------------------

result<mark> side_index::keys_mark(book_id book) const { return keys_->mark_of(book); }

result<void> side_index::add_keys(book_id book, std::span<const key_use> keys, event_seq after,
                                  const mark& up_to) {
  return keys_->add(book, keys, after, up_to);
}

result<key_answer> side_index::find_key(book_id book, const hash128& key, effort allowed) const {
  return keys_->find(book, key, allowed);
}

result<bool> side_index::forget_keys(book_id book, const mark& seen) {
  return keys_->forget(book, seen);
}

result<bool> side_index::tidy_keys(book_id book) { return keys_->tidy(book); }

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
