#include "actors/cluster/directory.hpp"
#include "actors/node_metrics.hpp"
#include "actors/sampler.hpp"
#include "tests/actors/cluster_fixture.hpp"
#include "tests/actors/node_fixture.hpp"

#include <caf/telemetry/collector/prometheus.hpp>

#include <chrono>
#include <string>

// What a node tells Prometheus, and `daybook top`.

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

class metrics_fixture : public node_fixture {
public:
  void start_with_metrics(node_options options = {}) {
    options.metrics_interval = std::chrono::seconds{1};
    options.idle_time = std::chrono::milliseconds{0};
    start(std::move(options));
  }

  /// As Prometheus sees them, without the time.
  std::string scrape() {
    caf::telemetry::collector::prometheus collector;
    auto text = collector.collect_from(system_.metrics());
    return {text.begin(), text.end()};
  }

  /// The value of a metric, labels included; -1 when there is none.
  double value(const std::string& name) {
    auto text = "\n" + scrape();
    auto at = text.find("\n" + name + " ");
    return at == text.npos ? -1 : std::stod(text.substr(at + name.size() + 2));
  }

  double commits(const std::string& outcome) {
    return value("daybook_commits_total{outcome=\"" + outcome + "\"}");
  }

  double books(const std::string& state) { return value("daybook_books{state=\"" + state + "\"}"); }

  void look_again() {
    scheduler().advance_time(std::chrono::seconds{1});
    run();
  }

  node_statistics statistics() {
    auto answer = ask<node_statistics>(node_, atom::metrics_v);
    run();
    return answer->value();
  }
};

subscriber_actor::behavior_type subscriber(subscriber_actor::pointer) {
  return {[](atom::deliver, const delivery&) {}, [](atom::ended, const error&) {}};
}

} // namespace

TEST_CASE_METHOD(metrics_fixture, "writes are counted by what came of them") {
  start_with_metrics();
  auto book = prepared_book();
  CHECK(commits("accepted") == 3);
  commit(book, transfer("k", "assets:cash", "assets:bank", 5));
  commit(book, transfer("k", "assets:cash", "assets:bank", 5));
  commit(book, transfer("k", "assets:cash", "assets:bank", 6));
  commit(book, transfer("l", "assets:cash", "assets:none", 5));
  CHECK(commits("accepted") == 4);
  CHECK(commits("deduplicated") == 1);
  CHECK(commits("refused") == 2);
  CHECK(commits("overloaded") == 0);
  CHECK(commits("unknown") == 0);
  auto seen = statistics();
  CHECK(seen.accepted == 4);
  CHECK(seen.deduplicated == 1);
  CHECK(seen.refused == 2);
}

TEST_CASE_METHOD(metrics_fixture, "a rehearsal is no write") {
  start_with_metrics();
  auto book = prepared_book();
  write_batch batch;
  batch.items.emplace_back().what = transfer("k", "assets:cash", "assets:bank", 5);
  batch.items.emplace_back().what = transfer("l", "assets:cash", "assets:none", 5);
  for (auto atomic : {false, true}) {
    batch.atomic = atomic;
    ask<std::vector<outcome>>(book, atom::rehearse_v, batch);
    run();
  }
  CHECK(commits("accepted") == 3);
  CHECK(commits("refused") == 0);
}

TEST_CASE_METHOD(metrics_fixture, "batches, their events, bytes and syncs are counted") {
  start_with_metrics();
  auto book = prepared_book();
  auto before = statistics();
  CHECK(before.events == 3);
  std::vector<ledger::command> several;
  for (auto key : {"a", "b", "c"})
    several.emplace_back(transfer(key, "assets:cash", "assets:bank", 5));
  ask<std::vector<outcome>>(book, atom::commit_v, several);
  run();
  auto after = statistics();
  CHECK(after.events == 6);
  CHECK(after.batches == before.batches + 1);
  CHECK(after.log_bytes > before.log_bytes);
  CHECK(after.syncs > before.syncs);
  CHECK(after.commits.total() == after.batches);
  CHECK(after.appends.total() == after.batches);
  CHECK(value("daybook_events_total") == 6);
  CHECK(value("daybook_batch_events_sum") == 6);
  CHECK(value("daybook_batch_events_bucket{le=\"5\"}") == static_cast<double>(after.batches));
  CHECK(value("daybook_commit_latency_seconds_count") == static_cast<double>(after.batches));
  CHECK(value("daybook_log_append_seconds_count") == static_cast<double>(after.batches));
  CHECK(value("daybook_log_written_bytes_total") == static_cast<double>(after.log_bytes));
  CHECK(value("daybook_book_open_seconds_count") == 1);
}

