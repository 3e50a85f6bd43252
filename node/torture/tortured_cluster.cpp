#include "node/torture/tortured_cluster.hpp"

#include "actors/cluster/cluster_admin.hpp"
#include "node/torture/book_moves.hpp"
#include "node/torture/cluster_session.hpp"
#include "node/torture/final_check.hpp"
#include "node/torture/preparation.hpp"

#include <fmt/format.h>

#include <map>
#include <thread>
#include <utility>

namespace daybook::node::torture {

namespace {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

constexpr auto histories_name = "clients";

/// For what takes long in a large book, and must come in the end.
constexpr std::chrono::minutes patience{5};
/// For a cluster that is whole again to be as one, and for a follower to have everything.
constexpr std::chrono::minutes healing{1};
/// Between two looks whether clients have had what they must have.
constexpr milliseconds look_interval{10};
/// Between two tries to connect to a node that is just starting.
constexpr milliseconds connect_pause{100};

/// For what is not under faults any more, or not yet.
client_options patient() {
  client_options x;
  x.timeout = patience;
  x.retry_budget = healing;
  return x;
}

/// What keeps a cluster from being at rest; empty when it is.
std::string unrest_of(const actors::cluster_status& x) {
  for (auto& node : x.nodes) {
    if (!node.is_up || !node.has_map)
      return fmt::format("{} does not see that {} {}", x.node, node.member.node,
                         node.is_up ? "has its map" : "is up");
    if (node.strays > 0)
      return fmt::format("{} has {} books that belong elsewhere", node.member.node, node.strays);
  }
  return {};
}

std::vector<std::string> book_names(const torture_options& options) {
  std::vector<std::string> all;
  for (std::uint32_t n = 0; n < options.nodes * options.books; ++n)
    all.push_back("book-" + std::to_string(n));
  return all;
}

cluster_faults::setup faults_setup(const torture_options& options,
                                   const std::vector<std::string>& nodes,
                                   const std::vector<std::string>& books,
                                   const std::string& directory) {
  auto move = [mover = book_mover{options.program, directory + "/moves.log"}](
                  const address& through, const std::string& book, const std::string& to) {
    return mover.move(through, book, to);
  };
  return {options, nodes, books, std::move(move), directory + "/cluster.jsonl"};
}

} // namespace

result<std::unique_ptr<tortured>> tortured_cluster::start(const torture_options& options,
                                                          const scratch& place) {
  if (auto made = place.directory(histories_name); !made)
    return fail(std::move(made.error()));
  auto nodes = cluster_nodes::start(options, place);
  if (!nodes)
    return fail(std::move(nodes.error()));
  return std::unique_ptr<tortured>{new tortured_cluster{options, std::move(*nodes), place.path()}};
}

tortured_cluster::tortured_cluster(const torture_options& options,
                                   std::unique_ptr<cluster_nodes> nodes, std::string directory)
    : options_(options),
      nodes_(std::move(nodes)),
      directory_(std::move(directory)),
      books_(book_names(options)),
      record_(books_.size()),
      faults_(faults_setup(options, nodes_->names(), books_, directory_), nodes_->net()) {}

tortured_cluster::~tortured_cluster() = default;

result<client> tortured_cluster::connect(party node, const client_options& options) {
  auto where = nodes_->net().address_of(node);
  for (auto deadline = steady::now() + healing;;) {
    auto connected = client::connect(where.host, where.port, options);
    if (connected || steady::now() > deadline)
      return connected;
    std::this_thread::sleep_for(connect_pause);
  }
}

result<void> tortured_cluster::prepare(const std::function<bool(std::uint64_t)>& on_progress) {
  if (auto up = nodes_->wait_until_up(); !up)
    return up;
  for (party node = 0; node < nodes_->count(); ++node) {
    auto through = connect(node, patient());
    if (!through)
      return fail(std::move(through.error()));
    for (auto book = std::size_t{node}; book < books_.size(); book += nodes_->count())
      if (auto made = prepare_book(*through, books_[book], options_, on_progress); !made)
        return made;
  }
  auto connected = hosts();
  if (!connected)
    return fail(std::move(connected.error()));
  hosts_ = std::move(*connected);
  return {};
}

// -- under faults ---------------------------------------------------------------------------------

/// Some let the library ask again, as programs do; the others see every attempt.
result<std::vector<client>> tortured_cluster::hosts() {
  std::vector<client> all;
  for (party node = 0; node < nodes_->count(); ++node) {
    client_options options;
    options.timeout = options_.timeout;
    options.open_timeout = options_.timeout * 3;
    options.retry_budget = retries(node) ? options_.timeout * 2 : milliseconds{0};
    auto connected = connect(node, options);
    if (!connected)
      return fail(std::move(connected.error()));
    all.push_back(std::move(*connected));
  }
  return all;
}

std::unique_ptr<book_session> tortured_cluster::session(std::uint32_t host, std::uint32_t book) {
  host %= nodes_->count();
  return std::make_unique<cluster_session>(hosts_[host], retries(host), record_, books_[book],
                                           book);
}

std::string tortured_cluster::history_of(std::uint32_t book, std::uint32_t client) const {
  return fmt::format("{}/{}/{}-client-{}.jsonl", directory_, histories_name, books_[book], client);
}

void tortured_cluster::begin() {
  for (std::uint32_t book = 0; book < books_.size(); ++book) {
    auto first = book * options_.clients;
    for (auto client = first; client < first + options_.clients; ++client)
      crowd_.add({client, first, options_.clients, options_.seed, options_.accounts,
                  history_of(book, client)},
                 session(client, book));
    followers_.push_back(std::make_unique<book_follower>(books_[book], session(book, book)));
  }
  crowd_.start();
  record_.begin(now());
  nodes_->begin_faults();
  faults_.begin();
}

void tortured_cluster::end_faults() {
  record_.end(now());
  faults_.end();
  nodes_->end_faults();
  await_writes();
}

/// When nothing stands against it, every book is written again, by itself and soon.
void tortured_cluster::await_writes() {
  auto healed = now();
  for (auto deadline = steady::now() + healing; !record_.all_written_since(healed);) {
    if (steady::now() > deadline)
      return found_.add({"not_written_again", "cluster",
                         "the network is whole and the nodes run, and for a minute nobody could "
                         "write to one of the books"});
    std::this_thread::sleep_for(look_interval);
  }
  healed_ms_ = static_cast<double>(now() - healed) / 1e6;
}

// -- afterwards -----------------------------------------------------------------------------------

void tortured_cluster::check(torture_report& report) {
  crowd_.tell(report, "cluster");
  await_rest();
  for (std::uint32_t book = 0; book < books_.size(); ++book)
    check_book_of(book, report);
  check_owners();
  followers_.clear();
  nodes_->end();
  nodes_->tell(report);
  report.answers.merge(record_.sum());
  report.moves = faults_.moves();
  report.healed_ms = healed_ms_;
  report.found.add_all(found_);
  report.found.add_all(faults_.found());
  for (auto& [kind, count] : faults_.done())
    if (count > 0)
      report.faults[kind] += count;
}

void tortured_cluster::check_book_of(std::uint32_t book, torture_report& report) {
  auto events = check_one(book, report.found);
  if (events)
    report.events += *events;
  else
    report.found.add({"not_readable", books_[book], to_string(events.error())});
}

result<std::uint64_t> tortured_cluster::check_one(std::uint32_t book, violations& found) {
  auto through = connect(book % nodes_->count(), patient());
  if (!through)
    return fail(std::move(through.error()));
  auto opened = through->book(books_[book], actors::open_mode::existing);
  if (!opened)
    return fail(std::move(opened.error()));
  auto status = opened->status();
  if (!status)
    return fail(std::move(status.error()));
  auto& follower = *followers_[book];
  if (!follower.wait_for(status->durable.value(), healing))
    found.add({"followed_late", books_[book],
               fmt::format("a follower has not got all events within a minute, after {} "
                           "subscriptions: {}",
                           follower.begun(), to_string(follower.problem()))});
  std::vector<std::string> histories;
  auto first = book * options_.clients;
  for (auto client = first; client < first + options_.clients; ++client)
    histories.push_back(history_of(book, client));
  book_facts facts{books_[book], options_.seed, options_.accounts, options_.transactions};
  // A node that starts is no new writer of a book that another one has.
  return check_book(*opened, facts, histories, {}, found, &follower.end());
}

/// All nodes hear each other, have one map, and have brought each book to where it belongs.
void tortured_cluster::await_rest() {
  auto why = std::string{"no answer"};
  auto is_at_rest = [&] {
    auto status =
        cluster_admin::connect(nodes_->net().address_of(0)).and_then([](const cluster_admin& x) {
          return x.status();
        });
    why = status ? unrest_of(*status) : to_string(status.error());
    return why.empty();
  };
  for (auto deadline = steady::now() + healing; !is_at_rest();) {
    if (steady::now() > deadline)
      return found_.add({"no_rest", "cluster", "a minute after the last fault: " + why});
    std::this_thread::sleep_for(connect_pause);
  }
}

/// Each book is with one node.
void tortured_cluster::check_owners() {
  auto through = connect(0, patient());
  auto listed =
      through ? through->books() : result<std::vector<actors::book_info>>{fail(through.error())};
  if (!listed)
    return found_.add({"not_listed", "cluster", to_string(listed.error())});
  std::map<std::string, std::string> owners;
  for (auto& x : *listed)
    if (auto [known, is_new] = owners.emplace(x.name, x.node); !is_new)
      found_.add({"two_owners", x.name,
                  fmt::format("{} and {} have it, when all is over", known->second, x.node)});
  for (auto& name : books_)
    if (!owners.contains(name))
      found_.add({"lost_book", name, "no node has it, when all is over"});
}

} // namespace daybook::node::torture
