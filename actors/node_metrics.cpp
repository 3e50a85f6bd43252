#include "actors/node_metrics.hpp"

#include <caf/telemetry/dbl_gauge.hpp>
#include <caf/telemetry/int_gauge.hpp>

#include <algorithm>
#include <string_view>

namespace daybook::actors {

namespace {

using caf::telemetry::metric_registry;

constexpr auto prefix = "daybook";

/// In the order of `commit_outcome`.
constexpr std::array outcome_names{"accepted",   "deduplicated", "refused",
                                   "overloaded", "unavailable",  "unknown"};

/// In the order of `book_phase`, which begins with one.
constexpr std::array phase_names{"closed",     "opening",  "running",
                                 "restarting", "no_space", "failed"};

constexpr std::array<std::int64_t, 16> event_bounds{
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000, 5'000, 10'000, 20'000, 50'000, 100'000};

std::vector<double> duration_bounds_s() {
  std::vector<double> bounds;
  for (auto us : duration_bounds_us)
    bounds.push_back(static_cast<double>(us) / 1e6);
  return bounds;
}

/// `unit` is "1" for what is only counted.
auto* total(metric_registry& to, const char* name, const char* help, const char* unit = "1") {
  return to.counter_singleton(prefix, name, help, unit, true);
}

auto* level(metric_registry& to, const char* name, const char* help, const char* unit = "1") {
  return to.gauge_singleton(prefix, name, help, unit);
}

auto* durations_of(metric_registry& to, const char* name, const char* help) {
  static const auto bounds = duration_bounds_s();
  return to.histogram_singleton<double>(prefix, name, caf::make_span(bounds), help, "seconds");
}

double seconds(std::chrono::nanoseconds x) { return std::chrono::duration<double>{x}.count(); }

void add(caf::telemetry::int_counter& to, std::uint64_t x) {
  if (x > 0)
    to.inc(static_cast<std::int64_t>(x));
}

std::uint64_t read(const caf::telemetry::int_counter& x) {
  return static_cast<std::uint64_t>(x.value());
}

void set(caf::telemetry::int_gauge& to, std::uint64_t x) { to.value(static_cast<std::int64_t>(x)); }

duration_counts read(const caf::telemetry::dbl_histogram& x) {
  duration_counts all;
  auto buckets = x.buckets();
  // Whoever embeds a node may have configured other classes; then these are not told.
  if (buckets.size() == all.counts.size())
    for (std::size_t i = 0; i < all.counts.size(); ++i)
      all.counts[i] = read(buckets[i].count);
  return all;
}

} // namespace

commit_outcome outcome_of(const error& x) {
  switch (x.code()) {
  case ec::overloaded:
    return commit_outcome::overloaded;
  case ec::outcome_unknown:
    return commit_outcome::unknown;
  case ec::restarting:
  case ec::failed:
  case ec::no_space:
  case ec::read_only:
  case ec::fence_active:
  case ec::moved:
  case ec::unavailable:
  case ec::io:
  case ec::corrupt:
    return commit_outcome::unavailable;
  default:
    return commit_outcome::refused;
  }
}

node_metrics::node_metrics(metric_registry& registry, const batch_limits& bounds)
    : bounds_(bounds), registry_(&registry) {
  auto* commits = registry.counter_family(prefix, "commits", {"outcome"},
                                          "Writes that were answered, by outcome.", "1", true);
  for (std::size_t i = 0; i < commits_.size(); ++i)
    commits_[i] = commits->get_or_add({{"outcome", outcome_names[i]}});
  batch_events_ = registry.histogram_singleton<std::int64_t>(
      prefix, "batch", caf::make_span(event_bounds), "Events in one batch of the log.", "events");
  events_ = total(registry, "events", "Events that became durable.");
  batches_ = total(registry, "batches", "Batches that became durable.");
  log_bytes_ = total(registry, "log-written", "Bytes written to the logs of books.", "bytes");
  syncs_ = total(registry, "log-syncs", "Syncs of the logs of books.");
  commit_latency_ = durations_of(
      registry, "commit-latency",
      "From accepting a write to its answer: of each batch, the write that waited longest.");
  append_time_ = durations_of(registry, "log-append", "Writing and syncing a batch.");
  append_failures_ = total(registry, "log-append-failures", "Batches that could not be written.");
  open_time_ = durations_of(registry, "book-open", "Opening a book: reading its snapshot and log.");
  failures_ = total(registry, "book-failures", "Books that ended by an error, or did not open.");
  restarts_ = total(registry, "book-restarts", "Books that were restarted after they had failed.");
  auto* books =
      registry.gauge_family(prefix, "books", {"state"}, "Books of the node, by their state.");
  for (std::size_t i = 0; i < books_.size(); ++i)
    books_[i] = books->get_or_add({{"state", phase_names[i]}});
  queued_events_ = level(registry, "queued", "Events that are accepted and not durable.", "events");
  queue_usage_ = registry.gauge_singleton<double>(
      prefix, "queue-usage", "How full the queue of the fullest book is.", "ratio");
  index_lag_ =
      level(registry, "index-lag", "Durable events that the index does not have yet.", "events");
  subscriptions_ = level(registry, "subscriptions", "Subscriptions to open books.");
  subscription_lag_ = level(registry, "subscription-lag",
                            "Durable events not delivered yet, of all subscriptions.", "events");
  subscription_lag_max_ =
      level(registry, "subscription-lag-max",
            "Durable events not delivered yet to the subscription furthest behind.", "events");
}

// -- counting -----------------------------------------------------------------------------------

void node_metrics::count(const outcome_counts& xs) {
  for (std::size_t i = 0; i < xs.size(); ++i)
    add(*commits_[i], xs[i]);
}

void node_metrics::count(commit_outcome x, std::size_t writes) {
  add(*commits_[static_cast<std::size_t>(x)], writes);
}

void node_metrics::on_batch(std::size_t events, std::uint64_t bytes, std::uint64_t syncs,
                            std::chrono::nanoseconds longest_wait) {
  batch_events_->observe(static_cast<std::int64_t>(events));
  batches_->inc();
  add(*events_, events);
  add(*log_bytes_, bytes);
  add(*syncs_, syncs);
  commit_latency_->observe(seconds(longest_wait));
}

void node_metrics::on_appended(std::chrono::nanoseconds took) {
  append_time_->observe(seconds(took));
}

void node_metrics::on_append_failed() { append_failures_->inc(); }

void node_metrics::on_opened(std::chrono::nanoseconds took) { open_time_->observe(seconds(took)); }

void node_metrics::on_failure() { failures_->inc(); }

void node_metrics::on_restart() { restarts_->inc(); }

// -- looking ------------------------------------------------------------------------------------

std::shared_ptr<book_gauges> node_metrics::add_book() {
  auto x = std::make_shared<book_gauges>();
  std::lock_guard guard{mutex_};
  std::erase_if(open_, [](auto& known) { return known.expired(); });
  open_.push_back(x);
  return x;
}

node_metrics::book_sums node_metrics::sums() {
  book_sums all;
  auto usage = [](std::uint64_t used, std::size_t limit) {
    return limit == 0 ? 0 : static_cast<double>(used) / static_cast<double>(limit);
  };
  std::lock_guard guard{mutex_};
  for (auto& known : open_) {
    auto book = known.lock();
    if (!book)
      continue;
    auto lag = book->followers_lag();
    all.queued_events += book->staged_events() + book->in_flight_events();
    all.queue_usage = std::max({all.queue_usage, usage(book->staged_events(), bounds_.events_max),
                                usage(book->staged_bytes(), bounds_.bytes_max)});
    all.index_lag += book->index_lag();
    all.followers.followers += lag.followers;
    all.followers.events += lag.events;
    all.followers.events_max = std::max(all.followers.events_max, lag.events_max);
  }
  return all;
}

void node_metrics::look_at_books() {
  auto now = sums();
  set(*queued_events_, now.queued_events);
  queue_usage_->value(now.queue_usage);
  set(*index_lag_, now.index_lag);
  set(*subscriptions_, now.followers.followers);
  set(*subscription_lag_, now.followers.events);
  set(*subscription_lag_max_, now.followers.events_max);
}

void node_metrics::set_books(const std::vector<book_info>& books) {
  std::array<std::uint64_t, phase_names.size()> counts{};
  for (auto& book : books)
    if (auto i = static_cast<std::size_t>(book.phase) - 1; i < counts.size())
      ++counts[i];
  for (std::size_t i = 0; i < counts.size(); ++i)
    set(*books_[i], counts[i]);
}

void node_metrics::set_cluster(const cluster_status& x) {
  auto* members = registry_->gauge_family(prefix, "cluster-members", {"state"},
                                          "Nodes of the cluster, as this one sees them.");
  auto up = std::ranges::count(x.nodes, true, &node_view::is_up);
  members->get_or_add({{"state", "up"}})->value(up);
  members->get_or_add({{"state", "down"}})->value(std::ssize(x.nodes) - up);
  std::uint64_t strays = 0;
  for (auto& node : x.nodes)
    strays += node.strays;
  set(*level(*registry_, "cluster-misplaced-books",
             "Books of the cluster that are not where they belong."),
      strays);
  set(*level(*registry_, "cluster-map-version", "Version of the shard map that the node has."),
      x.map.version);
}

node_statistics node_metrics::statistics() {
  auto commits = [this](commit_outcome x) { return read(*commits_[static_cast<std::size_t>(x)]); };
  node_statistics x;
  x.accepted = commits(commit_outcome::accepted);
  x.deduplicated = commits(commit_outcome::deduplicated);
  x.refused = commits(commit_outcome::refused);
  x.overloaded = commits(commit_outcome::overloaded);
  x.unavailable = commits(commit_outcome::unavailable);
  x.unknown = commits(commit_outcome::unknown);
  x.batches = read(*batches_);
  x.events = read(*events_);
  x.log_bytes = read(*log_bytes_);
  x.syncs = read(*syncs_);
  x.restarts = read(*restarts_);
  x.commits = read(*commit_latency_);
  x.appends = read(*append_time_);
  auto now = sums();
  x.queued_events = now.queued_events;
  x.queue_usage = now.queue_usage;
  x.subscriptions = now.followers.followers;
  x.subscription_lag = now.followers.events;
  x.index_lag = now.index_lag;
  return x;
}

std::shared_ptr<node_metrics> unread_metrics() {
  struct unread {
    metric_registry registry;
    node_metrics metrics{registry};
  };
  auto x = std::make_shared<unread>();
  return {x, &x->metrics};
}

} // namespace daybook::actors
