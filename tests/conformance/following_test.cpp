#include "actors/client_fence.hpp"
#include "actors/client_follow.hpp"
#include "actors/cursor_worker.hpp"
#include "actors/projection.hpp"
#include "tests/conformance/collector.hpp"
#include "tests/conformance/conformance.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

// Subscriptions: from the past into the present.

namespace daybook::test {

namespace {

using namespace actors;

subscription from(std::uint64_t seq, std::uint32_t credit = 1'000) {
  subscription x;
  x.from = event_seq{seq};
  x.credit = credit;
  return x;
}

/// Deliveries follow on from one another, and what is in them lies where they say.
void check_gapless(const std::vector<delivery>& deliveries, event_seq first) {
  auto next = first;
  for (auto& x : deliveries) {
    REQUIRE(x.first == next);
    REQUIRE(x.last.next() >= x.first);
    REQUIRE(x.durable >= x.last);
    for (auto& event : x.events) {
      REQUIRE(event.receipt.id.seq >= x.first);
      REQUIRE(event.receipt.id.seq <= x.last);
    }
    next = x.last.next();
  }
}

DAYBOOK_CASE("a subscriber gets the past and then what comes, each event once", "[I7]") {
  auto book = here.prepared();
  sell(book, "k", 100);
  collector seen;
  auto follower = must(book.subscribe(from(1), seen));
  seen.wait_for(event_seq{104});
  sell(book, "l", 100);
  CHECK(seqs_of(seen.wait_for(event_seq{204})) == run_of(1, 204));
  check_gapless(seen.deliveries(), event_seq{1});
  follower.stop();
  CHECK(follower.position() == event_seq{204});
  CHECK(follower.lag() == 0);
}

DAYBOOK_CASE("a subscription may begin anywhere up to the end of the book", "") {
  auto book = here.prepared();
  sell(book, "k", 20);
  collector none;
  collector middle;
  collector next;
  auto a = must(book.subscribe(from(0), none));
  auto b = must(book.subscribe(from(11), middle));
  auto c = must(book.subscribe(from(25), next));
  must(book.commit(sale("last")));
  CHECK(seqs_of(none.wait_for(event_seq{25})) == run_of(1, 25));
  CHECK(seqs_of(middle.wait_for(event_seq{25})) == run_of(11, 25));
  CHECK(seqs_of(next.wait_for(event_seq{25})) == run_of(25, 25));
}

DAYBOOK_CASE("a subscription that makes no sense is refused", "") {
  auto book = here.prepared();
  collector unused;
  auto beyond = refused(book.subscribe(from(6), unused), ec::invalid_argument);
  CHECK(beyond.get("field") == "from");
  CHECK(beyond.get("durable") == "4");
  CHECK(refused(book.subscribe(from(1, 0), unused), ec::invalid_argument).get("field") == "credit");
  auto prefix = from(1);
  prefix.filter.account_prefixes = {"a::b"};
  refused(book.subscribe(prefix, unused), ec::invalid_argument);
  auto kind = from(1);
  kind.filter.kinds = {event_kind{77}};
  refused(book.subscribe(kind, unused), ec::invalid_argument);
  auto mode = from(1);
  mode.mode = delivery_mode{9};
  refused(book.subscribe(mode, unused), ec::invalid_argument);
  CHECK(unused.deliveries().empty());
  must(book.commit(sale("k")));
}

DAYBOOK_CASE("no gap and no duplicate while thousands of commits overtake the subscribers",
             "[I7][I12]") {
  auto book = here.prepared();
  std::vector<collector> seen(3);
  std::vector<follower> followers;
  followers.push_back(must(book.subscribe(from(1, 1), seen[0])));
  followers.push_back(must(book.subscribe(from(1, 50), seen[1])));
  std::thread writer{[&] { (void)try_to_sell(book, "k", 4'000); }};
  followers.push_back(must(book.subscribe(from(1, 1'000), seen[2])));
  writer.join();
  REQUIRE(durable_of(book) == event_seq{4'004});
  for (auto& x : seen) {
    REQUIRE(seqs_of(x.wait_for(event_seq{4'004})) == run_of(1, 4'004));
    check_gapless(x.deliveries(), event_seq{1});
  }
}

DAYBOOK_CASE("a subscriber that takes its time holds up neither the book nor other subscribers",
             "[I12]") {
  auto book = here.prepared();
  gate may_go_on;
  collector slow;
  collector quick;
  auto held = must(book.subscribe(from(1, 1), [=](const delivery& x) {
    (void)may_go_on.pass();
    slow(x);
  }));
  auto free = must(book.subscribe(from(1), quick));
  sell(book, "k", 1'000);
  quick.wait_for(event_seq{1'004});
  CHECK(slow.deliveries().empty());
  may_go_on.open();
  CHECK(seqs_of(slow.wait_for(event_seq{1'004})) == run_of(1, 1'004));
}

DAYBOOK_CASE("no more events are on their way than there is credit for, but for whole units",
             "[I12]") {
  auto book = here.prepared();
  sell(book, "k", 50);
  must(book.commit_atomic({asked(sale("a")), asked(sale("b")), asked(sale("c"))}));
  collector seen;
  auto follower = must(book.subscribe(from(1, 2), seen));
  seen.wait_for(event_seq{57});
  for (auto& x : seen.deliveries()) {
    auto starts_unit = x.events.empty() || !x.events.front().joined;
    CHECK(starts_unit);
    CHECK(x.events.size() <= 4);
  }
}

DAYBOOK_CASE("a filter lets through what it names, and progress is told all the same", "") {
  auto book = here.prepared();
  must(book.register_asset(asset("EUR")));
  must(book.open_account(account("assets:cash:till")));
  must(book.open_account(account("assets:cash2")));
  must(book.commit(transfer("till", "assets:cash:till", sales, 1)));
  must(book.commit(transfer("other", "assets:cash2", bank, 1)));
  must(book.close_account({"assets:cash:till", true}));
  must(book.reopen_account({"assets:cash:till"}));
  must(book.commit(transfer("bank", bank, sales, 1)));
  auto see = [&](event_filter filter) {
    collector seen;
    auto wanted = from(1);
    wanted.filter = std::move(filter);
    auto follower = must(book.subscribe(wanted, seen));
    auto events = seen.wait_for(event_seq{12});
    check_gapless(seen.deliveries(), event_seq{1});
    return seqs_of(events);
  };
  using seqs = std::vector<std::uint64_t>;
  CHECK(see({}) == run_of(1, 12));
  CHECK(see({{event_kind::asset_registered}, {}}) == seqs{1, 5});
  CHECK(see({{event_kind::transaction_posted}, {}}) == seqs{8, 9, 12});
  CHECK(see({{}, {cash}}) == seqs{2, 6, 8, 10, 11});
  CHECK(see({{event_kind::transaction_posted}, {cash}}) == seqs{8});
  CHECK(see({{event_kind::account_closed, event_kind::account_reopened}, {}}) == seqs{10, 11});
  CHECK(see({{event_kind::transaction_posted}, {bank, cash}}) == seqs{8, 9, 12});
  CHECK(see({{}, {"equity"}}).empty());
}

DAYBOOK_CASE("a lossy subscription begins at the end and counts what it drops", "[I12]") {
  auto book = here.prepared();
  sell(book, "before", 10);
  gate may_go_on;
  collector seen;
  subscription wanted = from(1, 5);
  wanted.mode = delivery_mode::lossy;
  auto follower = must(book.subscribe(wanted, [=](const delivery& x) {
    (void)may_go_on.pass();
    seen(x);
  }));
  sell(book, "k", 2'000);
  // When this one has everything, the lossy one was offered everything.
  collector all;
  auto other = must(book.subscribe(from(1), all));
  all.wait_for(event_seq{2'014});
  may_go_on.open();
  auto events = seen.wait_for(event_seq{2'014});
  auto deliveries = seen.deliveries();
  check_gapless(deliveries, event_seq{15});
  CHECK(events.size() < 2'000);
  CHECK(deliveries.back().dropped > 0);
  CHECK(events.size() + deliveries.back().dropped == 2'000);
}

DAYBOOK_CASE("after it was stopped a subscriber hears nothing more", "") {
  auto book = here.prepared();
  collector seen;
  auto follower = must(book.subscribe(from(1), seen));
  seen.wait_for(event_seq{4});
  follower.stop();
  auto heard = seen.deliveries().size();
  sell(book, "k", 50);
  collector other;
  auto witness = must(book.subscribe(from(1), other));
  other.wait_for(event_seq{54});
  CHECK(seen.deliveries().size() == heard);
  // The book hears of an end after the subscriber does.
  CHECK(comes_true([&] { return must(book.status()).subscriptions == 1; }));
  CHECK(seen.deliveries().size() == heard);
}

DAYBOOK_CASE("subscribers learn that their book was stopped", "") {
  auto book = here.prepared();
  collector seen;
  auto first = must(book.subscribe(from(1), seen));
  seen.wait_for(event_seq{4});
  must(here.node().stop_book("bank"));
  auto stopped = first.wait_for(patience);
  REQUIRE(stopped);
  refused(*stopped, ec::not_found);
  CHECK(first.position() == event_seq{4});
}

/// Each event once, or it is another number.
struct event_count {
  static constexpr std::string_view name = "event_count";
  static constexpr std::uint32_t version = 1;
  using value_type = std::uint64_t;

  value_type events = 0;

  void apply(const actors::recorded_event& event) {
    events = event.receipt.id.seq.value() == events + 1 ? events + 1 : 0;
  }
  value_type value() const { return events; }
  std::string save() const { return std::to_string(events); }
  static result<event_count> load(std::string_view state) {
    return event_count{std::stoull(std::string{state})};
  }
};

DAYBOOK_CASE("subscribers, workers and projections do not notice that their book died",
             "[I5][I7][I10]") {
  here.options.restarts = *actors::parse_restart_policy("1000/60s");
  auto book = here.prepared();
  collector seen;
  collector worked;
  auto subscriber = must(book.subscribe(from(1), seen));
  cursor_request request;
  request.name = "worker";
  cursor_options often;
  often.store_every_events = 1;
  auto worker = must(book.run_cursor(request, often, [=](const delivery& x) {
    worked(x);
    return next_step::go_on;
  }));
  auto counted = must(book.project<event_count>({}));
  constexpr std::uint64_t deaths = 5;
  for (std::uint64_t i = 0; i < deaths; ++i) {
    must(book.commit(sale("k" + std::to_string(i))));
    kill(book);
  }
  must(book.commit(sale("last")));
  constexpr auto last = 4 + deaths + 1;
  CHECK(seqs_of(seen.wait_for(event_seq{last})) == run_of(1, last));
  CHECK(seqs_of(worked.wait_for(event_seq{last})) == run_of(1, last));
  CHECK(must(counted.get()).value == last);
  // The book of now knows how far the worker is, and that it has the cursor.
  must(book.wait_for(actors::watermark::applied, event_seq{last}, patience, "worker"));
  CHECK(must(book.cursors()).at(0).held);
  worker.stop();
  CHECK(must(book.cursors()).at(0).position == event_seq{last});
}

DAYBOOK_CASE("subscribers learn that their book has failed for good", "") {
  here.options.restarts = *actors::parse_restart_policy("never");
  auto book = here.prepared();
  collector seen;
  auto subscriber = must(book.subscribe(from(1), seen));
  seen.wait_for(event_seq{4});
  kill(book);
  auto ended = subscriber.wait_for(patience);
  REQUIRE(ended);
  refused(*ended, ec::failed);
}

DAYBOOK_CASE("a function that throws ends its subscription with its words", "") {
  auto book = here.prepared();
  auto follower = must(book.subscribe(
      from(1), [](const delivery&) { throw std::runtime_error{"no paper in the printer"}; }));
  auto ended = follower.wait_for(patience);
  REQUIRE(ended);
  auto error = refused(*ended, ec::invalid_argument);
  CHECK(error.message().find("no paper in the printer") != std::string::npos);
  must(book.commit(sale("k")));
}

DAYBOOK_CASE("a refused write is told to no follower", "[I3][I6][I7]") {
  auto book = here.prepared();
  must(book.open_account(floored("assets:till", 0)));
  auto known = must(book.commit(sale("known")));
  collector subscriber;
  collector lossy;
  collector cursor;
  auto a = must(book.subscribe(from(known.id.seq.next().value()), subscriber));
  auto wanted = from(1);
  wanted.mode = delivery_mode::lossy;
  auto b = must(book.subscribe(wanted, lossy));
  cursor_request request;
  request.name = "worker";
  request.start = known.id.seq.next();
  auto c = must(book.run_cursor(request, {}, [=](const delivery& x) {
    cursor(x);
    return next_step::go_on;
  }));
  auto overdrawn = [](std::string key) { return transfer(std::move(key), cash, "assets:till", 1); };
  std::vector<std::string> accepted;
  for (int i = 0; i < 20; ++i) {
    auto n = std::to_string(i);
    refused(book.commit(overdrawn("limit" + n)), ec::limit_exceeded);
    refused(book.commit(sale("known", 2)), ec::idempotency_conflict);
    CHECK(is_repeat_of(must(book.commit(sale("known"))), known));
    refused(book.commit(asked(sale("if" + n), {ledger::book_version{event_seq{1}}})),
            ec::condition_failed);
    refused(book.commit_atomic({asked(sale("unit" + n)), asked(overdrawn("bad" + n))}),
            ec::limit_exceeded);
    must(book.rehearse({asked(sale("rehearsed" + n))}));
    auto fence = must(book.begin_fence());
    must(fence.write(asked(sale("cancelled" + n))));
    must(fence.cancel());
    // In one batch of the log with one that is accepted.
    auto outcomes = must(book.commit({overdrawn("beside" + n), sale("good" + n)}));
    refused(outcomes[0], ec::limit_exceeded);
    must(outcomes[1]);
    accepted.push_back("good" + n);
  }
  auto last = durable_of(book);
  CHECK(last == known.id.seq.plus(20));
  for (auto* seen : {&subscriber, &lossy, &cursor}) {
    std::vector<std::string> told;
    for (auto& event : seen->wait_for(last))
      told.push_back(std::get<ledger::transaction>(event.content).key);
    CHECK(told == accepted);
  }
}

DAYBOOK_CASE("what a subscriber gets is what a reader gets", "[I7]") {
  auto book = here.prepared();
  sell(book, "k", 30);
  must(book.commit_atomic({asked(sale("a")), caused_by(0, sale("b"))}));
  must(book.close_account({bank}));
  collector seen;
  auto follower = must(book.subscribe(from(1), seen));
  auto delivered = seen.wait_for(event_seq{37});
  auto read = all_events(book);
  REQUIRE(delivered.size() == read.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    CHECK(delivered[i].receipt == read[i].receipt);
    CHECK(delivered[i].content == read[i].content);
    CHECK(delivered[i].causation_id == read[i].causation_id);
    CHECK(delivered[i].joined == read[i].joined);
  }
}

DAYBOOK_CASE("events that are yet to come cannot be asked for, but for the next one", "") {
  auto book = here.prepared();
  CHECK(must(book.events({event_seq{5}, 10})).items.empty());
  for (std::uint64_t seq : {std::uint64_t{6}, ~std::uint64_t{0}}) {
    auto error = refused(book.events({event_seq{seq}, 10}), ec::invalid_argument);
    CHECK(error.get("field") == "from");
    CHECK(error.get("durable") == "4");
  }
}

DAYBOOK_CASE("a subscription that was refused is none", "[I12]") {
  auto book = here.prepared();
  auto subscriptions = [&] { return must(book.status()).subscriptions; };
  auto before = subscriptions(); // the indexer does not count
  collector seen;
  auto kept = must(book.subscribe(from(1), seen));
  CHECK(subscriptions() == before + 1);
  refused(book.subscribe(from(6), seen), ec::invalid_argument);
  refused(book.subscribe(from(1, 0), seen), ec::invalid_argument);
  auto filter = from(1);
  filter.filter.account_prefixes = {"a::b"};
  refused(book.subscribe(filter, seen), ec::invalid_argument);
  CHECK(subscriptions() == before + 1);
  kept.stop();
  CHECK(comes_true([&] { return subscriptions() == before; }));
}

/// A subscriber that grants nothing by itself.
subscriber_actor spawn_listener(caf::actor_system& system, const collector& to) {
  return system.spawn([to](subscriber_actor::pointer) -> subscriber_actor::behavior_type {
    return {
        [to](atom::deliver, const delivery& x) { to(x); },
        [](atom::ended, const error&) {},
    };
  });
}

DAYBOOK_CASE("no more is under way than was granted, however much there is", "[I12]") {
  auto book = here.prepared();
  sell(book, "k", 50);
  auto& system = book.handle().home_system();
  collector seen;
  auto listener = spawn_listener(system, seen);
  caf::scoped_actor self{system};
  subscription_actor carrier;
  self->request(book.handle(), patience, atom::subscribe_v, listener, from(1, 5))
      .receive([&](subscription_actor& x) { carrier = std::move(x); },
               [](const caf::error& x) { FAIL(caf::to_string(x)); });
  auto received = [&] {
    std::vector<recorded_event> all;
    for (auto& x : seen.deliveries())
      all.insert(all.end(), x.events.begin(), x.events.end());
    return seqs_of(all);
  };
  // Somebody else has had everything by then.
  auto let_time_pass = [&](const std::string& prefix) {
    auto receipts = sell(book, prefix, 20);
    collector all;
    auto other = must(book.subscribe(from(1), all));
    all.wait_for(receipts.back().id.seq);
  };
  std::uint64_t granted = 5;
  for (std::uint32_t more : {3U, 1U, 40U, 7U}) {
    seen.wait_for(event_seq{granted});
    let_time_pass("more" + std::to_string(granted) + "-");
    CHECK(received() == run_of(1, granted));
    self->send(carrier, atom::credit_v, more);
    granted += more;
  }
  seen.wait_for(event_seq{granted});
  CHECK(received() == run_of(1, granted));
  self->request(carrier, patience, atom::cancel_v)
      .receive([] {}, [](const caf::error& x) { FAIL(caf::to_string(x)); });
  caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
}

} // namespace

} // namespace daybook::test
