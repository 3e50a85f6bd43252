#include "tests/conformance/conformance.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace daybook::test {

namespace {

namespace fs = std::filesystem;

void stop_node(caf::actor_system& system, const actors::supervisor_actor& node) {
  caf::scoped_actor self{system};
  self->request(node, patience, actors::atom::stop_v)
      .receive([] {},
               [](const caf::error& reason) {
                 throw std::runtime_error{"the node did not stop: " + caf::to_string(reason)};
               });
}

/// Of a directory and those in it, in order.
struct file_list {
  std::vector<fs::path> segments;
  std::vector<fs::path> derived; ///< the others
};

file_list files_in(const fs::path& directory) {
  file_list files;
  for (auto& entry : fs::recursive_directory_iterator{directory}) {
    if (!entry.is_regular_file())
      continue;
    auto is_segment = entry.path().filename().string().starts_with("segment-");
    auto& list = is_segment ? files.segments : files.derived;
    list.push_back(fs::relative(entry.path(), directory));
  }
  std::ranges::sort(files.segments);
  return files;
}

/// A file that goes away meanwhile was not needed any more.
void copy_all(const std::vector<fs::path>& files, const fs::path& from, const fs::path& to) {
  for (auto& file : files) {
    std::error_code gone;
    fs::create_directories((to / file).parent_path());
    fs::copy_file(from / file, to / file, fs::copy_options::overwrite_existing, gone);
  }
}

/// The log's segments last and in order: what was derived from the log is never of a later time
/// than the log. The last segment may grow meanwhile; when one follows it, it was not the last, and
/// the copy would be of a segment that is sealed and of none behind it.
void copy_as_after_a_crash(const fs::path& from, const fs::path& to) {
  auto files = files_in(from);
  copy_all(files.derived, from, to);
  for (std::vector<fs::path> copied; copied != files.segments;) {
    copied = files.segments;
    copy_all(copied, from, to);
    files = files_in(from);
  }
}

} // namespace

namespace {

constexpr const char* loopback = "127.0.0.1";

/// A node that others reach.
struct published_node {
  caf::actor_system& system;
  actors::supervisor_actor node;
  std::uint16_t port = 0;

  published_node(caf::actor_system& where, actors::node_options options, actors::seams outside)
      : system(where), node(must(actors::spawn_node(where, std::move(options), outside))) {}

  ~published_node() { stop_node(system, node); }

  published_node(const published_node&) = delete;
  published_node& operator=(const published_node&) = delete;

  void publish() { port = must(actors::publish_node(system, node, loopback, 0)); }

  template <class Answer, class... Words>
  Answer ask_desk(Words... words) {
    caf::scoped_actor self{system};
    actors::cluster_actor desk;
    std::optional<Answer> answer;
    auto failed = [](const caf::error& x) { throw std::runtime_error{caf::to_string(x)}; };
    self->request(node, patience, actors::atom::cluster_v)
        .receive([&](actors::cluster_actor& x) { desk = std::move(x); }, failed);
    self->request(desk, patience, words...)
        .receive([&](Answer& x) { answer = std::move(x); }, failed);
    return *answer;
  }

  bool knows_all(std::size_t nodes) {
    auto status = ask_desk<actors::cluster_status>(actors::atom::status_v);
    return status.nodes.size() == nodes &&
           std::ranges::all_of(status.nodes, [](auto& x) { return x.is_up && x.has_map; });
  }
};

/// Books called `bank` belong to the node of this name, beside those of the others'.
constexpr const char* owner_name = "c";
constexpr std::array companion_names{"a", "b"};

} // namespace

/// A node, and the client that the case talks through. In a cluster two more nodes, and the client
/// talks through one of those.
struct subject::running {
  published_node owner;
  std::vector<std::unique_ptr<published_node>> companions;
  std::optional<client> talk;

  running(caf::actor_system& where, subject& x) : owner(where, options_of(x), x.outside_) {
    if (x.is_remote())
      owner.publish();
    if (x.is_clustered())
      make_cluster(x);
    talk = connect(x);
  }

  ~running() { talk.reset(); }

  static actors::node_options options_of(const subject& x) {
    auto options = x.options;
    if (x.is_clustered())
      options.cluster.emplace().node = owner_name;
    return options;
  }

  void make_cluster(subject& x) {
    auto systems = x.companion_systems();
    for (std::size_t i = 0; i < systems.size(); ++i) {
      actors::node_options options;
      options.data = x.directory_.path() + "/" + companion_names[i];
      options.disks = 1;
      options.cluster.emplace().node = companion_names[i];
      auto& added = companions.emplace_back(
          std::make_unique<published_node>(systems[i]->get(), std::move(options), actors::seams{}));
      added->publish();
      owner.ask_desk<shard_map>(actors::atom::add_node_v, address{loopback, added->port});
    }
    auto all = companions.size() + 1;
    auto is_settled = [&] {
      return owner.knows_all(all) &&
             std::ranges::all_of(companions, [&](auto& one) { return one->knows_all(all); });
    };
    REQUIRE(comes_true(is_settled));
  }

  client connect(const subject& x) {
    if (!x.is_remote())
      return client{owner.system, owner.node, x.calls};
    auto port = companions.empty() ? owner.port : companions.back()->port;
    return must(client::connect(loopback, port, x.calls));
  }
};

