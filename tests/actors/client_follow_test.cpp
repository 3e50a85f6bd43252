#include "actors/client_follow.hpp"
#include "actors/cursor_worker.hpp"
#include "actors/node_system.hpp"
#include "actors/projection.hpp"
#include "tests/support/client_fixture.hpp"

#include <caf/send.hpp>

#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

/// Collects what a follower delivers, for a test that waits for it.
class collected {
public:
  std::function<void(const delivery&)> callback() {
    return [this](const delivery& x) {
      std::lock_guard lock{mutex_};
      for (auto& event : x.events)
        seqs_.push_back(event.receipt.id.seq.value());
      last_ = x.last;
      threads_.insert(std::this_thread::get_id());
      changed_.notify_all();
    };
  }

  std::vector<std::uint64_t> wait_until(event_seq seq) {
    std::unique_lock lock{mutex_};
    REQUIRE(changed_.wait_for(lock, patience, [&] { return last_ >= seq; }));
    CHECK(threads_.size() == 1);
    CHECK_FALSE(threads_.contains(std::this_thread::get_id()));
    return seqs_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::uint64_t> seqs_;
  std::set<std::thread::id> threads_;
  event_seq last_;
};

using seq_list = std::vector<std::uint64_t>;

seq_list up_to(std::uint64_t n) {
  seq_list all;
  for (std::uint64_t i = 1; i <= n; ++i)
    all.push_back(i);
  return all;
}

/// The last event and nothing else.
struct last_event {
  static constexpr std::string_view name = "last";
  static constexpr std::uint32_t version = 1;
  using value_type = event_seq;

  void apply(const recorded_event& x) { seq = x.receipt.id.seq; }
  event_seq value() const { return seq; }
  std::string save() const { return std::to_string(seq.value()); }
  static result<last_event> load(std::string_view state) {
    return last_event{event_seq{std::stoull(std::string{state})}};
  }

  event_seq seq;
};

} // namespace

TEST_CASE_METHOD(client_fixture, "a callback hears of every event, in order") {
  auto node = open();
  auto book = prepared_book(node);
  collected seen;
  subscription wanted;
  wanted.credit = 2;
  auto following = book.subscribe(wanted, seen.callback());
  REQUIRE(following);
  for (int i = 0; i < 50; ++i)
    post(book, std::to_string(i));
  CHECK(seen.wait_until(event_seq{53}) == up_to(53));
}

TEST_CASE_METHOD(client_fixture, "nothing is called after a follower was stopped") {
  auto node = open();
  auto book = prepared_book(node);
  std::atomic<int> calls{0};
  {
    auto following = book.subscribe({}, [&](const delivery&) { ++calls; });
    REQUIRE(following);
    following->stop();
    CHECK(following->wait());
  }
  auto before = calls.load();
  post(book, "k");
  REQUIRE(book.wait_for(watermark::durable, event_seq{4}, patience));
  CHECK(calls == before);
  CHECK(book.status()->subscriptions == 0);
}

TEST_CASE_METHOD(client_fixture, "a callback may stop its own follower") {
  auto node = open();
  auto book = prepared_book(node);
  std::promise<follower*> self;
  auto known = self.get_future().share();
  auto following = book.subscribe({}, [known](const delivery&) { known.get()->stop(); });
  REQUIRE(following);
  self.set_value(&*following);
  CHECK(following->wait());
}

TEST_CASE_METHOD(client_fixture, "a subscription that cannot be served is an error at once") {
  auto node = open();
  auto book = prepared_book(node);
  subscription wanted;
  wanted.from = event_seq{99};
  auto refused = book.subscribe(wanted, [](const delivery&) {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::invalid_argument);
  CHECK(refused.error().get("field") == "from");
}

TEST_CASE_METHOD(client_fixture, "a follower hears that its book was stopped") {
  auto node = open();
  auto book = prepared_book(node);
  auto following = book.subscribe({}, [](const delivery&) {});
  REQUIRE(following);
  REQUIRE(node.stop_book("bank"));
  auto ended = following->wait();
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code() == ec::not_found);
}

TEST_CASE_METHOD(client_fixture, "what a callback throws ends its follower") {
  auto node = open();
  auto book = prepared_book(node);
  auto following = book.subscribe({}, [](const delivery&) { throw std::runtime_error{"no more"}; });
  REQUIRE(following);
  auto ended = following->wait();
  REQUIRE_FALSE(ended);
  CHECK(ended.error().message().find("no more") != std::string::npos);
}

TEST_CASE_METHOD(client_fixture, "a follower across the network is like one in the process") {
  auto system = node_system::start();
  node_options options;
  options.data = directory.path() + "/data";
  auto node = spawn_node(system->get(), options);
  REQUIRE(node);
  auto port = publish_node(system->get(), *node, "127.0.0.1", 0);
  REQUIRE(port);
  {
    auto remote = client::connect("127.0.0.1", *port);
    REQUIRE(remote);
    auto book = prepared_book(*remote);
    collected seen;
    auto following = book.subscribe({}, seen.callback());
    REQUIRE(following);
    cursor_request named;
    named.name = "remote";
    auto worker = book.run_cursor(named, {}, [](const delivery&) { return next_step::go_on; });
    REQUIRE(worker);
    auto running = book.project<last_event>({});
    REQUIRE(running);
    auto receipt = post(book, "k");
    CHECK(seen.wait_until(receipt.id.seq) == up_to(4));
    CHECK(running->get()->value == receipt.id.seq);
    REQUIRE(book.wait_for(watermark::applied, receipt.id.seq, patience, "remote"));
    CHECK(book.frontier()->applied.size() == 2);
  }
  caf::anon_send(*node, atom::stop_v);
}

TEST_CASE_METHOD(client_fixture, "a watermark that is not reached in time is an error") {
  auto node = open();
  auto book = prepared_book(node);
  CHECK(book.wait_for(watermark::durable, event_seq{3}, patience)->durable == event_seq{3});
  auto late = book.wait_for(watermark::durable, event_seq{9}, 1ms);
  REQUIRE_FALSE(late);
  CHECK(late.error().code() == ec::timed_out);
  CHECK(late.error().get("found") == "3");
}

TEST_CASE_METHOD(client_fixture,
                 "a follower does not believe a writer that another one has followed", "[I10]") {
  auto node = open();
  auto book = prepared_book(node);
  collected seen;
  auto link = std::make_shared<follower_link>();
  auto ended = link->ended.get_future();
  auto& system = book.handle().home_system();
  auto follower = system.spawn<follower_actor::stateful_impl<follower_state>, caf::detached>(
      std::make_shared<book_link>(supervisor_actor{}, "bank", book.handle(), book_link::way::await),
      make_callback_work({}, seen.callback()), link, backoff{});
  CHECK(seen.wait_until(event_seq{3}) == up_to(3));
  delivery of_the_past;
  of_the_past.first = of_the_past.last = event_seq{4};
  caf::anon_send(follower, atom::deliver_v, of_the_past);
  REQUIRE(ended.wait_for(patience) == std::future_status::ready);
  auto outcome = ended.get();
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code() == ec::corrupt);
  CHECK(outcome.error().get("found") == "0");
}
