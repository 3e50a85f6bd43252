#include "tests/support/book_fixture.hpp"

using namespace daybook;
using namespace daybook::test;

namespace {

/// The feed of a book, as its followers on the node see it.
class feed_fixture : public book_fixture {
public:
  feed_fixture() : feed_(caf::actor_cast<feed_actor>(book_)) {}

  ~feed_fixture() { feed_ = nullptr; }

  auto tail(std::uint64_t from) { return ask<tail_answer>(feed_, atom::tail_v, event_seq{from}); }

  void durable_post(std::string key) {
    auto answer = post(std::move(key));
    run();
    sync_all();
    REQUIRE(answer->arrived());
  }

protected:
  feed_actor feed_;
};

} // namespace

TEST_CASE_METHOD(feed_fixture, "a follower gets the batches that memory has", "[I7]") {
  durable_post("a");
  auto answer = tail(2);
  run();
  REQUIRE(answer->value().batches.size() == 3);
  CHECK(answer->value().batches.front()->info.first_seq == event_seq{2});
  CHECK(answer->value().batches.back()->last_seq() == event_seq{4});
  CHECK(answer->value().batches.back()->info.chain == chain_hash{std::byte{7}});
  CHECK(answer->value().durable == event_seq{4});
}

TEST_CASE_METHOD(feed_fixture, "a follower who begins inside a batch gets all of it", "[I7]") {
  for (auto* name : {"a", "b", "c"}) {
    std::vector<ledger::command> three;
    for (int i = 0; i < 3; ++i)
      three.emplace_back(transfer(name + std::to_string(i), "assets:cash", "assets:bank", 1));
    durable<std::vector<outcome>>(std::move(three));
  }
  // Three batches of one event, then three of three: 4 to 6, 7 to 9, 10 to 12.
  for (auto [from, first, count] :
       std::vector<std::tuple<std::uint64_t, std::uint64_t, std::size_t>>{{1, 1, 6},
                                                                          {3, 3, 4},
                                                                          {4, 4, 3},
                                                                          {6, 4, 3},
                                                                          {7, 7, 2},
                                                                          {8, 7, 2},
                                                                          {10, 10, 1},
                                                                          {12, 10, 1}}) {
    CAPTURE(from);
    auto answer = tail(from);
    run();
    REQUIRE(answer->value().batches.size() == count);
    CHECK(answer->value().batches.front()->info.first_seq == event_seq{first});
    CHECK(answer->value().batches.back()->last_seq() == event_seq{12});
  }
}

TEST_CASE_METHOD(feed_fixture, "a follower waits for what is not durable yet", "[I1][I7]") {
  auto answer = tail(4);
  auto further = tail(5);
  auto written = post("a");
  run();
  CHECK_FALSE(answer->arrived());
  sync_all();
  REQUIRE(answer->arrived());
  CHECK(answer->value().batches.size() == 1);
  CHECK_FALSE(further->arrived());
}

TEST_CASE_METHOD(feed_fixture, "followers learn that the book has ended") {
  auto answer = tail(4);
  run();
  caf::anon_send(book_, atom::stop_v);
  run();
  CHECK(answer->refused().code() == ec::restarting);
}

TEST_CASE_METHOD(feed_fixture, "whoever waits for a watermark is answered when it is reached") {
  auto accepted = ask<frontier>(book_, atom::wait_for_v, watermark::accepted, std::string{},
                                event_seq{4}, caf::timespan{std::chrono::seconds{9}});
  auto durable = ask<frontier>(book_, atom::wait_for_v, watermark::durable, std::string{},
                               event_seq{4}, caf::timespan{std::chrono::seconds{9}});
  auto late = ask<frontier>(book_, atom::wait_for_v, watermark::durable, std::string{},
                            event_seq{5}, caf::timespan{std::chrono::seconds{9}});
  run();
  CHECK_FALSE(accepted->arrived());
  auto written = post("a");
  run();
  CHECK(accepted->arrived());
  CHECK_FALSE(durable->arrived());
  sync_all();
  CHECK(durable->value().durable == event_seq{4});
  CHECK(durable->value().accepted == event_seq{4});
  scheduler().advance_time(std::chrono::seconds{9});
  run();
  CHECK(late->refused().code() == ec::timed_out);
  CHECK(late->refused().get("found") == "4");
}

