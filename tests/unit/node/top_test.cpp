#include "node/table.hpp"
#include "node/top.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>

// The frame of `daybook top`, from two looks.

using namespace daybook;
using namespace daybook::node;

namespace {

node_overview node_seen(const std::string& name, std::uint64_t accepted) {
  node_overview x;
  x.member.node = name;
  x.member.at = {"127.0.0.1", 7717};
  x.is_up = x.is_ready = true;
  x.statistics.accepted = accepted;
  x.statistics.commits.counts[3] = accepted; // 200 to 500 us
  return x;
}

book_overview book(const std::string& name, std::uint64_t events, std::uint64_t epoch = 1) {
  book_overview x;
  x.info.name = name;
  x.info.open = true;
  x.info.phase = actors::book_phase::running;
  auto& details = x.details.emplace();
  details.status.epoch = writer_epoch{epoch};
  details.status.events = events;
  details.status.batches = events / 10;
  return x;
}

std::vector<std::string> frame(const overview& before, const overview& now, frame_size size = {}) {
  return top_frame(before, now, std::chrono::seconds{2}, timestamp{0}, size);
}

/// The line that begins with a word.
std::string line_of(const std::vector<std::string>& frame, const std::string& word) {
  auto found = std::ranges::find_if(frame, [&](auto& x) { return x.starts_with(word + " "); });
  return found == frame.end() ? "" : *found;
}

/// A line without repeated spaces.
std::string words(const std::string& line) {
  std::string all;
  for (auto c : line)
    if (c != ' ' || all.empty() || all.back() != ' ')
      all += c;
  return all;
}

} // namespace

TEST_CASE("rates are differences between two looks, by the time between them") {
  overview before{1, {node_seen("a", 100)}};
  overview now{1, {node_seen("a", 300)}};
  CHECK(words(line_of(frame(before, now), "a")) == "a up 100 0 0 0.0 0.35 0.50 0 0");
}

TEST_CASE("counters that went back are those of another process") {
  overview before{1, {node_seen("a", 1'000)}};
  overview now{1, {node_seen("a", 300)}};
  CHECK(words(line_of(frame(before, now), "a")).starts_with("a up 150 "));
}

TEST_CASE("a node that is down has no numbers, and one that is new no past") {
  overview before{1, {node_seen("a", 0), node_seen("b", 50)}};
  overview now{1, {node_seen("a", 20), node_seen("b", 0), node_seen("c", 1'000'000)}};
  now.nodes[1].is_up = false;
  auto lines = frame(before, now);
  CHECK(words(line_of(lines, "a")).starts_with("a up 10 "));
  CHECK(words(line_of(lines, "b")).starts_with("b down - - "));
  CHECK(words(line_of(lines, "c")).starts_with("c up 0 "));
  CHECK(words(line_of(lines, "all")).starts_with("all 10 "));
  CHECK(lines.front().find("2 of 3 nodes up") != std::string::npos);
}

TEST_CASE("the busiest books come first, and quiet ones not at all") {
  overview before{1, {node_seen("a", 0)}};
  before.nodes[0].books = {book("slow", 100), book("fast", 100), book("again", 5'000)};
  auto now = before;
  now.nodes[0].books = {book("slow", 120), book("fast", 300), book("again", 40, 2)};
  now.nodes[0].books.emplace_back().info.name = "closed";
  now.nodes[0].books.emplace_back().info = {"bad", false, actors::book_phase::failed, 3, "",
                                            {},    {}};
  auto lines = frame(before, now);
  CHECK(words(line_of(lines, "fast")) == "fast a running 100 10 0 0 0 0");
  CHECK(words(line_of(lines, "slow")) == "slow a running 10 10 0 0 0 0");
  // Another incarnation, which counts from nothing.
  CHECK(words(line_of(lines, "again")).starts_with("again a running 0 "));
  CHECK(words(line_of(lines, "bad")) == "bad a failed - - - - - 3");
  CHECK(line_of(lines, "closed").empty());
  auto at = [&](const std::string& word) {
    return std::ranges::find(lines, line_of(lines, word)) - lines.begin();
  };
  CHECK(at("fast") < at("slow"));
  CHECK(at("slow") < at("bad"));
}

TEST_CASE("a frame fits 80 columns, or as many as there are, whatever the numbers") {
  overview before{1, {node_seen("a-node-with-quite-a-long-name-of-its-own", 0)}};
  before.nodes[0].books = {book(std::string(200, 'b'), 0)};
  auto now = before;
  auto& x = now.nodes[0].statistics;
  x.accepted = x.refused = x.syncs = x.log_bytes = x.queued_events = x.subscription_lag =
      123'456'789'012;
  x.commits.counts.back() = 9;
  now.nodes[0].books = {book(std::string(200, 'b'), 123'456'789'012)};
  now.nodes[0].books[0].details->pressure.queued = 123'456'789'012;
  for (std::size_t columns : {80, 100, 40})
    for (auto& line : frame(before, now, {columns, 0}))
      CHECK(columns_of(line) <= columns);
  CHECK(frame(before, now, {80, 5}).size() == 5);
  // In 80 columns nothing but names is cut.
  auto lines = frame(before, now);
  CHECK(lines[3].find("behind") != std::string::npos);
}
