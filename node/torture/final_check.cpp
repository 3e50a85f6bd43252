#include "node/torture/final_check.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

namespace daybook::node::torture {

namespace {

/// Empty for what is not ours.
std::optional<std::int64_t> to_number(ledger::amount x) {
  using limits = std::numeric_limits<std::int64_t>;
  auto value = x.value();
  auto fits = value > limits::min() && value <= limits::max();
  return fits ? std::optional{static_cast<std::int64_t>(value)} : std::nullopt;
}

/// A posting that is none of ours has an amount of zero, which nobody asks for.
logged_posting to_posting(const ledger::posting& x) {
  auto account = parse_account(x.account);
  auto value = to_number(x.value);
  if (!account || !value)
    return {};
  return {*account, x.direction == ledger::side::debit ? *value : -*value};
}

logged_event to_event(const actors::recorded_event& x) {
  logged_event y{.seq = x.receipt.id.seq.value(),
                 .epoch = x.receipt.epoch.value(),
                 .committed_at_us = x.receipt.committed_at.us(),
                 .chain = first_bytes(x.receipt.chain)};
  auto* posted = std::get_if<ledger::transaction>(&x.content);
  if (!posted)
    return y;
  y.key = parse_key(posted->key);
  for (auto& posting : posted->postings)
    y.postings.push_back(to_posting(posting));
  return y;
}

result<void> read_events(const book_client& book, log_image& image) {
  for (std::optional<event_seq> from{event_seq{1}}; from;) {
    auto page = book.events({*from, actors::page_items_max});
    if (!page)
      return fail(std::move(page.error()));
    for (auto& event : page->items)
      image.add(to_event(event));
    from = page->next;
  }
  image.finish();
  return {};
}

result<final_state> read_state(const book_client& book) {
  auto status = book.status();
  auto totals = book.trial_balance();
  auto accounts = book.accounts();
  if (!status)
    return fail(std::move(status.error()));
  if (!totals)
    return fail(std::move(totals.error()));
  if (!accounts)
    return fail(std::move(accounts.error()));
  final_state x;
  x.durable = status->durable.value();
  for (auto& row : *totals)
    x.debits_less_credits +=
        to_number(row.debit_turnover).value_or(0) - to_number(row.credit_turnover).value_or(0);
  for (auto& account : *accounts)
    x.accounts.push_back({parse_account(account.definition.path).value_or(~std::uint32_t{0}),
                          to_number(account.balance).value_or(0), account.updated_seq.value()});
  return x;
}

} // namespace

result<std::uint64_t> check_book(const book_client& book, const book_facts& facts,
                                 const std::vector<std::string>& histories,
                                 const std::vector<instant>& node_starts, violations& found,
                                 followed_events* followed) {
  log_image image{facts, found};
  if (auto read = read_events(book, image); !read)
    return fail(std::move(read.error()));
  auto state = read_state(book);
  if (!state)
    return fail(std::move(state.error()));
  check_final(image, *state, found);
  if (followed) {
    followed->check(image);
    found.add_all(followed->found());
  }
  history_checker checker{image, found};
  std::vector<history_source> sources;
  for (auto& path : histories)
    sources.push_back(read_history(path));
  if (auto replayed = replay(std::move(sources), node_starts, checker); !replayed)
    return fail(std::move(replayed.error()));
  checker.finish();
  return image.last_seq();
}

} // namespace daybook::node::torture
