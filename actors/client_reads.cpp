// What a client reads.

#include "actors/client_core.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace daybook {

using namespace actors;

// -- accounts and balances ----------------------------------------------------------------------

result<account_view> book_client::balance(const std::string& path, moment at) const {
  if (at.is_now())
    return core_->ask<account_view>(ec::io, book_, atom::balance_v, path).get();
  return core_->ask<account_view>(ec::io, book_, atom::balance_v, path, at).get();
}

result<actors::accounts_page> book_client::balances(std::vector<std::string> paths) const {
  return core_->ask<actors::accounts_page>(ec::io, book_, atom::balance_v, std::move(paths)).get();
}

result<std::vector<account_view>> book_client::accounts(const std::string& prefix,
                                                        moment at) const {
  std::vector<account_view> all;
  for (std::optional<account_no> from{0}; from;) {
    auto page = accounts_page({prefix, *from, page_items_max, at});
    if (!page)
      return fail(std::move(page.error()));
    std::ranges::move(page->items, std::back_inserter(all));
    from = page->next;
    at = {.seq = page->at, .time = {}};
  }
  std::ranges::sort(all, {}, [](auto& x) -> auto& { return x.definition.path; });
  return all;
}

result<actors::accounts_page> book_client::accounts_page(accounts_query query) const {
  return core_->ask<actors::accounts_page>(ec::io, book_, atom::accounts_v, std::move(query)).get();
}

result<std::vector<ledger::asset_definition>> book_client::assets() const {
  return core_->ask<std::vector<ledger::asset_definition>>(ec::io, book_, atom::assets_v).get();
}

result<std::vector<trial_balance_view>> book_client::trial_balance(moment at) const {
  using rows = std::vector<trial_balance_view>;
  if (at.is_now())
    return core_->ask<rows>(ec::io, book_, atom::trial_balance_v).get();
  return core_->ask<rows>(ec::io, book_, atom::trial_balance_v, at).get();
}

// -- events -------------------------------------------------------------------------------------

result<events_page> book_client::events(events_query query) const {
  return core_->ask<events_page>(ec::io, book_, atom::events_v, query).get();
}

result<history_page> book_client::history(history_query query) const {
  return core_->ask<history_page>(ec::io, book_, atom::history_v, std::move(query)).get();
}

result<recorded_event> book_client::transaction(transaction_id id) const {
  return core_->ask<recorded_event>(ec::io, book_, atom::transaction_v, id).get();
}

result<recorded_event> book_client::transaction_by_key(const std::string& key) const {
  return core_->ask<recorded_event>(ec::io, book_, atom::transaction_v, key).get();
}

result<std::vector<recorded_event>> book_client::ancestors(transaction_id id,
                                                           std::uint32_t limit) const {
  return core_->ask<std::vector<recorded_event>>(ec::io, book_, atom::ancestors_v, id, limit).get();
}

// -- where the book is --------------------------------------------------------------------------

result<book_status> book_client::status() const {
  return core_->ask<book_status>(ec::io, book_, atom::status_v).get();
}

result<book_pressure> book_client::pressure() const {
  return core_->ask<book_pressure>(ec::io, book_, atom::pressure_v).get();
}

result<frontier> book_client::frontier() const {
  return core_->ask<actors::frontier>(ec::io, book_, atom::frontier_v).get();
}

result<frontier> book_client::wait_for(watermark mark, event_seq seq,
                                       std::chrono::milliseconds timeout,
                                       const std::string& who) const {
  auto patience = to_timespan(timeout);
  return core_
      ->ask_longer<actors::frontier>(patience, book_, atom::wait_for_v, mark, who, seq, patience)
      .get();
}

result<std::vector<cursor_info>> book_client::cursors() const {
  return core_->ask<std::vector<cursor_info>>(ec::io, book_, atom::cursors_v).get();
}

// -- running ------------------------------------------------------------------------------------

result<void> book_client::remove_cursor(const std::string& name) const {
  return core_->ask<void>(ec::io, book_, atom::remove_cursor_v, name).get();
}

result<frontier> book_client::refresh() const {
  return core_->ask<actors::frontier>(ec::io, book_, atom::refresh_v).get();
}

result<snapshot_info> book_client::snapshot() const {
  return core_->ask_at_length<snapshot_info>(book_, atom::snapshot_v).get();
}

} // namespace daybook