TEST_CASE_METHOD(metrics_fixture, "what is turned away is counted as such") {
  node_options options;
  options.batch.events_max = 2;
  start_with_metrics(std::move(options));
  auto book = prepared_book();
  std::vector<ledger::command> three;
  for (auto key : {"a", "b", "c"})
    three.emplace_back(transfer(key, "assets:cash", "assets:bank", 5));
  ask<ledger::receipt>(book, atom::commit_v, transfer("k", "assets:cash", "assets:bank", 5));
  auto refused = ask<std::vector<outcome>>(book, atom::commit_v, three);
  run();
  CHECK(refused->refused().code() == ec::overloaded);
  CHECK(commits("overloaded") == 3);
  CHECK(commits("accepted") == 4);
}

TEST_CASE_METHOD(metrics_fixture, "a batch that fails, the book that ends, and its restart",
                 "[I2]") {
  start_with_metrics();
  auto book = prepared_book();
  disk_.set({.what = operation::sync});
  auto lost = commit(book, transfer("k", "assets:cash", "assets:bank", 5));
  CHECK(lost->refused().code() == ec::outcome_unknown);
  CHECK(commits("unknown") == 1);
  CHECK(commits("accepted") == 3);
  CHECK(value("daybook_log_append_failures_total") == 1);
  CHECK(value("daybook_book_failures_total") == 1);
  look_again();
  CHECK(value("daybook_book_restarts_total") == 1);
  CHECK(statistics().restarts == 1);
  CHECK(books("running") == 1);
}

TEST_CASE_METHOD(metrics_fixture, "books by state are looked at every second") {
  start_with_metrics();
  CHECK(books("running") == 0);
  open("a");
  open("b");
  CHECK(books("running") == 0);
  look_again();
  CHECK(books("running") == 2);
  CHECK(books("closed") == 0);
  ask_done(node_, atom::stop_v, std::string{"a"});
  run();
  look_again();
  CHECK(books("running") == 1);
  CHECK(books("closed") == 1);
}

TEST_CASE_METHOD(metrics_fixture, "nobody looks at gauges unless it was asked for") {
  start();
  open("a");
  look_again();
  CHECK(books("running") == 0);
  CHECK(statistics().accepted == 0);
}

TEST_CASE_METHOD(metrics_fixture, "a subscription without credit falls behind, and is gone") {
  start_with_metrics();
  auto book = prepared_book();
  auto who = system_.spawn(subscriber);
  clients_.push_back(caf::actor_cast<caf::actor>(who));
  subscription wanted;
  wanted.credit = 2;
  auto subscribed = ask<subscription_actor>(book, atom::subscribe_v, who, wanted);
  run();
  auto& carrier = subscribed->value();
  look_again();
  CHECK(value("daybook_subscriptions") == 1);
  CHECK(value("daybook_subscription_lag_events") == 1);
  commit(book, transfer("k", "assets:cash", "assets:bank", 5));
  commit(book, transfer("l", "assets:cash", "assets:bank", 5));
  look_again();
  auto seen = ask<book_status>(book, atom::status_v);
  run();
  CHECK(seen->value().subscription_lag == 3);
  CHECK(value("daybook_subscription_lag_events") == 3);
  CHECK(value("daybook_subscription_lag_max_events") == 3);
  CHECK(statistics().subscription_lag == 3);
  caf::anon_send(carrier, atom::credit_v, std::uint32_t{100});
  run();
  look_again();
  CHECK(value("daybook_subscription_lag_events") == 0);
  CHECK(value("daybook_subscriptions") == 1);
  caf::anon_send(carrier, atom::cancel_v);
  run();
  look_again();
  CHECK(value("daybook_subscriptions") == 0);
}

