#include "node/torture/history_checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::node::torture {

namespace {

key_id key_of(const operation& x, const answer& item) { return {x.client, item.number}; }

} // namespace

history_checker::history_checker(const log_image& image, violations& found)
    : image_(image),
      found_(found),
      floor_(image.first_part()),
      asked_for_(image.first_part()),
      is_asked_for_(image.last_seq() > image.first_part() ? image.last_seq() - image.first_part()
                                                          : 0) {}

void history_checker::complain(std::string_view what, const operation& x, std::string detail) {
  found_.add({std::string{what}, image_.facts().name,
              fmt::format("{} ({} of client {}, asked at {} ns, answered at {} ns)", detail,
                          to_string(x.what), x.client, x.invoked, x.completed)});
}

std::uint8_t& history_checker::marks_of(const key_id& key) {
  auto& marks = marks_[key.client];
  if (marks.size() <= key.number)
    marks.resize(key.number + 1);
  return marks[key.number];
}

void history_checker::node_started() { epoch_floor_ = accepted_epoch_; }

// -- the beginning of an operation ----------------------------------------------------------------

void history_checker::begin(const operation& x) {
  before_[x.client] = {floor_, epoch_floor_, seen_epoch_};
  if (x.what != action::write && x.what != action::atomic)
    return;
  if (x.what == action::atomic)
    check_unit(x);
  for (auto& item : x.answers)
    begin_write(x, item);
}

void history_checker::begin_write(const operation& x, const answer& item) {
  auto& marks = marks_of(key_of(x, item));
  auto seq = image_.seq_of(key_of(x, item));
  if (seq != 0 && !(marks & asked)) {
    if (seq <= floor_)
      complain("order", x,
               fmt::format("key {} is event {}, and event {} was shown before the key was sent",
                           to_string(key_of(x, item)), seq, floor_));
    is_asked_for_[seq - image_.first_part() - 1] = true;
    while (asked_for_ < image_.last_seq() && is_asked_for_[asked_for_ - image_.first_part()])
      ++asked_for_;
  }
  // The library keeps to itself what an attempt came to that was not the last one.
  marks |= x.retries ? asked | perhaps : asked;
}

/// All or nothing, one event after the other.
void history_checker::check_unit(const operation& x) {
  if (x.answers.empty())
    return;
  auto first = image_.seq_of(key_of(x, x.answers.front()));
  for (std::size_t i = 0; i < x.answers.size(); ++i)
    if (image_.seq_of(key_of(x, x.answers[i])) != (first == 0 ? 0 : first + i)) {
      complain("half_unit", x,
               fmt::format("of an atomic batch, {} is event {} and {} is event {}",
                           to_string(key_of(x, x.answers.front())), first,
                           to_string(key_of(x, x.answers[i])),
                           image_.seq_of(key_of(x, x.answers[i]))));
      return;
    }
}

// -- answers to writes ----------------------------------------------------------------------------

void history_checker::end(const operation& x) {
  for (auto& item : x.answers)
    x.what == action::conflict ? end_conflict(x, item) : end_write(x, item);
  if (!x.error.empty()) {
    if (x.error == to_string(ec::corrupt))
      complain("corrupt", x, "a read was answered `corrupt`");
    return;
  }
  switch (x.what) {
  case action::frontier:
    return end_frontier(x);
  case action::balance:
    return end_balance(x);
  case action::find:
    return end_find(x);
  case action::totals:
    return end_totals(x);
  case action::write:
  case action::atomic:
  case action::conflict:
    break;
  }
}

void history_checker::end_write(const operation& x, const answer& item) {
  auto& marks = marks_of(key_of(x, item));
  auto key = to_string(key_of(x, item));
  if (item.error == to_string(ec::corrupt))
    complain("corrupt", x, fmt::format("key {} was answered `corrupt`", key));
  switch (item.how) {
  case outcome::accepted:
    check_first(x, item, marks);
    check_receipt(x, item);
    marks |= accepted;
    break;
  case outcome::refused:
    if (marks & accepted)
      complain("refused_later", x,
               fmt::format("key {} was accepted, and later refused: {}", key, item.error));
    marks |= refused;
    break;
  case outcome::unknown:
    marks |= perhaps;
    break;
  case outcome::not_accepted:
    break;
  }
}

/// A receipt says whether it is the first for its key, and that must be so.
void history_checker::check_first(const operation& x, const answer& item, std::uint8_t marks) {
  auto key = to_string(key_of(x, item));
  if (item.repeated) {
    if (!(marks & (perhaps | accepted)))
      complain("repeated_unsent", x,
               fmt::format("key {} was answered as a repeat, and was never accepted", key));
    return;
  }
  if (marks & accepted)
    complain("accepted_twice", x, fmt::format("key {} was accepted as new a second time", key));
  if (item.seq <= before(x).floor)
    complain("order", x,
             fmt::format("key {} was accepted as event {}, and event {} was shown before it was "
                         "sent",
                         key, item.seq, before(x).floor));
  if (item.epoch <= before(x).epoch)
    complain("epoch_went_back", x,
             fmt::format("key {} was accepted under epoch {}, after the node was started anew; "
                         "before that epoch {} was acknowledged",
                         key, item.epoch, before(x).epoch));
  check_epoch(x, item.epoch, "accepted the key " + key);
  accepted_epoch_ = std::max(accepted_epoch_, item.epoch);
}

