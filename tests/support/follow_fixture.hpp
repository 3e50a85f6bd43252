#pragma once

#include "actors/recorded.hpp"
#include "actors/subscription.hpp"
#include "base/check.hpp"
#include "log/event_list.hpp"
#include "protocol/event_codec.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/builders.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

// A book of which a test decides what is durable and what memory still has, and somebody who
// follows it.

namespace daybook::test {

/// The durable part of a book, as its feed and its reader know it.
class scripted_book {
public:
  using batch = std::shared_ptr<const actors::batch_buffer>;

  scripted_book() {
    chart_->add(ledger::asset_entry{asset(), event_seq{}});
    for (auto* path : {"assets:cash", "assets:bank", "liabilities:customers:15"}) {
      auto definition = account(path);
      definition.normal_side = ledger::default_normal_side(definition.kind);
      chart_->add(definition, asset_no{0}, event_seq{});
    }
  }

  actors::log_scan scan() const {
    actors::log_scan x;
    x.name = "bank";
    x.chart = chart_;
    x.id = id;
    x.last = durable();
    return x;
  }

  /// A transaction between two accounts, by number.
  static ledger::stored_event posted(std::uint32_t debit, std::uint32_t credit,
                                     bool joined = false) {
    ledger::transaction_posted x;
    x.key = "k";
    x.entries = {{account_no{debit}, ledger::side::debit, ledger::amount{5}},
                 {account_no{credit}, ledger::side::credit, ledger::amount{5}}};
    return {x, joined};
  }

  static ledger::stored_event registered(std::string id) {
    return {ledger::asset_registered{asset(std::move(id)), {}}, false};
  }

  /// Makes a batch durable, and keeps it in memory.
  void add(const std::vector<ledger::stored_event>& events) {
    auto x = std::make_shared<actors::batch_buffer>();
    x->info = {durable().next(), writer_epoch{1}, timestamp{17}, next_chain()};
    x->events = static_cast<std::uint32_t>(events.size());
    byte_buffer encoded;
    for (auto& event : events) {
      encoded.clear();
      protocol::encode(event.content, event.joined, encoded);
      log::append_event(x->payload, encoded);
      events_.push_back(actors::record(event, x->info,
                                       x->info.first_seq.plus(events_.size() - end_), id, *chart_));
    }
    end_ = events_.size();
    batches_.push_back(std::move(x));
  }

  /// Whether somebody else has a batch in memory.
  bool is_held_by_others() const {
    return std::ranges::any_of(batches_, [](auto& x) { return x.use_count() > 1; });
  }

  chain_hash chain_at(event_seq seq) const { return events_[seq.value() - 1].receipt.chain; }

  void forget_memory() { first_in_memory_ = batches_.size(); }

  event_seq durable() const { return event_seq{end_}; }
  const std::vector<actors::recorded_event>& events() const { return events_; }

  actors::tail_answer tail(event_seq from) const {
    actors::tail_answer answer{{}, durable()};
    for (auto i = first_in_memory_; i < batches_.size(); ++i)
      if (batches_[i]->last_seq() >= from)
        answer.batches.push_back(batches_[i]);
    if (!answer.batches.empty() && answer.batches.front()->info.first_seq > from)
      answer.batches.clear();
    return answer;
  }

  /// Ends with a whole unit, as a reader's page does.
  actors::events_page page(const actors::events_job& job) const {
    actors::events_page page;
    for (auto seq = job.from; seq <= job.scan.last; seq = seq.next()) {
      auto& event = events_[seq.value() - 1];
      if (page.items.size() >= job.limit && !event.joined) {
        page.next = seq;
        break;
      }
      page.items.push_back(event);
    }
    return page;
  }

  book_id id{7};

private:
  /// Another one for each batch.
  chain_hash next_chain() const { return {std::byte(9 + batches_.size())}; }

