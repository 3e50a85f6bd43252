#include "index/history_pack.hpp"

#include "base/check.hpp"
#include "index/layout.hpp"
#include "index/posting_list.hpp"
#include "index/rocks/access.hpp"

#include <algorithm>
#include <queue>
#include <utility>

namespace daybook::index {

namespace {

/// An account with so much to say in one go has lists of its own: a group's value holds at most as
/// many bytes of each of its accounts.
constexpr std::size_t own_list_bytes_min = 1'024;

/// What a reader of a page passes over at most, but for a larger posting.
constexpr std::size_t own_list_bytes_max = 4'096;

/// About what an item takes beside its value.
constexpr std::size_t item_bytes = 4;

/// A row and the chunk that has its value.
struct placed_row {
  const history_chunk* chunk;
  const history_chunk::row* row;

  std::uint32_t number() const { return row->number; }
  byte_span value() const { return chunk->value_of(*row); }
  posting_item item() const { return {row->seq, value()}; }
};

using placed_rows = std::span<const placed_row>;

std::vector<placed_row> in_order(const history_chunks& chunks) {
  auto is_later = [](const placed_row& x, const placed_row& y) {
    return x.row->place() > y.row->place();
  };
  // Each chunk is in order: the next row is the first of one of them.
  std::priority_queue<placed_row, std::vector<placed_row>, decltype(is_later)> firsts{is_later};
  std::size_t count = 0;
  for (auto& chunk : chunks) {
    if (!chunk->rows().empty())
      firsts.push({chunk.get(), &chunk->rows().front()});
    count += chunk->rows().size();
  }
  std::vector<placed_row> rows;
  rows.reserve(count);
  while (!firsts.empty()) {
    auto next = firsts.top();
    firsts.pop();
    rows.push_back(next);
    if (++next.row != next.chunk->rows().data() + next.chunk->rows().size())
      firsts.push(next);
  }
  return rows;
}

class packer {
public:
  packer(unit& to, book_id book) : to_(to), book_(book) {}

  void add_account(placed_rows rows) {
    std::size_t bytes = 0;
    for (auto& x : rows)
      bytes += x.row->size + item_bytes;
    account_no account{rows.front().number()};
    if (bytes < own_list_bytes_min)
      add_to_group(account, rows);
    else
      write_own(account, rows);
  }

  void finish_group() {
    if (!group_.empty())
      put(layout::group_prefix(book_, group_no_), group_last_, group_.bytes());
    group_.clear();
    group_last_ = {};
  }

  void put(std::string prefix, event_seq seq, byte_span value) {
    to_.put(layout::with_seq(std::move(prefix), seq), as_text(value));
  }

private:
  void write_own(account_no account, placed_rows rows) {
    for (auto& x : rows) {
      if (list_.bytes().size() + x.row->size > own_list_bytes_max)
        finish_list(account);
      list_.add(x.item());
    }
    finish_list(account);
  }

  void finish_list(account_no account) {
    if (!list_.empty())
      put(layout::posting_prefix(book_, account), list_.last(), list_.bytes());
    list_.clear();
  }

  void add_to_group(account_no account, placed_rows rows) {
    if (group_of(account) != group_no_)
      finish_group();
    group_no_ = group_of(account);
    for (auto& x : rows)
      list_.add(x.item());
    group_.add(account, list_.bytes());
    group_last_ = std::max(group_last_, list_.last());
    list_.clear();
  }

  unit& to_;
  book_id book_;
  posting_list_writer list_;
  group_writer group_;
  std::uint32_t group_no_ = 0;
  event_seq group_last_;
};

void pack_rows(packer& to, book_id book, placed_rows rows) {
  while (!rows.empty()) {
    auto& first = *rows.front().row;
    auto of_another = [&](const placed_row& x) { return x.row->owner() != first.owner(); };
    auto count = static_cast<std::size_t>(std::ranges::find_if(rows, of_another) - rows.begin());
    if (first.of == history_part::posting)
      to.add_account(rows.first(count));
    else
      for (auto& x : rows.first(count))
        to.put(layout::sums_prefix(book, asset_no{x.number()}), x.row->seq, x.value());
    rows = rows.subspan(count);
  }
  to.finish_group();
}

std::size_t size_of(const history_chunks& chunks) {
  std::size_t bytes = 0;
  for (auto& chunk : chunks)
    bytes += chunk->size_bytes();
  return bytes;
}

} // namespace

result<void> pack(const database& db, book_id book, const history_chunks& chunks) {
  DAYBOOK_CHECK(!chunks.empty());
  unit change{db, family::history, size_of(chunks)};
  packer to{change, book};
  pack_rows(to, book, in_order(chunks));
  for (auto& chunk : chunks) {
    for (auto& x : chunk->batches())
      to.put(layout::time_prefix(book, x.committed_at), x.last, {});
    for (auto seq : chunk->boundaries())
      to.put(layout::boundary_prefix(book), seq, {});
  }
  change.put(layout::of_book(book), layout::encode(chunks.back()->up_to()));
  return change.write();
}

} // namespace daybook::index
