#include "node/bench/facade_load.hpp"

#include "node/bench/transaction_source.hpp"

#include <chrono>
#include <deque>
#include <future>
#include <optional>
#include <thread>
#include <utility>

namespace daybook::node::bench {

namespace {

using steady = std::chrono::steady_clock;

constexpr auto overload_pause = std::chrono::milliseconds{1};
/// How often a client with a rate looks at the clock and for answers.
constexpr auto look_interval = std::chrono::microseconds{250};

/// One client, on a thread of its own.
class caller {
public:
  caller(const std::vector<book_client>& books, const load_options& options, std::size_t client,
         std::atomic<std::uint64_t>& progress)
      : books_(books),
        in_flight_(options.in_flight),
        unsent_(options.transactions_of(client)),
        source_(options, client),
        progress_(progress),
        interval_(options.interval()),
        next_due_(steady::now() + interval_ * client / options.clients), // they take turns
        calls_(client) { // so that clients begin with different books
    if (options.seconds > 0)
      end_ = steady::now() + std::chrono::seconds{options.seconds};
  }

  result<load_result> run() {
    auto done = interval_ > steady::duration::zero() ? run_open() : run_closed();
    return done.map([this] { return seen_; });
  }

private:
  result<void> run_closed() {
    while (unsent_ > 0 || !waiting_.empty()) {
      if (unsent_ > 0 && waiting_.size() < in_flight_)
        call(steady::now());
      else if (auto taken = take_oldest(); !taken)
        return taken;
    }
    return {};
  }

  /// An answer is seen when the client looks, and behind those to earlier calls.
  result<void> run_open() {
    while (unsent_ > 0 || !waiting_.empty()) {
      auto now = steady::now();
      for (; unsent_ > 0 && next_due_ <= now; next_due_ += interval_)
        call(next_due_);
      for (auto left = waiting_.size(); left > 0 && is_answered(waiting_.front()); --left)
        if (auto taken = take_oldest(); !taken)
          return taken;
      std::this_thread::sleep_for(look_interval);
    }
    return {};
  }

  struct waiting {
    ledger::transaction what; ///< to be sent again after an overload
    std::future<book_client::write_result> answer;
    steady::time_point began;
  };

  static bool is_answered(const waiting& x) {
    return x.answer.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
  }

  void call(steady::time_point began) {
    if (began >= end_) {
      unsent_ = 0;
      return;
    }
    --unsent_;
    auto x = source_.next();
    auto answer = book().commit_async(x);
    waiting_.push_back({std::move(x), std::move(answer), began});
  }

  result<void> take_oldest() {
    auto oldest = std::move(waiting_.front());
    waiting_.pop_front();
    auto answer = oldest.answer.get();
    if (!answer && answer.error().code() == ec::overloaded) {
      ++seen_.overloaded;
      if (interval_ == steady::duration::zero())
        std::this_thread::sleep_for(overload_pause);
      auto again = book().commit_async(oldest.what);
      waiting_.push_back({std::move(oldest.what), std::move(again), oldest.began});
      return {};
    }
    if (!answer)
      return fail(std::move(answer.error()));
    seen_.latency.add(
        static_cast<std::uint64_t>(std::chrono::nanoseconds{steady::now() - oldest.began}.count()));
    ++seen_.transactions;
    progress_.fetch_add(1, std::memory_order_relaxed);
    return {};
  }

  const book_client& book() { return books_[calls_++ % books_.size()]; }

  const std::vector<book_client>& books_;
  std::size_t in_flight_;
  std::uint64_t unsent_;
  transaction_source source_;
  std::atomic<std::uint64_t>& progress_;
  steady::duration interval_; ///< between two calls that are due; zero: as soon as there is room
  steady::time_point next_due_;
  steady::time_point end_ = steady::time_point::max();
  std::uint64_t calls_;
  std::deque<waiting> waiting_;
  load_result seen_;
};

} // namespace

result<load_result> run_facade_load(const std::vector<book_client>& books,
                                    const load_options& options,
                                    std::atomic<std::uint64_t>& progress) {
  auto began = steady::now();
  std::vector<std::future<result<load_result>>> running;
  for (std::size_t client = 0; client < options.clients; ++client)
    running.push_back(std::async(std::launch::async, [&, client] {
      return caller{books, options, client, progress}.run();
    }));
  load_result total;
  std::optional<error> failed;
  for (auto& client : running) {
    auto seen = client.get();
    if (!seen) {
      failed = std::move(seen.error());
      continue;
    }
    total.transactions += seen->transactions;
    total.overloaded += seen->overloaded;
    total.latency.merge(seen->latency);
  }
  if (failed)
    return fail(std::move(*failed));
  total.elapsed = steady::now() - began;
  return total;
}

} // namespace daybook::node::bench
