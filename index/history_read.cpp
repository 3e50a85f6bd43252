#include "index/history_read.hpp"

#include "index/layout.hpp"
#include "index/posting_list.hpp"
#include "index/rocks/access.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace daybook::index {

namespace {

constexpr event_seq any_seq{~event_seq::rep{0}};

enum class held_by { account, group };

/// The values that hold postings of one account: its own lists, or those of its group.
class packed_lists {
public:
  packed_lists(const database& db, book_id book, account_no account, held_by holder)
      : db_(&db),
        account_(account),
        holder_(holder),
        prefix_(holder == held_by::account ? layout::posting_prefix(book, account)
                                           : layout::group_prefix(book, group_of(account))),
        end_(layout::after(layout::with_seq(prefix_, any_seq))),
        entries_(db, family::history, prefix_, end_) {}

  /// To the first list with a posting at or after an event.
  void seek(event_seq seq) { entries_.seek(layout::with_seq(prefix_, seq)); }
  void last() { entries_.last(); }
  void next() { entries_.next(); }
  void previous() { entries_.previous(); }
  bool valid() const { return entries_.valid(); }
  result<void> status() const { return entries_.status(); }

  /// Of the last posting, of any account, in the value where it stands. The values are in this
  /// order, and none has postings of the account between another one's.
  result<event_seq> last_seq() const { return entries_.seq(end_.size() - 1); }

  /// The list where it stands, until it moves. Empty when the group's value has none.
  result<byte_span> list() const {
    if (holder_ == held_by::account)
      return entries_.value().empty() ? malformed() : result<byte_span>{entries_.value()};
    if (auto list = list_in_group(entries_.value(), account_))
      return *list;
    return malformed();
  }

  tl::unexpected<error> malformed() const {
    return db_->damaged("a list of the history is not of the form of lists");
  }

private:
  const database* db_;
  account_no account_;
  held_by holder_;
  std::string prefix_;
  std::string end_;
  range entries_;
};

result<std::optional<history_value>> last_in_list(const packed_lists& at, event_seq at_or_before) {
  auto bytes = at.list();
  if (!bytes)
    return fail(std::move(bytes.error()));
  posting_list list{*bytes};
  std::optional<posting_item> last;
  for (auto x = list.next(); x && x->seq <= at_or_before; x = list.next())
    last = x;
  if (list.malformed())
    return at.malformed();
  if (!last)
    return std::nullopt;
  return history_value{last->seq, {last->value.begin(), last->value.end()}};
}

/// The last posting after one event and at or before another.
result<std::optional<history_value>> last_packed(packed_lists& lists, event_seq after,
                                                 event_seq at_or_before) {
  // A list that ends after the event may begin before it.
  lists.seek(at_or_before);
  if (!lists.valid() && lists.status())
    lists.last();
  for (; lists.valid(); lists.previous()) {
    auto end = lists.last_seq();
    if (!end)
      return fail(std::move(end.error()));
    if (*end <= after)
      return std::nullopt;
    if (auto found = last_in_list(lists, at_or_before); !found || *found)
      return found;
  }
  if (auto read = lists.status(); !read)
    return fail(std::move(read.error()));
  return std::nullopt;
}

/// The postings of one kind of list, in order.
class posting_stream {
public:
  posting_stream(const database& db, book_id book, account_no account, held_by holder,
                 event_seq from)
      : lists_(db, book, account, holder) {
    lists_.seek(from);
  }

  /// Nothing before `find`, at the end, and when reading failed.
  const std::optional<posting_item>& item() const { return item_; }
  const std::optional<error>& failure() const { return failure_; }

  void next() {
    item_ = list_.next();
    if (list_.malformed())
      failure_ = lists_.malformed().value();
    if (!item_ && !failure_)
      lists_.next();
  }

  /// Goes on to the next posting, unless every posting before `bound` has been given: what has none
  /// for long is not searched to its end.
  void find(event_seq bound) {
    while (!item_ && !failure_ && lists_.valid()) {
      auto end = lists_.last_seq();
      auto list = lists_.list();
      if (!end || !list) {
        failure_ = std::move(end ? list.error() : end.error());
      } else if (list->empty()) {
        if (*end >= bound)
          return;
        lists_.next();
      } else {
        list_ = posting_list{*list};
        next();
      }
    }
    if (auto read = lists_.status(); !item_ && !failure_ && !read)
      failure_ = std::move(read.error());
  }

private:
  packed_lists lists_;
  posting_list list_{{}};
  std::optional<posting_item> item_;
  std::optional<error> failure_;
};

/// The one that is next: an event is in one of them only.
posting_stream& earlier(posting_stream& a, posting_stream& b) {
  if (!a.item() || !b.item())
    return a.item() ? a : b;
  return a.item()->seq < b.item()->seq ? a : b;
}

result<event_seq> seq_of(const result<std::optional<history_value>>& x) {
  if (!x)
    return fail(x.error());
  return *x ? (*x)->seq : event_seq{};
}

} // namespace

