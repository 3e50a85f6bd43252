#include "tests/support/actor_fixture.hpp"
#include "tests/support/builders.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

/// What arrives on another node.
template <class T>
T over_the_wire(const T& x) {
  caf::byte_buffer bytes;
  caf::binary_serializer sink{nullptr, bytes};
  REQUIRE(sink.apply(x));
  T y;
  caf::binary_deserializer source{nullptr, bytes};
  REQUIRE(source.apply(y));
  REQUIRE(source.remaining() == 0);
  return y;
}

} // namespace

TEST_CASE("type ids are what other nodes expect") {
  CHECK(caf::type_id_v<ec> == 1000);
  CHECK(caf::type_id_v<error> == 1001);
  CHECK(caf::type_id_v<transaction_id> == 1002);
  CHECK(caf::type_id_v<ledger::asset_definition> == 1003);
  CHECK(caf::type_id_v<ledger::account_definition> == 1004);
  CHECK(caf::type_id_v<ledger::transaction> == 1005);
  CHECK(caf::type_id_v<ledger::receipt> == 1006);
  CHECK(caf::type_id_v<std::vector<ledger::command>> == 1007);
  CHECK(caf::type_id_v<std::vector<ledger::asset_definition>> == 1008);
  CHECK(caf::type_id_v<std::vector<outcome>> == 1009);
  CHECK(caf::type_id_v<open_mode> == 1010);
  CHECK(caf::type_id_v<account_view> == 1011);
  CHECK(caf::type_id_v<accounts_query> == 1012);
  CHECK(caf::type_id_v<accounts_page> == 1013);
  CHECK(caf::type_id_v<std::vector<trial_balance_view>> == 1014);
  CHECK(caf::type_id_v<events_query> == 1015);
  CHECK(caf::type_id_v<events_page> == 1016);
  CHECK(caf::type_id_v<history_query> == 1017);
  CHECK(caf::type_id_v<history_page> == 1018);
  CHECK(caf::type_id_v<book_status> == 1019);
  CHECK(caf::type_id_v<std::vector<book_info>> == 1020);
  CHECK(caf::type_id_v<atom::commit> == 1021);
  CHECK(caf::type_id_v<atom::close> == 1034);
  CHECK(caf::type_id_v<book_actor> == 1035);
  CHECK(caf::type_id_v<ledger::reversal> == 1044);
  CHECK(caf::type_id_v<ledger::write> == 1051);
  CHECK(caf::type_id_v<write_batch> == 1052);
  CHECK(caf::type_id_v<snapshot_info> == 1058);
  CHECK(caf::type_id_v<subscription> == 1061);
  CHECK(caf::type_id_v<subscription_actor> == 1070);
  CHECK(caf::type_id_v<atom::rehearse> == 1071);
  CHECK(caf::type_id_v<atom::spill> == 1100);
  CHECK(caf::type_id_v<probe_job> == 1125);
  CHECK(caf::type_id_v<std::vector<std::string>> == 1126);
  CHECK(caf::type_id_v<atom::cluster> == 1127);
  CHECK(caf::type_id_v<atom::dial> == 1136);
  CHECK(caf::type_id_v<address> == 1137);
  CHECK(caf::type_id_v<cluster_actor> == 1142);
  CHECK(caf::type_id_v<atom::rest> == 1144);
  CHECK(caf::type_id_v<atom::move> == 1146);
  CHECK(caf::type_id_v<atom::adopt> == 1157);
  CHECK(caf::type_id_v<handover> == 1158);
  CHECK(caf::type_id_v<intake_actor> == 1163);
}

TEST_CASE("a transaction crosses the network unchanged") {
  auto x = transfer("k", "assets:cash", "assets:bank", 5);
  x.postings[0].value = ledger::amount::max();
  x.occurred_at = timestamp{-1};
  x.refs = {{"bank", "17"}};
  x.metadata = R"({"a":1})";
  x.correlation_id = "c";
  x.causation_id = "d";
  CHECK(over_the_wire(x) == x);
}

TEST_CASE("definitions cross the network unchanged") {
  auto x = account("liabilities:x", ledger::account_kind::liability);
  x.normal_side = ledger::side::credit;
  x.min_balance = ledger::amount{-3};
  CHECK(over_the_wire(x) == x);
  CHECK(over_the_wire(asset("BTC", 8)) == asset("BTC", 8));
}

