#include "node/torture/tortured_node.hpp"

#include "node/torture/node_session.hpp"
#include "node/torture/preparation.hpp"
#include "node/torture/verify_data.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace daybook::node::torture {

namespace {

using std::chrono::milliseconds;

/// For what takes long in a large book, and must come in the end.
constexpr std::chrono::minutes patience{5};

node_driver::setup driver_setup(const std::string& name, std::uint32_t number,
                                const torture_options& options, const std::string& directory,
                                const std::string& data, std::optional<small_disk> disk) {
  node_driver::setup x;
  x.name = name;
  x.command = {options.program, data, directory + "/node.log", options.snapshot_events,
               options.segment_bytes};
  auto possible = options;
  if (!disk)
    std::erase(possible.faults, fault::full_disk);
  x.steps = schedule_of(possible, number);
  x.disk = std::move(disk);
  x.events = directory + "/node.jsonl";
  return x;
}

} // namespace

tortured_node::tortured_node(std::uint32_t number, const torture_options& options,
                             const scratch& place, std::string data, std::optional<small_disk> disk)
    : number_(number),
      options_(options),
      name_("node-" + std::to_string(number)),
      directory_(place.path() + "/" + name_),
      data_(std::move(data)),
      board_(options.books),
      driver_(driver_setup(name_, number, options, directory_, data_, std::move(disk)), board_),
      thread_([this] { driver_.run(); }) {}

/// Also when somebody gave up halfway.
tortured_node::~tortured_node() { end(); }

void tortured_node::end() {
  if (!thread_.joinable())
    return;
  crowd_.settle();
  driver_.end();
  thread_.join();
}

std::string tortured_node::book_name(std::uint32_t book) const {
  return fmt::format("{}-book-{}", name_, book);
}

std::uint32_t tortured_node::first_client(std::uint32_t book) const {
  return (number_ * options_.books + book) * options_.clients;
}

std::string tortured_node::history_of(std::uint32_t book, std::uint32_t client) const {
  return fmt::format("{}/{}-client-{}.jsonl", directory_, book_name(book), client);
}

result<client> tortured_node::connect(milliseconds timeout) {
  auto where = board_.current().where;
  if (!where)
    return fail(ec::io, "the node is down; its log is " + directory_ + "/node.log");
  auto node = actors::connect_node(system_->get(), where->host, where->port);
  if (!node)
    return fail(std::move(node.error()));
  client_options options;
  options.timeout = timeout;
  return client{system_->get(), std::move(*node), options};
}

result<void> tortured_node::prepare(const std::function<bool(std::uint64_t)>& on_progress) {
  driver_.wait_until_up();
  auto node = connect(patience);
  if (!node)
    return fail(std::move(node.error()));
  for (std::uint32_t book = 0; book < options_.books; ++book)
    if (auto made = prepare_book(*node, book_name(book), options_, on_progress); !made)
      return made;
  return {};
}

// -- under faults ---------------------------------------------------------------------------------

void tortured_node::begin() {
  for (std::uint32_t book = 0; book < options_.books; ++book)
    for (std::uint32_t i = 0; i < options_.clients; ++i) {
      auto first = first_client(book);
      crowd_.add({first + i, first, options_.clients, options_.seed, options_.accounts,
                  history_of(book, first + i)},
                 std::make_unique<node_session>(system_->get(), board_, book_name(book), book,
                                                options_.timeout));
    }
  crowd_.start();
  board_.record().begin(now());
  driver_.begin_faults();
}

void tortured_node::end_faults() {
  board_.record().end(now());
  driver_.end_faults();
}

// -- afterwards -----------------------------------------------------------------------------------

void tortured_node::check(torture_report& report) {
  crowd_.tell(report, name_);
  check_books(report);
  end();
  verify_data(options_.program, data_, name_, directory_ + "/verify.log", report.found);
  report.answers.merge(board_.record().sum());
  report.recovery.merge(board_.times());
  report.found.add_all(driver_.found());
  for (auto& [kind, count] : driver_.done())
    report.faults[kind] += count;
}

void tortured_node::check_books(torture_report& report) {
  for (std::uint32_t book = 0; book < options_.books; ++book) {
    auto events = check_one(book, report.found);
    if (events)
      report.events += *events;
    else
      report.found.add({"not_readable", book_name(book), to_string(events.error())});
  }
}

result<std::uint64_t> tortured_node::check_one(std::uint32_t book, violations& found) {
  auto node = connect(patience);
  if (!node)
    return fail(std::move(node.error()));
  auto opened = node->book(book_name(book), actors::open_mode::existing);
  if (!opened)
    return fail(std::move(opened.error()));
  std::vector<std::string> histories;
  for (std::uint32_t i = 0; i < options_.clients; ++i)
    histories.push_back(history_of(book, first_client(book) + i));
  book_facts facts{book_name(book), options_.seed, options_.accounts, options_.transactions};
  return check_book(*opened, facts, histories, board_.starts(), found);
}

} // namespace daybook::node::torture