  std::shared_ptr<ledger::chart> chart_ = std::make_shared<ledger::chart>();
  std::vector<batch> batches_;
  std::vector<actors::recorded_event> events_;
  std::uint64_t end_ = 0;
  std::size_t first_in_memory_ = 0;
};

using seq_list = std::vector<std::uint64_t>;

// -- events and subscriptions, said short --------------------------------------------------------

inline constexpr std::uint32_t cash = 0;
inline constexpr std::uint32_t bank = 1;
inline constexpr std::uint32_t customer = 2;

inline ledger::stored_event plain() { return scripted_book::posted(cash, bank); }
inline ledger::stored_event joined() { return scripted_book::posted(cash, bank, true); }
inline ledger::stored_event of_customer(bool joined = false) {
  return scripted_book::posted(cash, customer, joined);
}

inline std::vector<ledger::stored_event> many(std::size_t n) {
  return std::vector<ledger::stored_event>(n, plain());
}

inline seq_list seqs_from(std::uint64_t first, std::uint64_t last) {
  seq_list all(last + 1 - first);
  std::iota(all.begin(), all.end(), first);
  return all;
}

inline actors::subscription
customers_only(std::uint32_t credit,
               actors::delivery_mode mode = actors::delivery_mode::guaranteed) {
  actors::subscription wanted;
  wanted.credit = credit;
  wanted.mode = mode;
  wanted.filter.account_prefixes = {"liabilities:customers"};
  return wanted;
}

inline actors::subscription lossy(std::uint32_t credit) {
  actors::subscription wanted;
  wanted.mode = actors::delivery_mode::lossy;
  wanted.credit = credit;
  return wanted;
}

/// What was looked at has no holes and no overlaps.
inline bool is_contiguous(const std::vector<actors::delivery>& xs, event_seq first) {
  for (auto& x : xs) {
    if (x.first != first || x.last < x.first || x.durable < x.last)
      return false;
    for (auto& event : x.events)
      if (event.receipt.id.seq < x.first || event.receipt.id.seq > x.last)
        return false;
    first = x.last.next();
  }
  return true;
}

/// What a subscriber has been told.
struct heard {
  std::vector<actors::delivery> deliveries;
  std::vector<error> ended;

  seq_list seqs() const {
    seq_list all;
    for (auto& x : deliveries)
      for (auto& event : x.events)
        all.push_back(event.receipt.id.seq.value());
    return all;
  }
};

/// A subscription between a scripted book and a subscriber that only listens.
class follow_fixture : public actor_fixture {
public:
  ~follow_fixture() {
    for (auto& x : {caf::actor_cast<caf::actor>(subscription_), caf::actor_cast<caf::actor>(feed_),
                    caf::actor_cast<caf::actor>(reader_), caf::actor_cast<caf::actor>(subscriber_)})
      if (x)
        caf::anon_send_exit(x, caf::exit_reason::kill);
    feed_ = nullptr;
    run();
  }

  void follow(actors::subscription wanted) {
    feed_ = spawn_feed();
    reader_ = spawn_reader();
    subscriber_ = spawn_subscriber();
    REQUIRE(check(wanted, book.durable()));
    subscription_ =
        system_.spawn<actors::subscription_impl::stateful_impl<actors::subscription_state>>(
            actors::subscription_neighbours{feed_, reader_, subscriber_}, book.scan(),
            std::move(wanted));
    run();
  }

  void follow(std::uint32_t credit, event_seq from = {}) {
    actors::subscription wanted;
    wanted.credit = credit;
    wanted.from = from;
    follow(std::move(wanted));
  }

  /// A batch becomes durable, and those who wait for it are answered.
  void add(const std::vector<ledger::stored_event>& events) {
    book.add(events);
    caf::anon_send(feed_, actors::atom::flush_v);
    run();
  }

  void grant(std::uint32_t events) {
    caf::anon_send(subscription_, actors::atom::credit_v, events);
    run();
  }

  /// A request whose answer says nothing.
  template <class Target, class... Words>
  std::shared_ptr<pending_answer<caf::unit_t>> tell(const Target& target, Words... words) {
    auto answer = std::make_shared<pending_answer<caf::unit_t>>();
    clients_.push_back(system_.spawn([=](caf::event_based_actor* self) {
      self->request(target, caf::infinite, words...)
          .then([answer] { answer->set(caf::unit); },
                [answer](const caf::error& x) {
                  answer->set(actors::from_caf(x, ec::outcome_unknown));
                });
    }));
    return answer;
  }

