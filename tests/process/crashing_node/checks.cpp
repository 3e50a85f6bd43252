#include "tests/process/crashing_node/checks.hpp"

#include <algorithm>
#include <optional>
#include <variant>

namespace daybook::test {

namespace {

std::vector<actors::recorded_event> all_events(const book_client& book) {
  std::vector<actors::recorded_event> all;
  for (std::optional<event_seq> from{1}; from;) {
    auto page = must(book.events({*from, 17}), "a page of events");
    all.insert(all.end(), page.items.begin(), page.items.end());
    from = page.next;
  }
  return all;
}

std::vector<actors::history_entry> all_history(const book_client& book, const std::string& path) {
  std::vector<actors::history_entry> all;
  for (std::optional<event_seq> after{event_seq{}}; after;) {
    auto page = must(book.history({path, *after, 3}), "a page of history");
    all.insert(all.end(), page.entries.begin(), page.entries.end());
    after = page.next;
  }
  return all;
}

std::string event_name(event_seq x) { return "event " + std::to_string(x.value()); }

void check_history(const book_client& book, const std::string& path,
                   const std::vector<book_image::entry>& expected) {
  auto found = all_history(book, path);
  expect(found.size() == expected.size(), "the history of " + path + " has " +
                                              std::to_string(found.size()) + " entries for " +
                                              std::to_string(expected.size()) + " in the log");
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto& said = expected[i];
    expect(found[i].id.seq == said.seq && found[i].key == said.key &&
               found[i].balance_after == said.balance,
           "the history of " + path + " differs from the log at " + event_name(said.seq));
  }
}

/// The index answers it, and the log behind the index.
void check_past_balances(const book_client& book, const std::string& path,
                         const std::vector<book_image::entry>& history) {
  for (std::size_t i = 0; i < history.size(); i += 7) {
    actors::moment after{.seq = history[i].seq, .time = {}};
    auto then = book.balance(path, after);
    // Within a unit there is no moment to ask about.
    if (!then && then.error().code() == ec::invalid_argument)
      continue;
    expect(must(std::move(then), path).balance == history[i].balance,
           "the balance of " + path + " after " + event_name(history[i].seq) + " is wrong");
  }
}

} // namespace

book_image::book_image(const book_client& book) : events_(all_events(book)) {
  for (auto& x : events_)
    add(x);
  auto frontier = must(book.frontier(), "the frontier");
  expect(frontier.durable == last(), "the book ends with " + event_name(frontier.durable) +
                                         ", and its log with " + event_name(last()));
}

void book_image::add(const actors::recorded_event& x) {
  auto seq = event_seq{names_.size() + 1};
  auto name = name_of(x.content);
  expect(x.receipt.id.seq == seq,
         event_name(x.receipt.id.seq) + " stands where " + event_name(seq) + " must");
  expect(names_.emplace(name, seq).second, name + " is in the log twice");
  if (auto* opened = std::get_if<ledger::account_definition>(&x.content)) {
    histories_[opened->path];
    normal_sides_[opened->path] = *opened->normal_side;
  }
  auto* posted = std::get_if<ledger::transaction>(&x.content);
  if (!posted)
    return;
  for (auto& posting : posted->postings) {
    auto is_normal = posting.direction == normal_sides_.at(posting.account);
    auto sum = checked_add(balance_of(posting.account), is_normal ? posting.value : -posting.value);
    histories_[posting.account].push_back({seq, name, sum.value()});
  }
}

ledger::amount book_image::balance_of(const std::string& path) const {
  auto& history = histories_.at(path);
  return history.empty() ? ledger::amount{} : history.back().balance;
}

void check_acknowledged(const book_image& image, const places& told) {
  for (auto& [name, seq] : told) {
    auto found = image.names().find(name);
    expect(found != image.names().end(), name + " was acknowledged and is lost");
    expect(found->second == seq, name + " was acknowledged as " + event_name(seq) + " and is " +
                                     event_name(found->second));
  }
}

void check_units(const book_image& image, std::span<const action> actions) {
  auto& names = image.names();
  for (auto& x : actions) {
    if (!x.is_unit() && x.what != action::kind::cancelled)
      continue;
    auto is_there = [&](auto& write) { return names.contains(name_of(write)); };
    auto there = std::ranges::count_if(x.writes, is_there);
    auto first = name_of(x.writes.front());
    if (x.what == action::kind::cancelled)
      expect(there == 0, "the fence of " + first + " was cancelled and is in the log");
    else
      expect(there == 0 || there == std::ssize(x.writes),
             "of the unit of " + first + " there is only a part");
    for (std::size_t i = 0; i < x.writes.size() && there != 0; ++i)
      expect(names.at(name_of(x.writes[i])) == names.at(first).plus(i),
             "the unit of " + first + " has something else inside");
  }
}

void check_reads(const book_client& book, const book_image& image) {
  auto accounts = must(book.accounts(), "the accounts");
  expect(accounts.size() == image.histories().size(), "there are accounts that were not opened");
  for (auto& x : accounts)
    expect(x.balance == image.balance_of(x.definition.path),
           "the balance of " + x.definition.path + " is not the sum of its postings");
  for (auto& [path, history] : image.histories()) {
    check_history(book, path, history);
    check_past_balances(book, path, history);
  }
  for (auto& [name, seq] : image.names()) {
    auto& event = image.events()[seq.value() - 1];
    if (std::holds_alternative<ledger::transaction>(event.content))
      expect(must(book.transaction_by_key(name), name).receipt.id.seq == seq,
             name + " is found at another place than in the log");
  }
}

void check_repeats(const book_client& book, const book_image& image) {
  answers heard{image.names()};
  std::vector<action> again;
  for (auto& x : image.events()) {
    again.push_back({action::kind::each, {x.content}});
    if (std::holds_alternative<ledger::transaction>(x.content))
      again.push_back({action::kind::conflict, {altered(x.content)}});
  }
  perform(book, again, heard);
}

} // namespace daybook::test