TEST_CASE_METHOD(feed_fixture, "those who apply events have a watermark of their own") {
  durable_post("a");
  auto wait = ask<frontier>(book_, atom::wait_for_v, watermark::applied, std::string{"turnover"},
                            event_seq{4}, caf::timespan{std::chrono::seconds{9}});
  run();
  CHECK_FALSE(wait->arrived());
  caf::scoped_actor worker{system_};
  worker->send(book_, atom::report_applied_v, std::string{"turnover"}, event_seq{4});
  run();
  REQUIRE(wait->arrived());
  REQUIRE(wait->value().applied.size() == 1);
  CHECK(wait->value().applied[0].name == "turnover");
  auto ahead = ask<frontier>(book_, atom::wait_for_v, watermark::applied, std::string{"turnover"},
                             event_seq{5}, caf::timespan{0});
  run();
  scheduler().advance_time(std::chrono::seconds{1});
  run();
  CHECK(ahead->refused().code() == ec::timed_out);
}

TEST_CASE_METHOD(feed_fixture, "a name stands where the last of those is who report under it") {
  durable_post("a");
  caf::scoped_actor ahead{system_};
  std::optional<caf::scoped_actor> behind{std::in_place, system_};
  auto report = [this](caf::scoped_actor& who, const char* name, std::uint64_t seq) {
    who->send(book_, atom::report_applied_v, std::string{name}, event_seq{seq});
    run();
  };
  auto applied = [this] {
    auto now = ask<frontier>(book_, atom::frontier_v);
    run();
    return now->value().applied;
  };
  report(ahead, "turnover", 4);
  report(*behind, "turnover", 2);
  report(*behind, "other", 3);
  CHECK(applied() ==
        std::vector<applied_mark>{{"other", event_seq{3}}, {"turnover", event_seq{2}}});
  behind.reset();
  run();
  CHECK(applied() == std::vector<applied_mark>{{"turnover", event_seq{4}}});
}

