#include "actors/cluster/directory.hpp"
#include "actors/cluster/incoming_copy.hpp"
#include "actors/stable_book.hpp"
#include "log/format.hpp"
#include "tests/actors/cluster_fixture.hpp"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <set>

// Books that go from node to node (docs/decisions/0024).

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

class moves_fixture : public cluster_fixture {
public:
  static constexpr int transfers = 20;

  /// Two nodes, and a book of the first one with something in it.
  void start_with_book() {
    start_all({"a", "b"});
    book_ = book_at("a", map_of("a"));
    actor_ = open("a", book_)->value();
    for (auto& x : {ask<ledger::receipt>(actor_, atom::commit_v, asset()),
                    ask<ledger::receipt>(actor_, atom::commit_v, account("assets:cash")),
                    ask<ledger::receipt>(actor_, atom::commit_v, account("assets:bank"))}) {
      run();
      x->value();
    }
    for (int i = 0; i < transfers; ++i)
      first_.push_back(post(actor_, i));
  }

  ledger::receipt post(const book_actor& to, int number) {
    auto answer = ask<ledger::receipt>(
        to, atom::commit_v,
        transfer("key" + std::to_string(number), "assets:cash", "assets:bank", 5));
    run();
    return answer->value();
  }

  auto move(const std::string& to, const std::string& through = "a") {
    return ask<shard_map>(desk_of(through), atom::move_v, book_, to);
  }

  /// A message, or some time when there is none.
  void step() {
    if (!scheduler().try_run_once())
      scheduler().advance_time(std::chrono::milliseconds{100});
  }

  /// On what a loss of power has left of the disk of others.
  void revive(const moves_fixture& of, memory_storage& disk,
              const std::vector<std::string>& nodes) {
    storage_ = &disk;
    book_ = of.book_;
    first_ = of.first_;
    for (auto& node : nodes)
      start(node, {"a", "b"});
    gossip(2);
  }

  bool has(const std::string& node) {
    auto books = holdings(node);
    return std::ranges::find(books, book_) != books.end();
  }

