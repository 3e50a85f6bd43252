#include "actors/client.hpp"
#include "actors/node_system.hpp"
#include "log/posix_storage.hpp"
#include "log/verify.hpp"
#include "tests/process/crashing_node/answers.hpp"
#include "tests/process/crashing_node/checks.hpp"
#include "tests/process/crashing_node/crash_points.hpp"
#include "tests/process/crashing_node/named_storage.hpp"
#include "tests/process/crashing_node/workload.hpp"

#include <CLI/CLI.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// A node that kills itself at a named point, and says before what it has acknowledged; and the same
// node when it comes back, which checks that nothing of that is lost.

namespace {

using namespace daybook;
using namespace daybook::test;

enum exit_code : int { done = 0, is_broken = 1, wrong_usage = 2, not_reached = 4 };

struct settings {
  std::string data;
  std::string acknowledged; ///< a file, for a check
  crash_point at;
  bool lists = false;
};

/// Everything happens often.
actors::node_options small_options(const std::string& data) {
  actors::node_options options;
  options.data = data;
  options.disks = 1;
  options.log.segment_bytes = 6 * 1024;
  options.snapshot_events = 7;
  options.hot_keys_max = 12;
  options.flushed_keys_min = 8;
  options.index_cache_bytes = 1024 * 1024;
  options.index_write_buffer_bytes = 4 * 1024;
  options.recent_bytes_max = 1024;
  return options;
}

/// A node in this process from its start to its end, which is in good order.
class life {
public:
  life(const std::string& data, crash_points& points)
      : storage_(files_, [&](std::string_view name) { points.reached(name); }) {
    actors::seams outside{.storage = &storage_, .has_real_files = true};
    outside.on_step = [&](actors::step x) { points.reached(x); };
    node_ = must(actors::spawn_node(system_->get(), small_options(data), outside), "the node");
    client_.emplace(system_->get(), node_);
  }

  ~life() {
    client_.reset();
    caf::scoped_actor self{system_->get()};
    auto patience = std::chrono::seconds{60};
    self->request(node_, patience, actors::atom::stop_v)
        .receive([] {},
                 [](const caf::error& x) {
                   std::fprintf(stderr, "the node does not stop: %s\n", caf::to_string(x).c_str());
                 });
  }

  life(const life&) = delete;
  life& operator=(const life&) = delete;

  book_client book() const { return must(client_->book("main"), "the book"); }

private:
  log::posix_storage files_;
  named_storage storage_;
  std::unique_ptr<actors::node_system> system_ = actors::node_system::start();
  actors::supervisor_actor node_;
  std::optional<client> client_;
};

/// Hands each line to the kernel at once, so that it is known even when this process is killed.
void acknowledge(const std::string& name, event_seq seq) {
  std::printf("acknowledged %llu %s\n", static_cast<unsigned long long>(seq.value()), name.c_str());
  std::fflush(stdout);
}

places read_acknowledged(const std::string& path) {
  places told;
  std::ifstream file{path};
  expect(file.is_open(), "cannot read " + path);
  std::string word;
  std::uint64_t seq = 0;
  for (std::string name; file >> word >> seq && std::getline(file >> std::ws, name);)
    expect(told.emplace(name, seq).first->second == event_seq{seq},
           name + " was acknowledged at two places");
  return told;
}

/// The workload in two lives, so that the second one begins with snapshots and an index.
exit_code run(const settings& wanted) {
  crash_points points{wanted.at};
  auto all = whole_workload();
  auto half = all.size() / 2;
  for (auto part : {std::span{all}.first(half), std::span{all}.subspan(half)}) {
    life now{wanted.data, points};
    auto book = now.book();
    answers heard{book_image{book}.names(), acknowledge};
    perform(book, part, heard);
  }
  auto hits = points.hits();
  if (wanted.lists)
    for (auto& [name, count] : hits)
      std::printf("point %llu %s\n", static_cast<unsigned long long>(count), name.c_str());
  if (wanted.at.name.empty())
    return done;
  std::printf("reached %llu %s\n", static_cast<unsigned long long>(hits[wanted.at.name]),
              wanted.at.name.c_str());
  return not_reached;
}

/// The log by itself, before anybody opens it. What is torn was not acknowledged.
void verify_log(const std::string& data, event_seq at_least, bool may_be_torn) {
  log::posix_storage files;
  auto report = log::verify(files, data + "/books/main", "main", {});
  if (!report && report.error().code() == ec::not_found && at_least == event_seq{})
    return;
  must(report, "the log does not verify");
  expect(report->last_seq >= at_least, "the log ends before what was acknowledged");
  expect(may_be_torn || !report->torn, "the log ends with an incomplete batch");
}

void print(const book_image& image) {
  for (auto& [name, seq] : image.names())
    std::printf("write %s\n", name.c_str());
  for (auto& [path, history] : image.histories())
    std::printf("balance %lld %s\n", static_cast<long long>(image.balance_of(path).value()),
                path.c_str());
}

/// Everything that must hold of a book that was just opened, and of its answers.
book_image check_book(const book_client& book, const places& told) {
  book_image image{book};
  check_acknowledged(image, told);
  check_units(image, whole_workload());
  check_reads(book, image);
  check_repeats(book, image);
  expect(book_image{book}.last() == image.last(), "a repeat or a conflict was written");
  return image;
}

/// Checks what is there, does what is missing, and checks that all is there then. Prints what the
/// book holds in the end.
exit_code check(const settings& wanted) {
  auto told = read_acknowledged(wanted.acknowledged);
  event_seq last;
  for (auto& [name, seq] : told)
    last = std::max(last, seq);
  verify_log(wanted.data, last, true);
  {
    crash_points nowhere{{}};
    life now{wanted.data, nowhere};
    auto book = now.book();
    answers heard{check_book(book, told).names()};
    perform(book, whole_workload(), heard);
    auto image = check_book(book, told);
    last = image.last();
    print(image);
  }
  verify_log(wanted.data, last, false);
  return done;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App program{"A node that kills itself at a named point, and checks itself when it is back"};
  program.require_subcommand(1);
  settings wanted;
  auto* runs = program.add_subcommand("run", "writes, and prints what is acknowledged");
  runs->add_option("DATA", wanted.data)->required();
  runs->add_option("--crash-at", wanted.at.name, "the point at which it dies");
  runs->add_option("--hit", wanted.at.hit, "the how manieth time")->check(CLI::PositiveNumber);
  runs->add_flag("--list", wanted.lists, "prints each point, and how often it was reached");
  auto* checks = program.add_subcommand("check", "opens what is there, checks it and completes it");
  checks->add_option("DATA", wanted.data)->required();
  checks->add_option("ACKNOWLEDGED", wanted.acknowledged, "what `run` has printed")->required();
  try {
    program.parse(argc, argv);
    return runs->parsed() ? run(wanted) : check(wanted);
  } catch (const CLI::ParseError& problem) {
    return program.exit(problem) == 0 ? done : wrong_usage;
  } catch (const broken& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return is_broken;
  }
}
