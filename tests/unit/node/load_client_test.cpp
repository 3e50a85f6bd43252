#include "node/bench/load_client.hpp"
#include "tests/support/book_fixture.hpp"

#include <caf/stateful_actor.hpp>
#include <catch2/catch_all.hpp>

#include <atomic>
#include <memory>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::node::bench;
using namespace daybook::test;
using namespace std::chrono_literals;

namespace {

/// A book whose memory has room for four keys while older ones are on their way to the index.
class narrow_book : public book_fixture {
public:
  narrow_book() : book_fixture({}, {.hot_keys_max = 4}) {
    durable<ledger::receipt>(
        ledger::asset_definition{"BENCH", ledger::asset_class::other, 2, "benchmark"});
    for (std::uint32_t n = 0; n < 2; ++n) {
      auto each = account(account_path(n));
      each.asset = "BENCH";
      durable<ledger::receipt>(std::move(each));
    }
  }

  std::shared_ptr<share_of_load> load(load_options options) {
    auto share = std::make_shared<share_of_load>();
    share->transactions = options.transactions;
    system_.spawn<caf::stateful_actor<load_client>>(std::vector{book_}, options, std::size_t{0},
                                                    share, &progress_);
    run();
    return share;
  }

protected:
  std::atomic<std::uint64_t> progress_ = 0;
};

} // namespace

TEST_CASE_METHOD(narrow_book,
                 "a load sends again what of a message was turned away, and only that") {
  holds_spills_ = true;
  load_options options;
  options.clients = options.in_flight = 1;
  options.batch = 7;
  options.transactions = 14;
  options.accounts = 2;
  options.run = "run";
  auto share = load(options);
  auto done = share->done.get_future();
  sync_all();
  // Seven keys wait for the index, and four of the next seven find room.
  CHECK(share->overloaded == 1);
  CHECK(share->accepted == 7);
  CHECK(status().durable == event_seq{6 + 7 + 4});
  holds_spills_ = false;
  finish_spill();
  for (int pauses = 0; pauses < 10; ++pauses) {
    scheduler().advance_time(1s);
    run();
    sync_all();
  }
  CHECK(share->overloaded == 1);
  CHECK(share->accepted == 14);
  CHECK(progress_ == 14);
  CHECK(share->latency.count() == 2);
  CHECK(status().durable == event_seq{6 + 14});
  REQUIRE(done.wait_for(0s) == std::future_status::ready);
  CHECK(done.get());
}
