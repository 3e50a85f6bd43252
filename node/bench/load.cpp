#include "node/bench/load.hpp"

#include "actors/errors.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <fmt/format.h>

#include <future>
#include <random>
#include <utility>
#include <vector>

namespace daybook::node::bench {

using namespace actors;

namespace {

using steady = std::chrono::steady_clock;

constexpr auto answer_timeout = std::chrono::minutes{1};
constexpr auto overload_pause = std::chrono::milliseconds{1};

std::string account_path(std::uint32_t n) { return fmt::format("assets:bench:{:06}", n); }

/// What one client and the thread that waits for it share.
struct share_of_load {
  std::uint64_t transactions = 0;
  load_result seen;
  std::promise<result<void>> done;
};

/// Makes the transactions of one client.
class transaction_source {
public:
  transaction_source(const load_options& options, std::size_t client)
      : accounts_(options.accounts),
        prefix_(fmt::format("{}-{:02}-", options.run, client)),
        random_(client) {}

  ledger::transaction next() {
    auto debit = pick(accounts_);
    auto credit = (debit + 1 + pick(accounts_ - 1)) % accounts_;
    ledger::amount value{static_cast<std::int64_t>(1 + pick(100'000))};
    ledger::transaction x;
    x.key = fmt::format("{}{:010}", prefix_, serial_++);
    x.postings.reserve(2);
    x.postings.push_back({paths_of(debit), value, {}, ledger::side::debit});
    x.postings.push_back({paths_of(credit), value, {}, ledger::side::credit});
    return x;
  }

private:
  std::uint32_t pick(std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>{0, bound - 1}(random_);
  }

  const std::string& paths_of(std::uint32_t n) {
    if (paths_.empty())
      for (std::uint32_t i = 0; i < accounts_; ++i)
        paths_.push_back(account_path(i));
    return paths_[n];
  }

  std::uint32_t accounts_;
  std::string prefix_;
  std::minstd_rand random_;
  std::uint64_t serial_ = 0;
  std::vector<std::string> paths_;
};

/// One client: sends as long as there is something to send, and ends with the last answer.
class load_client {
public:
  static inline const char* name = "daybook.bench.client";

  load_client(caf::event_based_actor* self, book_actor book, const load_options& options,
              std::size_t client, std::shared_ptr<share_of_load> share,
              std::atomic<std::uint64_t>* progress)
      : self_(self),
        book_(std::move(book)),
        batch_(options.batch),
        in_flight_(options.in_flight),
        source_(options, client),
        share_(std::move(share)),
        progress_(progress),
        unsent_(share_->transactions) {}

  caf::behavior make_behavior() {
    self_->set_down_handler([this](const caf::down_msg& down) {
      finish(fail(from_caf(down.reason, ec::outcome_unknown)));
    });
    self_->monitor(book_);
    for (std::size_t i = 0; i < in_flight_; ++i)
      send_next();
    return {[](caf::unit_t) {}};
  }

private:
  void send_next() {
    if (unsent_ == 0)
      return;
    auto items = std::min<std::uint64_t>(batch_, unsent_);
    unsent_ -= items;
    ++waiting_;
    if (batch_ == 1)
      return send(source_.next(), steady::now());
    std::vector<ledger::command> xs;
    xs.reserve(items);
    for (std::uint64_t i = 0; i < items; ++i)
      xs.emplace_back(source_.next());
    send(std::move(xs), steady::now());
  }

  /// The message is kept only as CAF keeps it: sent again after an overload without a copy.
  template <class T>
  void send(T content, steady::time_point began) {
    auto message = caf::make_message(atom::commit_v, std::move(content));
    send_message(std::move(message), began, caf::detail::type_list<T>{});
  }

  void send_message(caf::message message, steady::time_point began,
                    caf::detail::type_list<ledger::transaction> kind) {
    request(message, began, kind, [this, began](const ledger::receipt&) { on_durable(1, began); });
  }

  void send_message(caf::message message, steady::time_point began,
                    caf::detail::type_list<std::vector<ledger::command>> kind) {
    request(message, began, kind, [this, began](const std::vector<outcome>& xs) {
      for (auto& x : xs)
        if (auto* refused = std::get_if<error>(&x))
          return finish(fail(*refused));
      on_durable(xs.size(), began);
    });
  }

  template <class Kind, class OnAnswer>
  void request(caf::message message, steady::time_point began, Kind kind, OnAnswer on_answer) {
    // No timeout: one for every message in flight is a sixth of the processor time of a run, and a
    // book that goes away is noticed anyway.
    self_->request(caf::actor_cast<caf::actor>(book_), caf::infinite, message)
        .then(on_answer, [this, message, began, kind](const caf::error& reason) {
          if (reason != ec::overloaded)
            return finish(fail(from_caf(reason, ec::outcome_unknown)));
          ++share_->seen.overloaded;
          self_->run_delayed(overload_pause, [=, this] { send_message(message, began, kind); });
        });
  }

  void on_durable(std::uint64_t items, steady::time_point began) {
    auto latency = std::chrono::duration_cast<std::chrono::nanoseconds>(steady::now() - began);
    share_->seen.latency.add(static_cast<std::uint64_t>(latency.count()));
    share_->seen.transactions += items;
    progress_->fetch_add(items, std::memory_order_relaxed);
    --waiting_;
    send_next();
    if (waiting_ == 0)
      finish({});
  }

  void finish(result<void> outcome) {
    if (std::exchange(finished_, true))
      return;
    share_->done.set_value(std::move(outcome));
    self_->quit();
  }

  caf::event_based_actor* self_;
  book_actor book_;
  std::size_t batch_;
  std::size_t in_flight_;
  transaction_source source_;
  std::shared_ptr<share_of_load> share_;
  std::atomic<std::uint64_t>* progress_;
  std::uint64_t unsent_;
  std::uint64_t waiting_ = 0;
  bool finished_ = false;
};

result<void> commit_all(caf::scoped_actor& self, const book_actor& book,
                        std::vector<ledger::command> xs) {
  result<void> outcome;
  self->request(book, answer_timeout, atom::commit_v, std::move(xs))
      .receive(
          [&](const std::vector<actors::outcome>& answers) {
            for (auto& answer : answers)
              if (auto* refused = std::get_if<error>(&answer); refused && outcome)
                outcome = fail(*refused);
          },
          [&](const caf::error& reason) { outcome = fail(from_caf(reason, ec::outcome_unknown)); });
  return outcome;
}

} // namespace

result<void> prepare_book(caf::actor_system& system, const book_actor& book,
                          std::uint32_t accounts) {
  constexpr std::uint32_t message_items = 1'000;
  caf::scoped_actor self{system};
  std::vector<ledger::command> xs;
  xs.emplace_back(ledger::asset_definition{"BENCH", ledger::asset_class::other, 2, "benchmark"});
  for (std::uint32_t n = 0; n < accounts; ++n) {
    ledger::account_definition account;
    account.path = account_path(n);
    account.asset = "BENCH";
    xs.emplace_back(std::move(account));
    if (xs.size() == message_items || n + 1 == accounts)
      if (auto done = commit_all(self, book, std::exchange(xs, {})); !done)
        return done;
  }
  return {};
}

result<load_result> run_load(caf::actor_system& system, const book_actor& book,
                             const load_options& options, std::atomic<std::uint64_t>& progress) {
  std::vector<std::shared_ptr<share_of_load>> shares;
  auto began = steady::now();
  for (std::size_t client = 0; client < options.clients; ++client) {
    auto share = std::make_shared<share_of_load>();
    share->transactions = options.transactions / options.clients +
                          (client < options.transactions % options.clients ? 1 : 0);
    shares.push_back(share);
    if (share->transactions == 0)
      share->done.set_value({});
    else
      system.spawn<caf::stateful_actor<load_client>>(book, options, client, share, &progress);
  }
  load_result total;
  for (auto& share : shares)
    if (auto done = share->done.get_future().get(); !done)
      return fail(std::move(done.error()));
  total.elapsed = steady::now() - began;
  for (auto& share : shares) {
    total.transactions += share->seen.transactions;
    total.overloaded += share->seen.overloaded;
    total.latency.merge(share->seen.latency);
  }
  return total;
}

} // namespace daybook::node::bench
