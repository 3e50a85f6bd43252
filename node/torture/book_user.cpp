#include "node/torture/book_user.hpp"

#include "actors/client.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace daybook::node::torture {

namespace {

/// So many messages of which the outcome is not known are enough: they are asked for first.
constexpr std::size_t unknown_max = 32;
constexpr std::uint64_t message_max = 20;
constexpr std::uint64_t atomic_max = 5;

/// A number that is none of ours does not fit: whatever it is, it is wrong.
std::int64_t to_number(ledger::amount x) {
  using limits = std::numeric_limits<std::int64_t>;
  return static_cast<std::int64_t>(
      std::clamp<ledger::int128>(x.value(), limits::min(), limits::max()));
}

answer to_answer(std::uint64_t number, const book_client::write_result& x) {
  answer y{.number = number};
  if (!x) {
    y.how = outcome_of(x.error().code());
    y.error = to_string(x.error().code());
    return y;
  }
  y.how = outcome::accepted;
  y.seq = x->id.seq.value();
  y.epoch = x->epoch.value();
  y.committed_at_us = x->committed_at.us();
  y.chain = first_bytes(x->chain);
  y.repeated = x->deduplicated;
  for (auto& balance : x->balances)
    y.balances.push_back(to_number(balance.value));
  return y;
}

std::vector<answer> to_answers(std::uint64_t first,
                               const std::vector<book_client::write_result>& xs) {
  std::vector<answer> all;
  for (auto& x : xs)
    all.push_back(to_answer(first + all.size(), x));
  return all;
}

bool is_unknown(const answer& x) { return x.how == outcome::unknown; }
bool is_not_accepted(const answer& x) { return x.how == outcome::not_accepted; }

} // namespace

void user_counts::add(const user_counts& other) {
  accepted += other.accepted;
  refused += other.refused;
  not_accepted += other.not_accepted;
  unknown += other.unknown;
  resolved += other.resolved;
  reads += other.reads;
  failed_reads += other.failed_reads;
}

book_user::book_user(setup options, std::unique_ptr<book_session> session)
    : setup_(std::move(options)),
      session_(std::move(session)),
      history_(setup_.history),
      chance_(seeded::stream(~setup_.seed, setup_.client)) {}

// -- what is done ---------------------------------------------------------------------------------

void book_user::act() {
  auto* book = session_->open();
  if (!book)
    return;
  auto roll = chance_.below(100);
  if (!session_->may_write())
    roll = 75 + roll / 4;
  if (roll < 75 && !unknown_.empty() && (unknown_.size() >= unknown_max || chance_.below(4) == 0))
    return retry(*book);
  if (roll < 65)
    return write(*book, next_message(), false);
  if (roll < 72)
    return repeat(*book);
  if (roll < 75)
    return conflict(*book);
  read(*book, roll < 83   ? action::frontier
              : roll < 93 ? action::balance
              : roll < 99 ? action::find
                          : action::totals);
}

bool book_user::settle() {
  if (unknown_.empty())
    return false;
  if (auto* book = session_->open())
    retry(*book);
  return true;
}

book_user::message book_user::next_message() {
  message x{next_number_};
  auto roll = chance_.below(10);
  if (roll >= 5 && roll < 8)
    x.count = static_cast<std::uint32_t>(2 + chance_.below(message_max - 1));
  else if (roll >= 8) {
    x.count = static_cast<std::uint32_t>(2 + chance_.below(atomic_max - 1));
    x.atomic = true;
  }
  next_number_ += x.count;
  was_accepted_.resize(next_number_);
  return x;
}

void book_user::write(const book_client& book, const message& x, bool again) {
  auto done = begin(x.atomic ? action::atomic : action::write);
  done.answers = ask(book, x);
  finish(done);
  note(done, x, again);
}

void book_user::retry(const book_client& book) {
  auto chosen = unknown_.begin() + static_cast<std::ptrdiff_t>(chance_.below(unknown_.size()));
  auto x = *chosen;
  unknown_.erase(chosen);
  write(book, x, true);
}

/// One that was accepted, however long ago.
void book_user::repeat(const book_client& book) {
  auto number = next_number_ == 0 ? 0 : chance_.below(next_number_);
  if (next_number_ != 0 && was_accepted_[number])
    write(book, {number}, false);
}