TEST_CASE_METHOD(metrics_fixture, "no name that users give is in the metrics") {
  start_with_metrics();
  auto book = open("secretbook")->value();
  commit(book, asset("SECRETCOIN"));
  auto secret = account("assets:secretcash");
  secret.asset = "SECRETCOIN";
  commit(book, secret);
  CHECK(commits("accepted") == 2);
  look_again();
  auto text = scrape();
  CHECK(text.find("daybook_commits_total") != text.npos);
  CHECK(text.find("secret") == text.npos);
  CHECK(text.find("SECRET") == text.npos);
}

TEST_CASE_METHOD(cluster_fixture, "a node says whom of its cluster it reaches") {
  start_all({"a", "b", "c"});
  auto metrics = std::make_shared<node_metrics>(system_.metrics());
  system_.spawn<sampler_actor::stateful_impl<sampler_state>>(metrics, nodes_["a"], true,
                                                             std::chrono::seconds{1});
  auto members = [this](const char* state) {
    return system_.metrics()
        .gauge_family("daybook", "cluster-members", {"state"}, "")
        ->get_or_add({{"state", state}})
        ->value();
  };
  gossip();
  CHECK(members("up") == 3);
  CHECK(members("down") == 0);
  stop("c");
  gossip();
  CHECK(members("up") == 2);
  CHECK(members("down") == 1);
}

TEST_CASE_METHOD(cluster_fixture, "a directory adds up the statistics of all nodes") {
  start_all({"a", "b"});
  auto map = map_of("a");
  auto book = open("a", book_at("a", map))->value();
  ask<ledger::receipt>(book, atom::commit_v, asset());
  run();
  auto directory = spawn_directory(system_, nodes_["a"], map, dialer());
  auto of_all = ask<node_statistics>(directory, atom::metrics_v);
  auto of_one = ask<node_statistics>(nodes_["a"], atom::metrics_v);
  run();
  // Here they share an actor system, and with it the counters.
  CHECK(of_one->value().accepted == 1);
  CHECK(of_all->value().accepted == 2);
  stop("b");
  auto without = ask<node_statistics>(directory, atom::metrics_v);
  run();
  CHECK(without->refused().code() == ec::unavailable);
  caf::anon_send_exit(directory, caf::exit_reason::user_shutdown);
}

TEST_CASE("gauges of books add up, and those of closed ones are gone") {
  caf::telemetry::metric_registry registry;
  node_metrics metrics{registry, {.events_max = 10, .bytes_max = 1'000}};
  auto one = metrics.add_book();
  auto other = metrics.add_book();
  one->set_staged(3, 100);
  one->set_in_flight(10);
  other->set_staged(5, 900);
  one->set_durable(event_seq{100});
  one->set_indexed(event_seq{90});
  other->set_durable(event_seq{7}); // without an index
  auto follower = one->follow(event_seq{60});
  auto now = metrics.statistics();
  CHECK(now.queued_events == 18);
  CHECK(now.queue_usage == 0.9);
  CHECK(now.index_lag == 10);
  CHECK(now.subscriptions == 1);
  CHECK(now.subscription_lag == 40);
  other.reset();
  now = metrics.statistics();
  CHECK(now.queued_events == 13);
  CHECK(now.queue_usage == 0.3);
}

TEST_CASE("quantiles of durations lie within their classes") {
  duration_counts x;
  CHECK(x.quantile(0.5).count() == 0);
  x.counts[2] = 100; // 100 to 200 us
  CHECK(x.quantile(0.5).count() == 150);
  CHECK(x.quantile(1).count() == 200);
  x.counts[3] = 100; // to 500
  CHECK(x.quantile(0.5).count() == 200);
  CHECK(x.quantile(0.75).count() == 350);
  x.counts.back() = 1'000; // longer than all
  CHECK(x.quantile(0.9).count() == 10'000'000);
  auto later = x;
  later.counts[0] += 7;
  CHECK(later.since(x).total() == 7);
  CHECK(x.since(later).total() == 0);
}

TEST_CASE("statistics of several nodes add up, but for the fullest queue") {
  node_statistics one;
  one.accepted = 3;
  one.queue_usage = 0.5;
  one.commits.counts[1] = 2;
  node_statistics other;
  other.accepted = 4;
  other.queue_usage = 0.25;
  other.commits.counts[1] = 5;
  one += other;
  CHECK(one.accepted == 7);
  CHECK(one.queue_usage == 0.5);
  CHECK(one.commits.counts[1] == 7);
}