/// A book has one writer: what was asked for after an answer of a later one is not answered by an
/// earlier one, wherever both are.
void history_checker::check_epoch(const operation& x, std::uint64_t epoch, std::string_view what) {
  if (epoch < before(x).seen_epoch)
    complain("epoch_went_back", x,
             fmt::format("a writer with epoch {} {}; one with epoch {} was there before it was "
                         "asked",
                         epoch, what, before(x).seen_epoch));
  seen_epoch_ = std::max(seen_epoch_, epoch);
}

/// An event of the log that was acknowledged as something else: two have written the book.
void history_checker::check_place(const operation& x, const answer& item) {
  auto* event = image_.at(item.seq);
  auto key = key_of(x, item);
  if (event && event->key != key)
    complain("two_contents", x,
             fmt::format("event {} was acknowledged as key {} under epoch {}; in the log it is key "
                         "{} under epoch {}",
                         item.seq, to_string(key), item.epoch, to_string(event->key),
                         event->epoch));
}

/// Every receipt of a key is the same: what the log has.
void history_checker::check_receipt(const operation& x, const answer& item) {
  auto key = to_string(key_of(x, item));
  auto seq = image_.seq_of(key_of(x, item));
  auto* event = image_.at(seq);
  check_place(x, item);
  if (!event)
    return complain(
        "lost_write", x,
        fmt::format("key {} was acknowledged as event {} and is not in the log", key, item.seq));
  if (item.seq != seq || item.epoch != event->epoch || item.chain != event->chain ||
      item.committed_at_us != event->committed_at_us)
    complain("other_receipt", x,
             fmt::format("key {} was told seq {}, epoch {}, committed at {} us, chain {:016x}; the "
                         "log has {}, {}, {}, {:016x}",
                         key, item.seq, item.epoch, item.committed_at_us, item.chain, seq,
                         event->epoch, event->committed_at_us, event->chain));
  check_balances(x, item);
  saw(x, seq);
}

void history_checker::check_balances(const operation& x, const answer& item) {
  auto key = key_of(x, item);
  auto asked = transfer_of(image_.facts().seed, key, image_.facts().accounts);
  auto seq = image_.seq_of(key);
  std::vector<std::int64_t> wanted;
  for (auto account : {asked.to, asked.from})
    wanted.push_back(image_.balance_after(account, seq).value_or(0));
  if (item.balances != wanted)
    complain("other_balance", x,
             fmt::format("the receipt of key {} has the balances {}; the postings up to event {} "
                         "make {}",
                         to_string(key), fmt::join(item.balances, ", "), seq,
                         fmt::join(wanted, ", ")));
}

void history_checker::end_conflict(const operation& x, const answer& item) {
  auto is_conflict = item.error == to_string(ec::idempotency_conflict);
  if (item.how == outcome::accepted || (item.how == outcome::refused && !is_conflict))
    complain("no_conflict", x,
             fmt::format("key {} was sent with another amount and was answered {} {}",
                         to_string(key_of(x, item)), to_string(item.how), item.error));
}

// -- the end --------------------------------------------------------------------------------------

void history_checker::finish() {
  for (auto& [client, all] : marks_)
    for (std::uint64_t number = 0; number < all.size(); ++number) {
      key_id key{client, number};
      auto is_refused = (all[number] & asked) && !(all[number] & (perhaps | accepted));
      if (is_refused && image_.seq_of(key) != 0)
        found_.add({"refused_and_posted", image_.facts().name,
                    fmt::format("key {} was refused every time, and is event {}", to_string(key),
                                image_.seq_of(key))});
    }
  if (asked_for_ != image_.last_seq())
    found_.add({"foreign_event", image_.facts().name,
                fmt::format("nobody asked for event {}", asked_for_ + 1)});
}

void check_final(const log_image& image, const final_state& x, violations& found) {
  auto complain = [&](std::string what, std::string detail) {
    found.add({std::move(what), image.facts().name, std::move(detail)});
  };
  if (x.durable != image.last_seq())
    complain("gap", fmt::format("the book is at event {}, its events end with {}", x.durable,
                                image.last_seq()));
  if (x.debits_less_credits != 0)
    complain("unbalanced", fmt::format("debits less credits are {}", x.debits_less_credits));
  if (x.accounts.size() != image.facts().accounts)
    complain("lost_write", fmt::format("{} accounts were opened, and {} are there",
                                       image.facts().accounts, x.accounts.size()));
  for (auto& account : x.accounts) {
    if (account.number >= image.facts().accounts)
      complain("foreign_event", fmt::format("nobody opened {}", account_path(account.number)));
    else if (account.balance != image.balance(account.number) ||
             account.updated_seq != image.last_touch(account.number))
      complain("other_balance",
               fmt::format("{} is {} after event {}; the postings make {} after event {}",
                           account_path(account.number), account.balance, account.updated_seq,
                           image.balance(account.number), image.last_touch(account.number)));
  }
}

} // namespace daybook::node::torture
