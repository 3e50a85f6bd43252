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
        calls_(client) { // so that clients begin with different books
    if (options.seconds > 0)
      end_ = steady::now() + std::chrono::seconds{options.seconds};
  }

  result<load_result> run() {
    while (unsent_ > 0 || !waiting_.empty()) {
      if (unsent_ > 0 && waiting_.size() < in_flight_)
        call(source_.next());
      else if (auto taken = take_oldest(); !taken)
        return fail(std::move(taken.error()));
    }
    return seen_;
  }

private:
  struct waiting {
    ledger::transaction what; ///< to be sent again after an overload
    std::future<book_client::write_result> answer;
    steady::time_point began;
  };

  void call(ledger::transaction x) {
    auto began = steady::now();
    if (began >= end_) {
      unsent_ = 0;
      return;
    }
    --unsent_;
    auto answer = book().commit_async(x);
    waiting_.push_back({std::move(x), std::move(answer), began});
  }

  result<void> take_oldest() {
    auto oldest = std::move(waiting_.front());
    waiting_.pop_front();
    auto answer = oldest.answer.get();
    if (!answer && answer.error().code() == ec::overloaded) {
      ++seen_.overloaded;
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