  template <class Handle>
  void end(Handle& who, caf::error reason = caf::exit_reason::kill) {
    caf::anon_send(caf::actor_cast<caf::actor>(who), caf::exit_msg{{}, std::move(reason)});
    who = nullptr;
    run();
  }

  scripted_book book;
  std::shared_ptr<heard> got = std::make_shared<heard>();
  int tails = 0;                     ///< questions to the feed
  int pages = 0;                     ///< questions to the reader
  std::vector<std::uint32_t> limits; ///< of those
  bool reads_fail = false;
  bool answers_progress = true;
  bool refuses = false; ///< the subscriber answers every delivery with an error

protected:
  using told_feed = actors::feed_actor::extend<auto(actors::atom::flush)->caf::result<void>>;
  using feed_promise = caf::typed_response_promise<actors::tail_answer>;

  told_feed spawn_feed() {
    return system_.spawn([this](told_feed::pointer self) -> told_feed::behavior_type {
      auto waiting = std::make_shared<std::vector<std::pair<event_seq, feed_promise>>>();
      return {
          [=, this](actors::atom::tail, event_seq from) -> caf::result<actors::tail_answer> {
            ++tails;
            auto promise = self->make_response_promise<actors::tail_answer>();
            if (from > book.durable())
              waiting->emplace_back(from, promise);
            else
              promise.deliver(book.tail(from));
            return promise;
          },
          [](actors::atom::indexed, event_seq) {},
          [=, this](actors::atom::flush) {
            for (auto& [from, promise] : std::exchange(*waiting, {}))
              if (from > book.durable())
                waiting->emplace_back(from, promise);
              else
                promise.deliver(book.tail(from));
          },
      };
    });
  }

  actors::reader_actor spawn_reader() {
    using namespace actors;
    auto not_asked = [](const char*) { return caf::make_error(caf::sec::unexpected_message); };
    return system_.spawn([this, not_asked](reader_actor::pointer) -> reader_actor::behavior_type {
      return {
          [this](atom::events, const events_job& job) -> caf::result<events_page> {
            ++pages;
            limits.push_back(job.limit);
            if (reads_fail)
              return to_caf({ec::corrupt, "the log is broken", {{"file", "f"}}});
            auto page = book.page(job);
            if (!page.items.empty() && page.items.front().joined)
              return to_caf({ec::invalid_argument, "within a unit", {{"field", "from"}}});
            return page;
          },
          [=](atom::history, const history_job&) -> caf::result<history_page> {
            return not_asked("history");
          },
          [=](atom::facts, const facts_job&) -> caf::result<facts_answer> {
            return not_asked("facts");
          },
          [=](atom::receipts, const receipts_job&) -> caf::result<std::vector<ledger::receipt>> {
            return not_asked("receipts");
          },
          [=](atom::balance, const balance_job&) -> caf::result<account_view> {
            return not_asked("balance");
          },
          [=](atom::accounts, const accounts_job&) -> caf::result<accounts_page> {
            return not_asked("accounts");
          },
          [=](atom::trial_balance,
              const trial_balance_job&) -> caf::result<std::vector<trial_balance_view>> {
            return not_asked("trial_balance");
          },
          [=](atom::ancestors, const ancestors_job&) -> caf::result<std::vector<recorded_event>> {
            return not_asked("ancestors");
          },
      };
    });
  }

  actors::subscriber_actor spawn_subscriber() {
    using namespace actors;
    return system_.spawn([this](subscriber_actor::pointer self) -> subscriber_actor::behavior_type {
      auto unanswered = std::make_shared<std::vector<caf::typed_response_promise<void>>>();
      return {
          [=, this](atom::deliver, const delivery& x) -> caf::result<void> {
            got->deliveries.push_back(x);
            if (refuses)
              return to_caf({ec::invalid_argument, "the subscriber does not like it", {}});
            if (answers_progress)
              return caf::unit;
            unanswered->push_back(self->make_response_promise<void>());
            return unanswered->back();
          },
          [this](atom::ended, const error& x) { got->ended.push_back(x); },
      };
    });
  }

  told_feed feed_;
  actors::reader_actor reader_;
  actors::subscriber_actor subscriber_;
  actors::subscription_actor subscription_;
};

} // namespace daybook::test