TEST_CASE("a receipt crosses the network unchanged") {
  ledger::receipt x{{book_id{1}, event_seq{2}}, writer_epoch{3}, timestamp{4}, true, {}, {}};
  x.balances = {{account_no{5}, ledger::amount{-6}}, {account_no{7}, ledger::amount::max()}};
  for (std::size_t i = 0; i < x.chain.size(); ++i)
    x.chain[i] = static_cast<std::byte>(i);
  CHECK(over_the_wire(x) == x);
}

TEST_CASE("a write crosses the network with its conditions and links") {
  ledger::write x{transfer("k", "assets:cash", "assets:bank", 5), {}, "c", "d", 3};
  x.conditions = {ledger::account_version{"a", event_seq{1}}, ledger::book_version{event_seq{2}},
                  ledger::balance_at_least{"a", ledger::amount{-3}},
                  ledger::balance_at_most{"b", ledger::amount{4}}};
  CHECK(over_the_wire(x) == x);
  x.what = ledger::reversal{"k", event_seq{4}, timestamp{5}, "{}", "c"};
  CHECK(over_the_wire(x) == x);
  x.what = ledger::account_closing{"a", true};
  CHECK(over_the_wire(x) == x);
}

TEST_CASE("what a subscriber is sent crosses the network unchanged") {
  delivery x;
  x.events.push_back({{}, transfer("k", "a", "b", 1), "c", "d", true});
  x.first = event_seq{1};
  x.last = event_seq{2};
  x.durable = event_seq{3};
  x.dropped = 4;
  auto y = over_the_wire(x);
  REQUIRE(y.events.size() == 1);
  CHECK(y.events[0].content == x.events[0].content);
  CHECK(y.events[0].causation_id == "d");
  CHECK(y.events[0].joined);
  CHECK(y.last == x.last);
  CHECK(y.dropped == 4);
}

TEST_CASE("what happens to books crosses the network unchanged") {
  supervision_event x{"bank", supervision::gave_up, writer_epoch{3}, 4,
                      "why",  caf::timespan{5},     timestamp{6},    7};
  auto y = over_the_wire(x);
  CHECK(y.book == "bank");
  CHECK(y.what == x.what);
  CHECK(y.epoch == x.epoch);
  CHECK(y.restarts == 4);
  CHECK(y.reason == "why");
  CHECK(y.delay == x.delay);
  CHECK(y.at == x.at);
  CHECK(y.missed == 7);
  book_info z{"bank", true, book_phase::no_space, 2, "full", timestamp{9}, "n1"};
  auto there = over_the_wire(z);
  CHECK(there.phase == z.phase);
  CHECK(there.restarts == 2);
  CHECK(there.last_failure == "full");
  CHECK(there.failed_at == z.failed_at);
}

TEST_CASE("statistics of a node cross the network unchanged") {
  node_statistics x;
  x.accepted = 1;
  x.unknown = 2;
  x.queue_usage = 0.25;
  x.index_lag = 3;
  x.commits.counts.back() = 4;
  auto y = over_the_wire(x);
  CHECK(y.accepted == 1);
  CHECK(y.unknown == 2);
  CHECK(y.queue_usage == 0.25);
  CHECK(y.index_lag == 3);
  CHECK(y.commits.counts == x.commits.counts);
  CHECK(y.appends.total() == 0);
}

TEST_CASE("an enum from the network outside its range is refused") {
  caf::byte_buffer bytes{caf::byte{9}};
  caf::binary_deserializer source{nullptr, bytes};
  ledger::side x{};
  CHECK_FALSE(source.apply(x));
}

TEST_CASE("an error keeps its facts as CAF carries it") {
  register_types();
  error x{ec::limit_exceeded, "too much", {{"account", "a"}, {"limit", "0.00"}}};
  auto carried = to_caf(x);
  CHECK(carried == ec::limit_exceeded);
  CHECK(from_caf(carried, ec::io) == x);
}

TEST_CASE("an error of CAF means that no answer came") {
  register_types();
  auto timeout = caf::make_error(caf::sec::request_timeout);
  CHECK(from_caf(timeout, ec::outcome_unknown).code() == ec::outcome_unknown);
  CHECK(from_caf(timeout, ec::io).code() == ec::io);
  CHECK(from_caf(timeout, ec::io).message().find("request_timeout") != std::string::npos);
}

TEST_CASE("every error code has a name and a sentence") {
  for (int i = 1; i <= static_cast<int>(ec::unavailable); ++i) {
    auto code = static_cast<ec>(i);
    ec back{};
    INFO(i);
    CHECK(from_string(to_string(code), back));
    CHECK(back == code);
    CHECK(description(code) != description(ec{}));
  }
}