  /// One node has the book, with everything that was acknowledged, and it takes more.
  void check_whole(int acknowledged = transfers) {
    CHECK(has("a") != has("b"));
    auto owner = has("a") ? "a" : "b";
    auto opened = open(owner, book_, open_mode::existing);
    auto book = opened->value();
    for (int i = 0; i < acknowledged; ++i) {
      auto again = post(book, i);
      CHECK(again.deduplicated);
      if (i < transfers)
        CHECK(again.id == first_[static_cast<std::size_t>(i)].id);
    }
    auto next = post(book, 1'000);
    CHECK_FALSE(next.deduplicated);
    CHECK(next.id.seq.value() == static_cast<std::uint64_t>(3 + acknowledged + 1));
    auto other = has("a") ? "b" : "a";
    auto refused = open(other, book_, open_mode::create)->refused();
    CHECK(refused.code() == ec::moved);
    CHECK(refused.get("node") == owner);
  }

  /// The same, of a book of which nobody knows how much was accepted.
  void check_whole_at(const std::string& node) {
    auto book = open(node, book_, open_mode::existing)->value();
    for (int i = 0; i < transfers; ++i)
      CHECK(post(book, i).id == first_[static_cast<std::size_t>(i)].id);
    auto next = post(book, 1'000).id.seq.value();
    CHECK((next == 3 + transfers + 1 || next == 3 + transfers + 2));
  }

  bool remembers(const std::string& node) {
    for (auto* file : {"offers", "arrivals"}) {
      auto opened = storage_->open("/" + node + "/cluster/" + file, log::open_mode::read);
      constexpr std::uint64_t empty = 24;
      if (opened && *(*opened)->size() > empty)
        return true;
    }
    return false;
  }

  std::string book_;
  book_actor actor_;
  std::vector<ledger::receipt> first_;
};

} // namespace

TEST_CASE_METHOD(moves_fixture, "a book moves with all that it has, and has a new writer",
                 "[I5][I10][I11]") {
  start_with_book();
  auto through = GENERATE("a", "b");
  auto moved = move("b", through);
  run();
  gossip();
  CHECK(moved->value().pins.at(book_) == "b");
  CHECK(holdings("a").empty());
  REQUIRE(has("b"));
  auto book = open("b", book_)->value();
  auto next = post(book, transfers);
  CHECK(next.epoch > first_.back().epoch);
  CHECK(next.id.book == first_.back().id.book);
  check_whole(transfers + 1);
  CHECK(disk_.list("/a/books")->empty());
  CHECK_FALSE(remembers("a"));
  CHECK_FALSE(remembers("b"));
  SECTION("and back") {
    auto back = move("a", "b");
    run();
    gossip();
    back->value();
    CHECK(has("a"));
    CHECK_FALSE(has("b"));
  }
  SECTION("where it is, it is moved to at once") {
    auto again = move("b");
    run();
    CHECK(again->value() == moved->value());
  }
}

TEST_CASE_METHOD(moves_fixture, "a book is found by whoever is asked to have it moved") {
  start_all({"a", "b", "c"});
  book_ = book_at("a", map_of("a"));
  REQUIRE(open("a", book_)->value());
  for (auto [to, through] : {std::pair{"b", "b"}, {"c", "b"}, {"a", "b"}, {"c", "a"}}) {
    CAPTURE(to, through);
    auto moved = move(to, through);
    run();
    gossip(4);
    moved->value();
    CHECK(has(to));
  }
}

TEST_CASE_METHOD(moves_fixture, "what cannot be moved is refused, and stays") {
  start_with_book();
  SECTION("to nobody") {
    auto refused = move("c");
    run();
    CHECK(refused->refused().code() == ec::not_found);
  }
  SECTION("a book that is not there") {
    auto refused =
        ask<shard_map>(desk_of("a"), atom::move_v, std::string{"none"}, std::string{"b"});
    run();
    gossip(10); // somebody may not have said yet that he has it
    CHECK(refused->refused().code() == ec::not_found);
  }
  SECTION("to a node that is down; it goes there when that is back") {
    stop("b");
    gossip();
    auto refused = move("b");
    run();
    CHECK(refused->refused().code() == ec::unavailable);
    CHECK(has("a"));
    CHECK(post(open("a", book_)->value(), transfers).id.seq.value() == 3 + transfers + 1);
    start("b");
    gossip(15);
    CHECK(has("b"));
    check_whole(transfers + 1);
  }
}

TEST_CASE_METHOD(moves_fixture, "who writes meanwhile is answered, each time once", "[I1][I5]") {
  start_with_book();
  auto pace = GENERATE(1, 3, 7);
  auto directory = spawn_directory(system_, nodes_["a"], map_of("a"), dialer());
  auto book = spawn_stable_book(system_, directory, book_);
  auto moved = move("b");
  std::vector<std::shared_ptr<pending_answer<ledger::receipt>>> answers;
  for (int i = 0; !moved->arrived() && i < 2'000; ++i) {
    answers.push_back(ask<ledger::receipt>(
        book, atom::commit_v,
        transfer("more" + std::to_string(i), "assets:cash", "assets:bank", 1)));
    for (int n = 0; n < pace; ++n)
      step();
  }
  gossip(5);
  CHECK(moved->value().pins.at(book_) == "b");
  std::set<event_seq> seqs;
  for (auto& answer : answers)
    seqs.insert(answer->value().id.seq);
  CHECK(seqs.size() == answers.size());
  CHECK(*seqs.rbegin() == event_seq{3 + transfers + answers.size()});
  CHECK(has("b"));
  caf::anon_send_exit(book, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(directory, caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(moves_fixture, "a move that ends after any message leaves one owner", "[I10]") {
  constexpr auto messages_max = 400;
  auto who = GENERATE("a", "b", "ab");
  auto messages = GENERATE(range(0, messages_max + 1, 4));
  CAPTURE(who, messages);
  start_with_book();
  auto moved = ask<shard_map>(desk_of("a"), atom::move_v, book_, std::string{"b"});
  for (int i = 0; i < messages; ++i)
    step();
  auto was_acknowledged = moved->arrived() && !moved->is_refused();
  CHECK((was_acknowledged || messages < messages_max));
  actor_ = nullptr;
  for (auto node : std::string_view{who})
    stop(std::string(1, node));
  // The other one finds that out, and goes on as it can.
  if (std::string_view{who} != "ab")
    gossip(2);
  for (auto node : std::string_view{who})
    start(std::string(1, node), {"a", "b"});
  gossip(25);
  check_whole();
  CHECK((!was_acknowledged || has("b")));
  CHECK_FALSE(remembers("a"));
  CHECK_FALSE(remembers("b"));
}

TEST_CASE_METHOD(moves_fixture, "power may go at any change of the disks during a move",
                 "[I1][I10]") {
  start_with_book();
  std::vector<std::unique_ptr<memory_storage>> moments;
  disk_.on_change([&](operation) { moments.push_back(memory_.copy()); });
  auto moved = move("b");
  for (int i = 0; i < 1'000 && !moved->arrived(); ++i)
    step();
  gossip();
  disk_.on_change({});
  moved->value();
  std::size_t in_doubt = 0;
  for (auto& moment : moments)
    for (auto what : {memory_storage::unsynced::kept, memory_storage::unsynced::lost}) {
      CAPTURE(&moment - moments.data(), static_cast<int>(what));
      auto disk = moment->copy();
      disk->crash(what);
      moves_fixture again;
      // First by itself: a book that may be there is not opened here.
      again.revive(*this, *disk, {"a"});
      if (again.has("a")) {
        auto opened = again.open("a", book_, open_mode::existing);
        if (opened->is_refused()) {
          CHECK(opened->refused().code() == ec::unavailable);
          CHECK_FALSE(opened->refused().get("retry_after_us").empty());
          ++in_doubt;
        }
      }
      again.start("b", {"a", "b"});
      again.gossip(25);
      again.check_whole();
      CHECK_FALSE(again.remembers("a"));
      CHECK_FALSE(again.remembers("b"));
    }
  CHECK(in_doubt > 2);
}

TEST_CASE_METHOD(moves_fixture, "whatever call of a disk fails, one node has the book", "[I10]") {
  auto side = GENERATE("/a/", "/b/");
  auto nth = GENERATE(range(1U, 40U));
  CAPTURE(side, nth);
  start_with_book();
  disk_.only_in(side);
  disk_.set({.what = operation::change, .nth = nth});
  auto moved = move("b");
  run();
  gossip(5);
  disk_.set({.what = operation::change, .nth = 1'000'000'000});
  actor_ = nullptr;
  // What a failed sync has left is known when the node was started again.
  for (auto* node : {"a", "b"}) {
    stop(node);
    start(node, {"a", "b"});
  }
  gossip(25);
  check_whole();
}

TEST_CASE_METHOD(moves_fixture,
                 "a writer that fails while its log is copied is believed, and not the copy",
                 "[I2][I10]") {
  auto messages = GENERATE(range(0, 120, 3));
  auto is_forgotten = GENERATE(false, true);
  CAPTURE(messages, is_forgotten);
  start_with_book();
  auto moved = move("b");
  for (int i = 0; i < messages; ++i)
    step();
  // What is written and not synced may be copied; the next life may cut it off.
  disk_.only_in("/a/books");
  disk_.on_failed_sync([&](const std::string& path) {
    if (is_forgotten)
      memory_.drop_dirty(path, 1);
  });
  disk_.set({.what = operation::sync});
  auto lost = ask<ledger::receipt>(actor_, atom::commit_v,
                                   transfer("lost", "assets:cash", "assets:bank", 7));
  actor_ = nullptr;
  gossip(30);
  disk_.set({.what = operation::sync, .nth = 1'000'000'000});
  gossip(30);
  REQUIRE(has("b"));
  auto seen = [this] {
    auto answer =
        ask<account_view>(open("b", book_)->value(), atom::balance_v, std::string{"assets:cash"});
    run();
    return answer->value().balance;
  };
  check_whole_at("b");
  auto before = seen();
  stop("b");
  start("b");
  gossip(3);
  CHECK(seen() == before);
}

TEST_CASE_METHOD(moves_fixture, "who waits for a book that moves is sent to where it is") {
  start_with_book();
  auto moved = move("b");
  std::vector<std::shared_ptr<pending_answer<book_actor>>> waiting;
  for (int i = 0; i < 1'000 && !moved->arrived(); ++i) {
    waiting.push_back(ask<book_actor>(nodes_["a"], atom::open_v, book_, open_mode::existing));
    for (int n = 0; n < 5; ++n)
      step();
  }
  gossip();
  std::size_t sent_on = 0;
  for (auto& answer : waiting)
    if (answer->is_refused()) {
      CHECK(answer->refused().code() == ec::moved);
      CHECK(answer->refused().get("node") == "b");
      ++sent_on;
    } else {
      CHECK(answer->value());
    }
  CHECK(sent_on > 0);
}

TEST_CASE_METHOD(moves_fixture, "a book goes on when the owner of before knows that it has gone",
                 "[I10]") {
  start_all({"a", "b", "c"});
  book_ = book_at("a", map_of("a"));
  REQUIRE(open("a", book_)->value());
  auto interrupted = GENERATE(range(0, 300, 10));
  CAPTURE(interrupted);
  auto first = move("b");
  for (int i = 0; i < interrupted; ++i)
    step();
  // Whatever it knows by then: it comes back with it.
  stop("a");
  auto second = move("c", "b");
  gossip(3);
  start("a", {"a", "b", "c"});
  gossip(40);
  auto owners = 0;
  for (auto* node : {"a", "b", "c"})
    owners += has(node);
  CHECK(owners == 1);
  CHECK(has("c"));
}

TEST_CASE_METHOD(moves_fixture, "a node that leaves gives its books to the others, and is gone") {
  start_with_book();
  change("b", atom::remove_node_v, std::string{"a"}, false)->value();
  gossip(25);
  CHECK(map_of("b").members == members({"b"}));
  CHECK(map_of("a") == map_of("b"));
  CHECK(holdings("a").empty());
  CHECK(has("b"));
  CHECK(post(open("b", book_)->value(), 0).deduplicated);
}

TEST_CASE_METHOD(moves_fixture, "an intake believes nothing") {
  start_with_book();
  auto found = ask<intake_actor>(desk_of("b"), atom::intake_v);
  run();
  auto intake = found->value();
  // From one actor all the time: what somebody brings is gone with him.
  caf::scoped_actor carrier{system_};
  auto ask_intake = [&](auto on_answer, auto... words) {
    std::optional<error> refused;
    auto asked = carrier->request(intake, caf::infinite, words...);
    run();
    asked.receive(on_answer,
                  [&](const caf::error& x) { refused = from_caf(x, ec::outcome_unknown); });
    return refused ? std::optional{refused->code()} : std::nullopt;
  };
  auto say = [&](auto... words) { return ask_intake([] {}, words...); };
  auto elsewhere = book_at("a", map_of("a"));
  auto here = book_at("b", map_of("a")) + "x";
  while (place_of(map_of("a"), here)->node != "b")
    here += "x";
  auto chunk = [](std::string file, std::uint64_t offset, std::size_t bytes) {
    file_chunk x{std::move(file), offset, byte_buffer(bytes, std::byte{1}), 0};
    x.checksum = log::checksum(x.bytes, 0);
    return x;
  };
  CHECK(say(atom::announce_v, handover{elsewhere, "a", "b", 1}) == ec::busy);
  CHECK(say(atom::announce_v, handover{here, "c", "b", 1}) == ec::busy);
  CHECK(say(atom::announce_v, handover{here, "a", "c", 1}) == ec::busy);
  CHECK(say(atom::announce_v, handover{"../x", "a", "b", 1}) == ec::invalid_name);
  handover good{here, "a", "b", 2};
  CHECK(say(atom::chunk_v, good, chunk("segment-1", 0, 5)) == ec::not_found);
  CHECK(say(atom::announce_v, good) == std::nullopt);
  for (auto* name : {"", ".", "..", "../x", "a/b", ".new", "A", "LOCK"})
    CHECK(say(atom::chunk_v, good, chunk(name, 0, 5)) == ec::invalid_argument);
  CHECK(say(atom::chunk_v, good, chunk("segment-1", 1, 5)) == ec::invalid_argument);
  auto damaged = chunk("segment-1", 0, 5);
  damaged.bytes[2] = std::byte{7};
  CHECK(say(atom::chunk_v, good, damaged) == ec::corrupt);
  auto bytes_said = GENERATE(5'000U, 5'001U);
  CHECK(say(atom::chunk_v, good, chunk("segment-00000000000000000001.log", 0, 5'000)) ==
        std::nullopt);
  CHECK(ask_intake([](const cluster_news&) {}, atom::take_v, good,
                   std::vector{copied_file{"segment-00000000000000000001.log", bytes_said}}) ==
        ec::corrupt);
  CHECK(holdings("b").empty());
  CHECK(disk_.list("/b/books")->empty());
}