void book_user::conflict(const book_client& book) {
  auto number = next_number_ == 0 ? 0 : chance_.below(next_number_);
  if (next_number_ == 0 || !was_accepted_[number])
    return;
  key_id key{setup_.client, number};
  auto altered = transfer_of(setup_.seed, key, setup_.accounts);
  ++altered.amount;
  auto done = begin(action::conflict);
  done.answers = {to_answer(number, book.commit(transaction_of(key, altered)))};
  finish(done);
}

// -- asking ---------------------------------------------------------------------------------------

std::vector<ledger::write> book_user::writes_of(const message& x) const {
  std::vector<ledger::write> all;
  for (std::uint64_t number = x.first; number < x.first + x.count; ++number) {
    key_id key{setup_.client, number};
    all.push_back({.what = transaction_of(key, transfer_of(setup_.seed, key, setup_.accounts))});
  }
  return all;
}

std::vector<answer> book_user::ask(const book_client& book, const message& x) {
  std::vector<book_client::write_result> results;
  auto take = [&](auto receipts) {
    if (!receipts)
      return results.assign(x.count, fail(receipts.error()));
    for (auto& receipt : *receipts)
      results.emplace_back(std::move(receipt));
  };
  auto writes = writes_of(x);
  if (x.atomic)
    take(book.commit_atomic(std::move(writes)));
  else if (x.count > 1)
    take(book.commit_batch(std::move(writes)));
  else
    results.push_back(book.commit(std::move(writes.front())));
  return to_answers(x.first, results);
}

void book_user::read(const book_client& book, action what) {
  auto x = begin(what);
  read_into(book, x);
  finish(x);
  if (!x.error.empty()) {
    ++counts_.failed_reads;
    return session_->drop();
  }
  ++counts_.reads;
  session_->was_read(x.invoked, x.completed);
}

void book_user::read_into(const book_client& book, operation& x) {
  auto fails = [&](const error& problem) { x.error = to_string(problem.code()); };
  if (x.what == action::frontier) {
    auto status = book.status();
    if (!status)
      return fails(status.error());
    x.seq = status->durable.value();
    x.epoch = status->epoch.value();
  } else if (x.what == action::balance) {
    x.account = static_cast<std::uint32_t>(chance_.below(setup_.accounts));
    auto account = book.balance(account_path(x.account));
    if (!account)
      return fails(account.error());
    x.seq = account->updated_seq.value();
    x.balance = to_number(account->balance);
  } else if (x.what == action::find) {
    auto other = static_cast<std::uint32_t>(chance_.below(setup_.clients));
    x.wanted = {setup_.first_client + other, chance_.below(next_number_ + 1)};
    auto event = book.transaction_by_key(to_string(x.wanted));
    if (!event && event.error().code() != ec::not_found)
      return fails(event.error());
    x.found = event.has_value();
    x.seq = event ? event->receipt.id.seq.value() : 0;
  } else {
    auto totals = book.trial_balance();
    if (!totals)
      return fails(totals.error());
    for (auto& row : *totals)
      x.balance += to_number(row.debit_turnover) - to_number(row.credit_turnover);
  }
}

// -- what is remembered ---------------------------------------------------------------------------

operation book_user::begin(action what) const {
  operation x;
  x.client = setup_.client;
  x.what = what;
  x.retries = session_->retries();
  x.invoked = now();
  return x;
}

void book_user::finish(operation& x) {
  x.completed = now();
  history_.add(x);
  for (auto& item : x.answers)
    count(item);
  if (std::ranges::any_of(x.answers, is_unknown))
    session_->drop();
  else if (std::ranges::any_of(x.answers, is_not_accepted))
    session_->pause();
}

void book_user::count(const answer& x) {
  switch (x.how) {
  case outcome::accepted:
    ++counts_.accepted;
    break;
  case outcome::refused:
    ++counts_.refused;
    break;
  case outcome::not_accepted:
    ++counts_.not_accepted;
    break;
  case outcome::unknown:
    ++counts_.unknown;
    break;
  }
}

/// A message is sent again as a whole, for some of it may have been accepted.
void book_user::note(const operation& x, const message& sent, bool again) {
  auto open = [](const answer& item) { return is_unknown(item) || is_not_accepted(item); };
  if (std::ranges::any_of(x.answers, open))
    unknown_.push_back(sent);
  else if (again)
    counts_.resolved += sent.count;
  for (auto& item : x.answers)
    if (item.how == outcome::accepted) {
      was_accepted_[item.number] = true;
      session_->was_written(x.invoked, x.completed);
    }
}

} // namespace daybook::node::torture
