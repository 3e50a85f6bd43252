// What a book answers from its durable state, and what it has a reader find in the log.

#include "actors/book.hpp"
#include "actors/errors.hpp"

#include <algorithm>

namespace daybook::actors {

namespace {

/// Questions of one book that may wait for a reader.
constexpr std::size_t reads_max = 256;

std::uint32_t page_size(std::uint32_t asked) {
  return std::clamp<std::uint32_t>(asked, 1, page_items_max);
}

/// Whether `path` is `prefix` or below it. Everything is below the empty prefix.
bool is_within(std::string_view prefix, std::string_view path) {
  if (prefix.ends_with(':'))
    prefix.remove_suffix(1);
  return path.starts_with(prefix) &&
         (prefix.empty() || path.size() == prefix.size() || path[prefix.size()] == ':');
}

} // namespace

account_view book_state::view_of(account_no n) const {
  auto [value, updated_seq] = machine_.balance_of(n);
  return {(*chart_)[n].definition, chart_->asset_of(n).definition.precision, value, updated_seq};
}

caf::result<account_view> book_state::on_balance(const std::string& path) const {
  auto n = machine_.find_account(path);
  if (!n)
    return to_caf(std::move(n.error()));
  return view_of(*n);
}

caf::result<accounts_page> book_state::on_accounts(const accounts_query& query) const {
  auto end = std::min<std::uint64_t>(machine_.accounts(),
                                     std::uint64_t{query.from.value()} + page_size(query.limit));
  accounts_page page;
  for (auto n = query.from; n.value() < end; n = n.next())
    if (is_within(query.prefix, (*chart_)[n].definition.path))
      page.items.push_back(view_of(n));
  if (end < machine_.accounts())
    page.next = account_no{static_cast<std::uint32_t>(end)};
  return page;
}

std::vector<ledger::asset_definition> book_state::on_assets() const {
  std::vector<ledger::asset_definition> assets;
  for (asset_no n; n.value() < machine_.assets(); n = n.next())
    assets.push_back((*chart_)[n].definition);
  return assets;
}

std::vector<trial_balance_view> book_state::on_trial_balance() const {
  std::vector<trial_balance_view> rows;
  for (auto& row : machine_.trial_balance()) {
    auto& asset = (*chart_)[row.asset].definition;
    rows.push_back({asset.id, asset.precision, row.debit_turnover, row.credit_turnover,
                    row.debit_balances, row.credit_balances});
  }
  return rows;
}

caf::result<events_page> book_state::on_events(const events_query& query) {
  auto from = std::max(query.from, event_seq{1});
  if (from > machine_.durable_seq())
    return events_page{};
  return ask_reader<events_page>(
      atom::events_v, events_job{scan_to(machine_.durable_seq()), from, page_size(query.limit)});
}

caf::result<history_page> book_state::on_history(const history_query& query) {
  auto account = machine_.find_account(query.account);
  if (!account)
    return to_caf(std::move(account.error()));
  return ask_reader<history_page>(
      atom::history_v,
      history_job{scan_to(machine_.durable_seq()), *account, query.after, page_size(query.limit)});
}

template <class Page, class Word, class Job>
caf::result<Page> book_state::ask_reader(Word word, Job job) {
  if (reads_ >= reads_max)
    return to_caf({ec::overloaded,
                   "too many questions wait for this book's reader: ask again when some are "
                   "answered",
                   {{"what", "reads"}, {"limit", std::to_string(reads_max)}}});
  ++reads_;
  auto promise = self_->make_response_promise<Page>();
  // No timeout: how long a scan takes depends on the log, and the reader always answers.
  self_->request(neighbours_.reader, caf::infinite, word, std::move(job))
      .then(
          [this, promise](Page& page) mutable {
            --reads_;
            promise.deliver(std::move(page));
          },
          [this, promise](caf::error& reason) mutable {
            --reads_;
            promise.deliver(std::move(reason));
          });
  return promise;
}

book_status book_state::on_status() const {
  auto status = counters_;
  status.accepted = machine_.staged_seq();
  status.durable = machine_.durable_seq();
  status.accounts = machine_.accounts();
  status.assets = machine_.assets();
  return status;
}

log_scan book_state::scan_to(event_seq last) const {
  return {book_->directory, book_->name, chart_, machine_.id(), last};
}

} // namespace daybook::actors