TEST_CASE_METHOD(feed_fixture, "no more than 1,024 may tell how far they are", "[I12]") {
  caf::scoped_actor worker{system_};
  auto report = [&](const std::string& name) {
    std::optional<ec> refused;
    auto request =
        worker->request(book_, caf::infinite, atom::report_applied_v, name, event_seq{1});
    run();
    request.receive([] {}, [&](const caf::error& x) { refused = from_caf(x, ec::io).code(); });
    return refused;
  };
  for (int i = 0; i < 1'024; ++i)
    REQUIRE_FALSE(report("p" + std::to_string(i)));
  CHECK(report("one more") == ec::overloaded);
  CHECK_FALSE(report("p0"));
  CHECK(report("") == ec::invalid_name);
}

TEST_CASE_METHOD(feed_fixture, "no more than 1,024 subscribe, and those that did stay", "[I12]") {
  caf::scoped_actor subscriber{system_};
  auto subscribe = [&] {
    return ask<subscription_actor>(book_, atom::subscribe_v,
                                   caf::actor_cast<subscriber_actor>(subscriber), subscription{});
  };
  for (int i = 0; i < 1'024; ++i)
    REQUIRE((subscribe(), true));
  run();
  auto refused = subscribe();
  run();
  CHECK(refused->refused().code() == ec::overloaded);
  // One that an incarnation before this one has accepted.
  auto attached = ask<attachment>(caf::actor_cast<source_actor>(book_), atom::attach_v);
  run();
  CHECK(attached->value().epoch > writer_epoch{});
}

TEST_CASE_METHOD(feed_fixture, "no more than 1,024 may wait for a watermark", "[I12]") {
  auto wait = [this] {
    return ask<frontier>(book_, atom::wait_for_v, watermark::durable, std::string{}, event_seq{4},
                         caf::timespan{std::chrono::seconds{9}});
  };
  std::vector<decltype(wait())> waiting;
  for (int i = 0; i < 1'024; ++i)
    waiting.push_back(wait());
  run();
  auto refused = wait();
  run();
  CHECK(refused->refused().code() == ec::overloaded);
  durable_post("a");
  CHECK(std::ranges::all_of(waiting, [](auto& x) { return x->arrived(); }));
  auto again = wait();
  run();
  CHECK(again->arrived());
}

TEST_CASE_METHOD(feed_fixture, "a cursor has one holder at a time") {
  auto as = [this](caf::scoped_actor& who, auto... words) {
    ec code{};
    auto request = who->request(book_, caf::infinite, words...);
    run();
    request.receive([&](const cursor_info&) { code = ec{}; },
                    [&](const caf::error& x) { code = from_caf(x, ec::io).code(); });
    return code;
  };
  cursor_request mail{"mail", {}, {}};
  std::optional<caf::scoped_actor> first{std::in_place, system_};
  caf::scoped_actor second{system_};
  CHECK(as(*first, atom::open_cursor_v, mail) == ec{});
  CHECK(as(second, atom::open_cursor_v, mail) == ec::busy);
  auto store = ask_done(book_, atom::remove_cursor_v, std::string{"mail"});
  run();
  CHECK(store->refused().code() == ec::busy);
  first.reset();
  run();
  CHECK(as(second, atom::open_cursor_v, mail) == ec{});
  second->send(book_, atom::store_cursor_v, std::string{"mail"}, event_seq{3});
  run();
  CHECK(stored_["mail"] == event_seq{3});
  auto foreign = ask_done(book_, atom::store_cursor_v, std::string{"mail"}, event_seq{1});
  run();
  CHECK(foreign->refused().code() == ec::busy);
  CHECK(stored_["mail"] == event_seq{3});
}

TEST_CASE_METHOD(feed_fixture, "a cursor does not start beyond the end") {
  auto answer =
      ask<cursor_info>(book_, atom::open_cursor_v, cursor_request{"mail", {}, event_seq{5}});
  run();
  CHECK(answer->refused().code() == ec::invalid_argument);
  auto at_end =
      ask<cursor_info>(book_, atom::open_cursor_v, cursor_request{"mail", {}, event_seq{4}});
  run();
  CHECK(at_end->arrived());
}

namespace {

/// Actors that ask a book, and waits that it has no answer for.
class waiting_fixture : public feed_fixture {
public:
  using asker = std::unique_ptr<caf::scoped_actor>;

  asker new_asker() { return std::make_unique<caf::scoped_actor>(system_); }

  void report(asker& who, const char* name, std::uint64_t seq) {
    (*who)->send(book_, atom::report_applied_v, std::string{name}, event_seq{seq});
    run();
  }

  auto wait_for_applied(const char* name, std::uint64_t seq) {
    auto wait = ask<frontier>(book_, atom::wait_for_v, watermark::applied, std::string{name},
                              event_seq{seq}, caf::timespan{std::chrono::seconds{9}});
    run();
    CHECK_FALSE(wait->arrived());
    return wait;
  }

  /// As many waits as there may be, for what is far away.
  void fill_with_waits(asker& who) {
    for (int i = 0; i < 1'024; ++i)
      wait_long(who);
    run();
  }

  void wait_long(asker& who, caf::timespan timeout = std::chrono::hours{24}) {
    (void)(*who)->request(book_, caf::infinite, atom::wait_for_v, watermark::durable, std::string{},
                          event_seq{1'000}, timeout);
  }

  bool has_room_for_waits() {
    auto wait = ask<frontier>(book_, atom::wait_for_v, watermark::durable, std::string{},
                              event_seq{5}, caf::timespan{std::chrono::seconds{1}});
    run();
    return !wait->arrived();
  }

  void open_cursor(asker& who, const char* name) {
    (void)(*who)->request(book_, caf::infinite, atom::open_cursor_v, cursor_request{name, {}, {}});
    run();
  }
};

subscriber_actor::behavior_type deaf_subscriber(subscriber_actor::pointer) {
  return {
      [](atom::deliver, const delivery&) {},
      [](atom::ended, const error&) {},
  };
}

bool is_kept_by_anybody(const caf::actor_addr& x) {
  return caf::actor_cast<caf::strong_actor_ptr>(x) != nullptr;
}

} // namespace

TEST_CASE_METHOD(waiting_fixture, "subscriptions that come and go leave nothing with a quiet book",
                 "[I12]") {
  auto subscriber = system_.spawn(deaf_subscriber);
  subscription at_the_end;
  at_the_end.from = event_seq{4};
  std::vector<caf::actor_addr> ended;
  for (int i = 0; i < 2'000; ++i) {
    caf::scoped_actor client{system_};
    auto asked = client->request(book_, caf::infinite, atom::subscribe_v, subscriber, at_the_end);
    run();
    asked.receive(
        [&](const subscription_actor& x) {
          ended.push_back(x.address());
          client->send(x, atom::cancel_v);
        },
        [](const caf::error& x) { FAIL(caf::to_string(x)); });
    run();
  }
  CHECK(std::ranges::count_if(ended, is_kept_by_anybody) == 0);
  CHECK(status().subscriptions == 0);
  caf::anon_send_exit(subscriber, caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(waiting_fixture, "a wait ends when the last of those who are behind ends") {
  durable_post("a");
  auto ahead = new_asker();
  auto behind = new_asker();
  report(ahead, "turnover", 4);
  report(behind, "turnover", 2);
  auto wait = wait_for_applied("turnover", 4);
  behind.reset();
  run();
  REQUIRE(wait->arrived());
  CHECK(wait->value().applied == std::vector<applied_mark>{{"turnover", event_seq{4}}});
}

TEST_CASE_METHOD(waiting_fixture, "a wait ends when a cursor is opened that is so far") {
  durable_post("a");
  stored_["mail"] = event_seq{4};
  auto wait = wait_for_applied("mail", 4);
  auto worker = new_asker();
  open_cursor(worker, "mail");
  CHECK(wait->arrived());
}

TEST_CASE_METHOD(waiting_fixture, "a wait ends when the cursor that is behind is closed") {
  durable_post("a");
  stored_["mail"] = event_seq{2};
  auto ahead = new_asker();
  auto worker = new_asker();
  report(ahead, "mail", 4);
  open_cursor(worker, "mail");
  auto wait = wait_for_applied("mail", 4);
  (*worker)->send(book_, atom::close_cursor_v, std::string{"mail"});
  run();
  CHECK(wait->arrived());
}

TEST_CASE_METHOD(waiting_fixture, "whoever ends waits for nothing any more", "[I12]") {
  auto asker = new_asker();
  fill_with_waits(asker);
  CHECK_FALSE(has_room_for_waits());
  asker.reset();
  run();
  CHECK(has_room_for_waits());
}

TEST_CASE_METHOD(waiting_fixture, "who was let go of and waits again is watched again", "[I12]") {
  std::vector<asker> all;
  for (int i = 0; i < 1'100; ++i) {
    all.push_back(new_asker());
    wait_long(all.back(), std::chrono::seconds{1});
    run();
    scheduler().advance_time(std::chrono::seconds{1});
    run();
  }
  fill_with_waits(all.front());
  CHECK_FALSE(has_room_for_waits());
  all.front().reset();
  run();
  CHECK(has_room_for_waits());
}