history_view::history_view(const database& db, book_id book, history_chunks tail)
    : db_(db),
      book_(book),
      tail_(std::move(tail)),
      packed_(tail_.empty() ? any_seq : tail_.front()->after()) {}

// -- accounts -------------------------------------------------------------------------------------

result<std::optional<history_value>> history_view::last_posting(account_no account,
                                                                event_seq at_or_before) const {
  if (auto found = last_in_tail(history_part::posting, account.value(), at_or_before))
    return found;
  auto at = std::min(at_or_before, packed_);
  packed_lists own_lists{db_, book_, account, held_by::account};
  auto own = last_packed(own_lists, {}, at);
  if (!own)
    return own;
  packed_lists group_lists{db_, book_, account, held_by::group};
  auto grouped = last_packed(group_lists, *own ? (*own)->seq : event_seq{}, at);
  return !grouped || *grouped ? grouped : own;
}

result<void> history_view::each_posting(account_no account, event_seq after, event_seq last,
                                        const posting_visitor& visit) const {
  if (last <= after)
    return {};
  auto goes_on = each_packed(account, after, std::min(last, packed_), visit);
  if (!goes_on)
    return fail(std::move(goes_on.error()));
  if (!*goes_on)
    return {};
  for (auto& chunk : tail_) {
    auto rows = chunk->rows_of(history_part::posting, account.value());
    auto first = std::ranges::upper_bound(rows, after, {}, &history_chunk::row::seq);
    for (auto& row : std::ranges::subrange(first, rows.end()))
      if (row.seq > last || !visit(row.seq, chunk->value_of(row)))
        return {};
  }
  return {};
}

/// False when the visitor has had enough.
result<bool> history_view::each_packed(account_no account, event_seq after, event_seq last,
                                       const posting_visitor& visit) const {
  if (last <= after)
    return true;
  posting_stream own{db_, book_, account, held_by::account, after.next()};
  posting_stream grouped{db_, book_, account, held_by::group, after.next()};
  for (;;) {
    own.find(last);
    grouped.find(own.item() ? own.item()->seq : last);
    auto& next = earlier(own, grouped);
    if (auto& failure = own.failure() ? own.failure() : grouped.failure())
      return fail(*failure);
    if (!next.item() || next.item()->seq > last)
      return true;
    if (next.item()->seq > after && !visit(next.item()->seq, next.item()->value))
      return false;
    next.next();
  }
}

std::optional<history_value> history_view::last_in_tail(history_part of, std::uint32_t number,
                                                        event_seq at_or_before) const {
  for (auto& chunk : tail_ | std::views::reverse) {
    auto rows = chunk->rows_of(of, number);
    auto behind = std::ranges::upper_bound(rows, at_or_before, {}, &history_chunk::row::seq);
    if (behind == rows.begin())
      continue;
    auto& found = *std::prev(behind);
    auto value = chunk->value_of(found);
    return history_value{found.seq, {value.begin(), value.end()}};
  }
  return std::nullopt;
}

// -- the whole book -------------------------------------------------------------------------------

result<std::optional<history_value>> history_view::last_sums(asset_no asset,
                                                             event_seq at_or_before) const {
  if (auto found = last_in_tail(history_part::sums, asset.value(), at_or_before))
    return found;
  auto prefix = layout::sums_prefix(book_, asset);
  return last_entry(db_, prefix, layout::with_seq(prefix, std::min(at_or_before, packed_)));
}

result<event_seq> history_view::last_boundary(event_seq at_or_before) const {
  for (auto& chunk : tail_ | std::views::reverse) {
    auto ends = chunk->boundaries();
    auto behind = std::ranges::upper_bound(ends, at_or_before);
    if (behind != ends.begin())
      return *std::prev(behind);
  }
  auto prefix = layout::boundary_prefix(book_);
  auto last = layout::with_seq(prefix, std::min(at_or_before, packed_));
  return seq_of(last_entry(db_, prefix, last));
}

/// The later event has no earlier time [I4].
result<event_seq> history_view::last_at(timestamp at_or_before) const {
  for (auto& chunk : tail_ | std::views::reverse) {
    auto batches = chunk->batches();
    auto behind = std::ranges::upper_bound(batches, at_or_before, {}, &batch_end::committed_at);
    if (behind != batches.begin())
      return std::prev(behind)->last;
  }
  auto last = layout::with_seq(layout::time_prefix(book_, at_or_before), any_seq);
  return seq_of(last_entry(db_, layout::times_prefix(book_), last));
}

} // namespace daybook::index
