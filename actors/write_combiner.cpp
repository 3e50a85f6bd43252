#include "actors/write_combiner.hpp"

#include "actors/gateway.hpp"
#include "actors/interfaces.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <utility>

namespace daybook::actors {

namespace {

/// As many callers who each wait for an answer do not notice one another.
constexpr std::size_t messages_max = 16;
/// In one message.
constexpr std::size_t bytes_max = 1024 * 1024;
/// Of an answer that is due already.
constexpr caf::timespan shortest_timeout = std::chrono::milliseconds{1};

std::size_t bytes_of(const ledger::transaction& x) {
  constexpr std::size_t amount_bytes = 16;
  auto bytes = x.key.size() + x.metadata.size();
  for (auto& posting : x.postings)
    bytes += posting.account.size() + posting.asset.size() + amount_bytes;
  return bytes;
}

error too_few_answers() {
  return {ec::outcome_unknown,
          "the book did not answer for each transaction: retry with the same key"};
}

} // namespace

void write_combiner::add(gateway_state& gateway, const call_terms& terms, ledger::transaction x,
                         on_answer then) {
  terms_ = terms;
  waiting_bytes_ += bytes_of(x);
  waiting_.push_back({std::move(x), std::move(then), clock::now()});
  if (in_flight_ < messages_max || waiting_.size() >= items_max_ || waiting_bytes_ >= bytes_max)
    flush(gateway);
}

void write_combiner::flush(gateway_state& gateway) {
  waiting_bytes_ = 0;
  if (waiting_.size() > 1)
    send(gateway, std::exchange(waiting_, {}));
  else if (!waiting_.empty())
    send_one(gateway, std::move(std::exchange(waiting_, {}).front()));
}

/// What a call that came then has left of its time.
call_terms write_combiner::terms_since(clock::time_point when) const {
  auto left = terms_;
  auto waited = clock::now() - when;
  if (left.timeout != caf::infinite)
    left.timeout = std::max<caf::timespan>(left.timeout - waited, shortest_timeout);
  left.retry_budget = std::max<caf::timespan>(left.retry_budget - waited, caf::timespan{0});
  return left;
}

/// The book takes fewer items in a message than are put into one here. That says nothing about any
/// of them, and the next messages are smaller.
error write_combiner::refusal_of_message(const error& refused) {
  if (refused.code() != ec::limit_exceeded || refused.get("what") != "message_items")
    return refused;
  auto text = refused.get("limit");
  std::size_t limit = 0;
  std::from_chars(text.data(), text.data() + text.size(), limit);
  items_max_ = std::max<std::size_t>(std::min(items_max_ / 2, limit), 1);
  return {ec::overloaded,
          "too many writes were sent together: nothing was accepted, send again",
          {{"what", "message_items"}, {"limit", std::string{text}}}};
}

void write_combiner::on_sent_answered(gateway_state& gateway) {
  --in_flight_;
  flush(gateway);
}

void write_combiner::send_one(gateway_state& gateway, item x) {
  using call = book_call<gateway_state, ledger::receipt, atom::commit, ledger::transaction>;
  ++in_flight_;
  auto then = std::make_shared<on_answer>(std::move(x.then));
  auto sent =
      std::make_shared<call>(book_, terms_since(x.since), atom::commit_v, std::move(x.what));
  sent->start(
      gateway,
      [this, &gateway, then](ledger::receipt& accepted) {
        (*then)(std::move(accepted));
        on_sent_answered(gateway);
      },
      [this, &gateway, then](error refused) {
        (*then)(fail(std::move(refused)));
        on_sent_answered(gateway);
      });
}

void write_combiner::send(gateway_state& gateway, items xs) {
  using call = book_call<gateway_state, std::vector<outcome>, atom::commit, commands>;
  ++in_flight_;
  auto terms = terms_since(xs.front().since);
  commands all;
  all.reserve(xs.size());
  auto from = std::make_shared<callers>();
  from->reserve(xs.size());
  for (auto& x : xs) {
    all.emplace_back(std::move(x.what));
    from->push_back({std::move(x.then), x.since});
  }
  auto sent = std::make_shared<call>(book_, terms, atom::commit_v, std::move(all));
  sent->start(
      gateway,
      [this, &gateway, from](std::vector<outcome>& answers) {
        answers.resize(from->size(), too_few_answers());
        for (std::size_t i = 0; i < answers.size(); ++i) {
          if (auto* accepted = std::get_if<ledger::receipt>(&answers[i]))
            (*from)[i].then(std::move(*accepted));
          else
            (*from)[i].then(fail(std::move(std::get<error>(answers[i]))));
        }
        on_sent_answered(gateway);
      },
      [this, &gateway, from, weak = std::weak_ptr{sent}](const error& refused) {
        auto asked = weak.lock();
        auto words = may_be_of_one(refused, *from) ? asked->take_words() : std::nullopt;
        if (words) {
          send_each(gateway, std::move(std::get<commands>(*words)), *from);
        } else {
          auto reason = refusal_of_message(refused);
          for (auto& x : *from)
            x.then(fail(reason));
        }
        on_sent_answered(gateway);
      });
}

/// Whether it says nothing about the others: one key cannot be looked up.
bool write_combiner::may_be_of_one(const error& refused, const callers& from) const {
  auto of_one = refused.code() == ec::io || refused.code() == ec::corrupt;
  return of_one && terms_since(from.front().since).retry_budget > caf::timespan{0};
}

void write_combiner::send_each(gateway_state& gateway, commands xs, callers& from) {
  for (std::size_t i = 0; i < from.size(); ++i)
    send_one(gateway, {std::move(std::get<ledger::transaction>(xs[i])), std::move(from[i].then),
                       from[i].since});
}

} // namespace daybook::actors
