#include "node/torture/history.hpp"
#include "node/torture/node_board.hpp"
#include "node/torture/node_driver.hpp"
#include "node/torture/operation.hpp"
#include "node/torture/options.hpp"
#include "node/torture/schedule.hpp"
#include "node/torture/transfers.hpp"
#include "node/torture/violations.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <span>
#include <string>
#include <thread>

namespace daybook::node::torture {

using namespace std::chrono_literals;

TEST_CASE("a seed makes the same faults every time, and others for every node") {
  torture_options options;
  options.duration = 1h;
  options.seed = 42;
  auto steps = schedule_of(options, 0);
  CHECK(steps == schedule_of(options, 0));
  CHECK(steps != schedule_of(options, 1));
  options.seed = 43;
  CHECK(steps != schedule_of(options, 0));
}

TEST_CASE("faults follow each other, are over in time, and are all of the wanted kinds") {
  torture_options options;
  options.duration = 1h;
  options.faults = {fault::kill, fault::pause, fault::lose_index};
  std::set<fault> kinds;
  std::chrono::milliseconds last{};
  auto steps = schedule_of(options, 3);
  for (auto& step : steps) {
    CHECK(step.at >= last + options.fault_every / 2);
    last = step.at + step.lasting;
    CHECK(last < options.duration);
    CHECK((step.lasting > 0ms) == (step.what == fault::pause));
    kinds.insert(step.what);
  }
  CHECK(kinds == std::set{fault::kill, fault::pause, fault::lose_index});
  options.faults.clear();
  CHECK(schedule_of(options, 3).empty());
}

TEST_CASE("every round has each fault, and half of it is kills") {
  torture_options options;
  options.duration = 1h;
  auto steps = schedule_of(options, 1);
  auto others = options.faults.size() - 1;
  REQUIRE(steps.size() > 20 * others);
  for (std::size_t first = 0; first < 20 * others; first += 2 * others) {
    auto round = std::span{steps}.subspan(first, 2 * others);
    for (auto kind : options.faults)
      CHECK(std::ranges::count(round, kind, &step::what) ==
            static_cast<std::ptrdiff_t>(kind == fault::kill ? others : 1));
  }
}

TEST_CASE("every fault has a name") {
  for (auto x : all_faults()) {
    fault read{};
    CHECK(from_string(to_string(x), read));
    CHECK(read == x);
  }
  fault untouched = fault::pause;
  CHECK_FALSE(from_string("flood", untouched));
  CHECK(untouched == fault::pause);
}

TEST_CASE("keys are read back, and nothing else is a key") {
  for (auto& key : {key_id{0, 0}, key_id{4'000'000'000, 123}, key_id{key_id::preloader, 7}})
    CHECK(parse_key(to_string(key)) == key);
  for (auto text : {"", "-", "c1", "c-1", "c1-", "c01-1", "c1-01", "x1-1", "preload-", "c1-1-1",
                    "c4294967295-1", "c99999999999-1"})
    CHECK_FALSE(parse_key(text));
}

TEST_CASE("a key means the same transfer every time, between two accounts") {
  for (std::uint32_t accounts : {2u, 3u, 100u})
    for (std::uint64_t number = 0; number < 1'000; ++number) {
      auto x = transfer_of(9, {1, number}, accounts);
      CHECK(x == transfer_of(9, {1, number}, accounts));
      CHECK(x.from != x.to);
      CHECK((x.from < accounts && x.to < accounts && x.amount > 0));
      CHECK_FALSE(is_bounded(transfer_of(9, {key_id::preloader, number}, accounts).from));
    }
  CHECK(transfer_of(9, {1, 5}, 100) != transfer_of(9, {2, 5}, 100));
  CHECK(transfer_of(9, {1, 5}, 100) != transfer_of(8, {1, 5}, 100));
}

TEST_CASE("an operation is read back from its line") {
  operation x{.client = 3, .what = action::atomic, .invoked = 10, .completed = 20};
  x.answers = {{.number = 5,
                .how = outcome::accepted,
                .seq = 9,
                .epoch = 2,
                .committed_at_us = -7,
                .chain = ~std::uint64_t{0},
                .repeated = true,
                .balances = {-5, 6}},
               {.number = 6, .how = outcome::refused, .error = "limit_exceeded"}};
  CHECK(operation_from_json(to_json(x)) == x);
  x.retries = true;
  CHECK(operation_from_json(to_json(x)) == x);
  operation read{.client = 1, .what = action::find, .invoked = 1, .completed = 2};
  read.wanted = {4, 17};
  read.found = true;
  read.seq = 12;
  CHECK(operation_from_json(to_json(read)) == read);
  read.error = "io";
  CHECK(operation_from_json(to_json(read)) == read);
}

TEST_CASE("a line that is no operation is an error") {
  for (auto text :
       {"", "7", "{}", "{\"client\":1}", "[", "{\"client\":\"x\"}",
        R"({"client":1,"action":"sing","invoked_ns":1,"completed_ns":2})",
        R"({"client":1,"action":"write","invoked_ns":1,"completed_ns":2,"answers":[7]})"})
    CHECK(operation_from_json(text).error().code() == ec::corrupt);
}

TEST_CASE("a history is read back from its file") {
  test::temporary_directory directory;
  auto path = directory.path() + "/history";
  operation x{.client = 1, .what = action::totals, .invoked = 1, .completed = 2};
  history_writer writer{path};
  writer.add(x);
  writer.add(x);
  REQUIRE(writer.close());
  auto source = read_history(path);
  CHECK(source().value() == x);
  CHECK(source().value() == x);
  CHECK(source().value() == std::nullopt);
  std::ofstream{path, std::ios::app} << "nonsense\n";
  source = read_history(path);
  CHECK((source() && source()));
  CHECK(source().error().code() == ec::corrupt);
  CHECK(read_history(path + "-missing")().error().code() == ec::io);
}

TEST_CASE("what an error says about a write") {
  CHECK(outcome_of(ec::overloaded) == outcome::not_accepted);
  CHECK(outcome_of(ec::outcome_unknown) == outcome::unknown);
  CHECK(outcome_of(ec::io) == outcome::unknown);
  CHECK(outcome_of(ec::moved) == outcome::not_accepted);
  CHECK(outcome_of(ec::unavailable) == outcome::not_accepted);
  CHECK(outcome_of(ec::limit_exceeded) == outcome::refused);
}

TEST_CASE("recovery is measured once for each book, from writes that were sent after the kill") {
  node_board board{2};
  board.written(0, 1, 2);
  board.was_killed(100, 110);
  board.written(0, 105, 120);
  CHECK(board.times().kill_to_write.count() == 0);
  board.written(0, 115, 130);
  board.written(0, 131, 140);
  CHECK(board.times().kill_to_write.count() == 1);
  CHECK(board.times().kill_to_write.percentile_us(1) == 0.030);
  // What was sent before does not count, whenever it is answered.
  CHECK_FALSE(board.all_written_since(0));
  board.written(1, 120, 150);
  CHECK(board.all_written_since(119));
  CHECK_FALSE(board.all_written_since(120));
  board.read(0, 140, 141);
  board.read(0, 130, 142);
  CHECK_FALSE(board.all_read_since(10));
  board.read(1, 150, 151);
  CHECK(board.all_read_since(139));
  CHECK_FALSE(board.all_read_since(140));
  board.written(1, 200, 300);
  CHECK(board.times().kill_to_write.count() == 2);
}

TEST_CASE("violations are counted, and the first of each kind are kept") {
  violations some;
  for (int i = 0; i < 25; ++i)
    some.add({"gap", "book", "x"});
  some.add({"lost_write", "book", "y"});
  CHECK(some.count() == 26);
  CHECK(some.kept().size() == 11);
  violations all;
  all.add_all(some);
  all.add_all(some);
  CHECK(all.count() == 52);
  CHECK(all.counts().at("gap") == 50);
  CHECK(all.kept().size() == 12);
}

TEST_CASE("clients are told where the node is") {
  node_board board{1};
  CHECK_FALSE(board.current().where);
  board.is_starting(10);
  board.is_up({"127.0.0.1", 7});
  auto place = board.current();
  CHECK(place.where == address{"127.0.0.1", 7});
  board.wait_for_change(place.version + 1, 1h); // another one already
  board.is_down();
  CHECK_FALSE(board.current().where);
  CHECK(board.current().version != place.version);
  CHECK(board.starts() == std::vector<instant>{10});
}

/// A program that says what a node says, and ends when it is asked to.
std::string make_obedient_node(const std::string& path) {
  std::ofstream{path} << "#!/bin/sh\n"
                         "trap 'exit 0' TERM\n"
                         "echo listening on 127.0.0.1:7\n"
                         "while :; do sleep 0.01; done\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

TEST_CASE("faults that end as they begin leave a node that runs") {
  test::temporary_directory place;
  auto program = make_obedient_node(place.path() + "/node");
  for (int i = 0; i < 20; ++i) {
    node_board board{1};
    node_driver::setup setup;
    setup.name = "node";
    setup.command = {program, place.path(), place.path() + "/log", 0, 0};
    setup.events = place.path() + "/events";
    node_driver driver{std::move(setup), board};
    std::thread thread{[&] { driver.run(); }};
    CHECK(driver.wait_until_up());
    auto over = std::async(std::launch::async, [&] {
      driver.begin_faults();
      driver.end_faults();
    });
    CHECK(over.wait_for(30s) == std::future_status::ready);
    CHECK(board.current().where);
    driver.end();
    thread.join();
    CHECK(driver.found().count() == 0);
  }
}

} // namespace daybook::node::torture