std::vector<actors::node_system*> subject::companion_systems() {
  while (companions_.size() < companion_names.size())
    companions_.push_back(actors::node_system::start());
  std::vector<actors::node_system*> all;
  for (auto& one : companions_)
    all.push_back(one.get());
  return all;
}

subject::subject(way how) : how_(how) {
  options.data = directory_.path() + "/data";
  options.disks = 1;
  options.log.segment_bytes = 64 * 1024;
  options.snapshot_events = 500;
  options.hot_keys_max = 1'000;
  options.recent_bytes_max = 4 * 1024;
  options.index_cache_bytes = 1024 * 1024;
  options.index_write_buffer_bytes = 1024 * 1024;
}

subject::~subject() = default;

subject::running& subject::start() {
  if (!system_)
    system_ = actors::node_system::start();
  if (!running_)
    running_ = std::make_unique<running>(system_->get(), *this);
  return *running_;
}

hand_clock& subject::clock_by_hand() {
  outside_.time = &time_;
  return time_;
}

faulty_storage& subject::faulty_disk() {
  outside_.storage = &faulty_disk_;
  // Cases count what a book does, and not what the node does beside it.
  faulty_disk_.only_in("/books");
  return faulty_disk_;
}

actors::supervisor_actor subject::supervisor() { return start().owner.node; }

client& subject::node() { return *start().talk; }

client subject::another() { return start().connect(*this); }

book_client subject::book() { return must(node().book("bank")); }

book_client subject::prepared() {
  auto x = book();
  must(x.register_asset(asset()));
  must(x.open_account(account(cash)));
  must(x.open_account(account(bank)));
  must(x.open_account(account(sales, ledger::account_kind::income)));
  return x;
}

book_client subject::reopened() {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline)
    if (auto x = node().book("bank"); x && x->frontier())
      return *x;
  FAIL("the book does not open again");
  throw std::logic_error{"FAIL throws"};
}

void subject::stop() { running_.reset(); }

void subject::restart(const std::function<void()>& meanwhile) {
  stop();
  if (meanwhile)
    meanwhile();
}

/// The copy is taken beside the running node: it has what a killed process leaves behind.
void subject::crash(const std::function<void()>& afterwards) {
  auto copy = directory_.path() + "/crash-" + std::to_string(++crashes_);
  copy_as_after_a_crash(options.data, copy);
  if (afterwards)
    afterwards();
  stop();
  options.data = copy;
}

// -- words of the cases -------------------------------------------------------------------------

std::vector<actors::recorded_event> all_events(const book_client& book, std::uint32_t page) {
  std::vector<actors::recorded_event> all;
  for (std::optional<event_seq> from{1}; from;) {
    auto found = must(book.events({*from, page}));
    all.insert(all.end(), found.items.begin(), found.items.end());
    from = found.next;
  }
  return all;
}

void kill(const book_client& book) {
  REQUIRE(comes_true([&] { return book.handle() || !book.frontier(); }));
  auto victim = book.handle();
  REQUIRE(victim);
  caf::scoped_actor self{victim.home_system()};
  self->monitor(victim);
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  auto has_ended = false;
  self->receive([&](const caf::down_msg&) { has_ended = true; }, caf::after(patience) >> [] {});
  REQUIRE(has_ended);
}

namespace {

std::vector<std::string> book_files(const subject& here, const std::string& extension) {
  std::vector<std::string> paths;
  for (auto& entry : fs::directory_iterator{here.book_directory()})
    if (entry.path().extension() == extension)
      paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

} // namespace

std::vector<std::string> segments_of(const subject& here) { return book_files(here, ".log"); }

std::vector<std::string> snapshots_of(const subject& here) { return book_files(here, ".snap"); }

std::map<std::string, std::string> files_below(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (auto& entry : fs::recursive_directory_iterator{directory})
    if (entry.is_regular_file()) {
      std::ifstream file{entry.path(), std::ios::binary};
      files[entry.path()] = {std::istreambuf_iterator<char>{file}, {}};
    }
  return files;
}

void spoil(const std::string& path, std::uint64_t offset) {
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  REQUIRE(file);
  file.seekg(static_cast<std::streamoff>(offset));
  auto byte = file.get();
  REQUIRE(file);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(byte ^ 0x5a));
}

/// What found no room is sent again: in one message nothing is accepted behind it.
result<std::vector<ledger::receipt>> try_to_sell(const book_client& book, const std::string& prefix,
                                                 int count) {
  std::vector<ledger::receipt> receipts;
  while (receipts.size() < static_cast<std::size_t>(count)) {
    std::vector<ledger::command> xs;
    for (auto i = static_cast<int>(receipts.size()); i < count && xs.size() < 100; ++i)
      xs.emplace_back(sale(prefix + std::to_string(i)));
    auto outcomes = book.commit(std::move(xs));
    if (!outcomes)
      return fail(std::move(outcomes.error()));
    for (auto& outcome : *outcomes) {
      if (outcome)
        receipts.push_back(*outcome);
      else if (outcome.error().code() != ec::overloaded)
        return fail(std::move(outcome.error()));
    }
  }
  return receipts;
}

std::vector<ledger::receipt> sell(const book_client& book, const std::string& prefix, int count) {
  return must(try_to_sell(book, prefix, count));
}

bool is_repeat_of(const ledger::receipt& again, const ledger::receipt& first) {
  auto expected = first;
  expected.deduplicated = true;
  return again == expected;
}

} // namespace daybook::test
