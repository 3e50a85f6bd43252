#include "protocol/cluster_codec.hpp"

#include "generators.hpp"
#include "ledger.pb.h"

#include <catch2/catch_all.hpp>
#include <rapidcheck.h>

#include <string>

using namespace daybook;
using namespace daybook::protocol;

namespace {

cluster_record random_record() {
  cluster_record x;
  x.node = *generators::text();
  x.map.cluster = *rc::gen::arbitrary<std::uint64_t>();
  x.map.version = *rc::gen::arbitrary<std::uint64_t>();
  x.map.nonce = *rc::gen::arbitrary<std::uint64_t>();
  for (auto n = *rc::gen::inRange(0, 4); n > 0; --n)
    x.map.members.push_back({*generators::text(),
                             {*generators::text(), *rc::gen::arbitrary<std::uint16_t>()},
                             *rc::gen::arbitrary<bool>()});
  for (auto n = *rc::gen::inRange(0, 4); n > 0; --n)
    x.map.pins.emplace("book" + std::to_string(n), *generators::text());
  for (auto n = *rc::gen::inRange(0, 3); n > 0; --n) {
    node_report report;
    report.node = *generators::text();
    report.map_rank = *rc::gen::arbitrary<std::pair<std::uint64_t, std::uint64_t>>();
    report.number = *rc::gen::arbitrary<std::uint64_t>();
    for (auto m = *rc::gen::inRange(0, 3); m > 0; --m)
      report.strays.push_back("stray" + std::to_string(m));
    x.reports.push_back(std::move(report));
  }
  return x;
}

std::string encoded(const cluster_record& x) {
  byte_buffer out;
  encode(x, out);
  return std::string{as_text(out)};
}

v1::ClusterRecord message(const cluster_record& x) {
  v1::ClusterRecord to;
  to.set_node(x.node);
  auto& map = *to.mutable_map();
  map.set_cluster(x.map.cluster);
  map.set_version(x.map.version);
  map.set_nonce(x.map.nonce);
  for (auto& member : x.map.members) {
    auto& added = *map.add_members();
    added.set_node(member.node);
    added.set_host(member.at.host);
    added.set_port(member.at.port);
    added.set_leaving(member.leaving);
  }
  for (auto& [book, node] : x.map.pins) {
    auto& added = *map.add_pins();
    added.set_book(book);
    added.set_node(node);
  }
  for (auto& report : x.reports) {
    auto& added = *to.add_reports();
    added.set_node(report.node);
    added.set_map_version(report.map_rank.first);
    added.set_map_nonce(report.map_rank.second);
    added.set_number(report.number);
    for (auto& book : report.strays)
      added.add_strays(book);
  }
  return to;
}

} // namespace

TEST_CASE("a cluster's record comes back, and protobuf writes the same") {
  REQUIRE(rc::check([] {
    auto x = random_record();
    auto bytes = encoded(x);
    RC_ASSERT(bytes == message(x).SerializeAsString());
    auto back = decode_cluster_record(as_bytes(bytes));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == x);
  }));
}

TEST_CASE("a cluster's record that is cut off or longer is corrupt") {
  cluster_record x{"a", {1, 2, 3, {{"a", {"h", 1}}}, {{"book", "a"}}}, {{"a", {2, 3}, 1, {"s"}}}};
  auto bytes = encoded(x);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    auto cut = decode_cluster_record(as_bytes(bytes).first(size));
    if (cut)
      CHECK(*cut != x); // it may end between two fields
    else
      CHECK(cut.error().code() == ec::corrupt);
  }
  CHECK(decode_cluster_record(as_bytes(bytes + '\x7a')).error().code() == ec::corrupt);
  v1::ClusterRecord twice = message(x);
  *twice.mutable_map()->add_pins() = twice.map().pins(0);
  CHECK(decode_cluster_record(as_bytes(twice.SerializeAsString())).error().code() == ec::corrupt);
}

TEST_CASE("books on their way come back, and protobuf writes the same") {
  REQUIRE(rc::check([] {
    std::vector<handover> xs;
    v1::Handovers message;
    for (auto n = *rc::gen::inRange(0, 4); n > 0; --n) {
      auto& x =
          xs.emplace_back(handover{*generators::text(), *generators::text(), *generators::text(),
                                   *rc::gen::arbitrary<std::uint64_t>()});
      auto& added = *message.add_handovers();
      added.set_book(x.book);
      added.set_from(x.from);
      added.set_to(x.to);
      added.set_nonce(x.nonce);
    }
    byte_buffer bytes;
    encode(xs, bytes);
    RC_ASSERT(as_text(bytes) == message.SerializeAsString());
    auto back = decode_handovers(bytes);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == xs);
    bytes.push_back(std::byte{0x7a});
    RC_ASSERT(decode_handovers(bytes).error().code() == ec::corrupt);
  }));
}
