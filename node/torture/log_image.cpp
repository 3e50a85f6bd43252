#include "node/torture/log_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::node::torture {

namespace {

/// A client's numbers have no large gaps; a damaged one must not take all memory.
constexpr std::uint64_t number_max = 1'000'000'000;
constexpr std::uint64_t gap_max = 1'000'000;

} // namespace

log_image::log_image(book_facts facts, violations& found)
    : facts_(std::move(facts)), found_(found), accounts_(facts_.accounts) {}

void log_image::complain(std::string what, std::string detail) {
  found_.add({std::move(what), facts_.name, std::move(detail)});
}

void log_image::add(const logged_event& x) {
  if (x.seq > last_seq_ + gap_max)
    return complain("gap", fmt::format("event {} follows event {}", x.seq, last_seq_));
  check_order(x);
  if (x.key)
    check_content(x);
  if (x.key && x.key->client != key_id::preloader)
    return add_written(x);
  if (x.key)
    add_preloaded(x);
  if (is_first_part_) {
    first_part_ = x.seq;
    return;
  }
  complain("foreign_event", fmt::format("event {} was written by nobody", x.seq));
  events_.resize(x.seq - first_part_);
  legs_.resize(events_.size() * legs_of_event);
}

/// After a complaint it goes on from the event as it is, so that the rest is judged by itself.
void log_image::check_order(const logged_event& x) {
  if (x.seq != last_seq_ + 1)
    complain("gap", fmt::format("event {} follows event {}", x.seq, last_seq_));
  if (x.epoch < last_epoch_)
    complain("epoch_went_back", fmt::format("event {} has epoch {}, the one before has {}", x.seq,
                                            x.epoch, last_epoch_));
  if (x.committed_at_us < last_time_us_)
    complain("time_went_back",
             fmt::format("event {} was committed at {} us, the one before at {} us", x.seq,
                         x.committed_at_us, last_time_us_));
  last_seq_ = x.seq;
  last_epoch_ = x.epoch;
  last_time_us_ = x.committed_at_us;
}

void log_image::check_content(const logged_event& x) {
  auto wanted = transfer_of(facts_.seed, *x.key, facts_.accounts);
  std::vector<logged_posting> postings{{wanted.to, wanted.amount}, {wanted.from, -wanted.amount}};
  if (x.postings != postings)
    complain("other_content", fmt::format("event {} with key {} is not what was asked for", x.seq,
                                          to_string(*x.key)));
}

void log_image::add_preloaded(const logged_event& x) {
  if (!is_first_part_ || x.key->number != preloaded_)
    complain("preloaded_twice", fmt::format("event {} has key {}; the next would be {}", x.seq,
                                            to_string(*x.key), preloaded_));
  preloaded_ = x.key->number + 1;
  post_all(x);
}

void log_image::add_written(const logged_event& x) {
  is_first_part_ = false;
  auto& seqs = seqs_[x.key->client];
  if (x.key->number >= number_max)
    return complain("foreign_event", fmt::format("event {} has key {}", x.seq, to_string(*x.key)));
  if (seqs.size() <= x.key->number)
    seqs.resize(x.key->number + 1);
  auto& place = seqs[x.key->number];
  if (place != 0)
    complain("posted_twice", fmt::format("key {} was posted as event {} and as event {}",
                                         to_string(*x.key), place, x.seq));
  else
    place = x.seq;
  if (x.seq <= first_part_ + events_.size())
    return; // a seq that was there already: complained of
  events_.resize(x.seq - first_part_);
  legs_.resize(events_.size() * legs_of_event);
  events_.back() = {*x.key, x.epoch, x.committed_at_us, x.chain};
  post_all(x);
}

/// As the log has it, also when it is not what was asked for; unless it is no transfer at all.
void log_image::post_all(const logged_event& x) {
  auto is_ours = [&](auto& posting) { return posting.account < facts_.accounts; };
  if (x.postings.size() != legs_of_event || !std::ranges::all_of(x.postings, is_ours) ||
      x.postings[0].debit <= 0 || x.postings[1].debit >= 0)
    return;
  for (auto& posting : x.postings)
    post(x, posting);
}

void log_image::post(const logged_event& x, const logged_posting& posting) {
  auto& account = accounts_[posting.account];
  account.balance += posting.debit;
  if (account.balance < 0 && is_bounded(posting.account))
    complain("overdrawn", fmt::format("event {} leaves account {} at {}", x.seq,
                                      account_path(posting.account), account.balance));
  auto before = std::exchange(account.touched, x.seq);
  if (is_first_part_) {
    account.first_balance = account.balance;
    account.first_touched = x.seq;
    return;
  }
  (before <= first_part_ ? account.first_next : leg_at(before, posting.account)->next) = x.seq;
  auto* place = &legs_[legs_.size() - legs_of_event];
  (posting.debit > 0 ? place[0] : place[1]) = {posting.account, account.balance, 0};
}

log_image::leg* log_image::leg_at(std::uint64_t seq, std::uint32_t account) {
  return const_cast<leg*>(std::as_const(*this).leg_at(seq, account));
}

const log_image::leg* log_image::leg_at(std::uint64_t seq, std::uint32_t account) const {
  if (!at(seq))
    return nullptr;
  auto* place = &legs_[(seq - first_part_ - 1) * legs_of_event];
  for (auto* leg = place; leg != place + legs_of_event; ++leg)
    if (leg->account == account)
      return leg;
  return nullptr;
}

void log_image::finish() {
  if (preloaded_ != facts_.preloaded)
    complain("lost_write", fmt::format("{} transactions were acknowledged before the faults began, "
                                       "and {} are there",
                                       facts_.preloaded, preloaded_));
}

std::uint64_t log_image::seq_of(const key_id& key) const {
  auto known = seqs_.find(key.client);
  return known != seqs_.end() && key.number < known->second.size() ? known->second[key.number] : 0;
}

const log_image::event* log_image::at(std::uint64_t seq) const {
  auto is_known = seq > first_part_ && seq - first_part_ <= events_.size();
  auto* found = is_known ? &events_[seq - first_part_ - 1] : nullptr;
  return found && found->epoch != 0 ? found : nullptr;
}

std::optional<std::int64_t> log_image::balance_after(std::uint32_t number,
                                                     std::uint64_t seq) const {
  if (number >= accounts_.size())
    return {};
  auto& account = accounts_[number];
  if (seq <= first_part_)
    return seq == account.first_touched ? std::optional{account.first_balance} : std::nullopt;
  auto* leg = leg_at(seq, number);
  return leg ? std::optional{leg->after} : std::nullopt;
}

std::uint64_t log_image::next_touch(std::uint32_t account, std::uint64_t seq) const {
  if (seq <= first_part_)
    return accounts_[account].first_next;
  auto* leg = leg_at(seq, account);
  return leg ? leg->next : 0;
}

std::int64_t log_image::balance(std::uint32_t account) const { return accounts_[account].balance; }
std::uint64_t log_image::last_touch(std::uint32_t account) const {
  return accounts_[account].touched;
}

} // namespace daybook::node::torture
