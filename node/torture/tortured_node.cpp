#include "node/torture/tortured_node.hpp"

#include "node/torture/preparation.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace daybook::node::torture {

namespace {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

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
  settling_ = true;
  for (auto& user : users_)
    if (user.thread.joinable())
      user.thread.join();
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
      book_user::setup setup{first + i,         first,
                             options_.clients,  options_.seed,
                             options_.accounts, history_of(book, first + i)};
      book_session session{system_->get(), board_, book_name(book), book, options_.timeout};
      users_.push_back({std::make_unique<book_user>(std::move(setup), std::move(session))});
    }
  for (auto& user : users_)
    user.thread = std::thread{[this, client = user.client.get()] { run(*client); }};
  driver_.begin_faults();
}

void tortured_node::run(book_user& client) {
  while (!settling_)
    client.act();
  auto deadline = steady::now() + patience;
  while (steady::now() < deadline && client.settle()) {
  }
}

void tortured_node::end_faults() { driver_.end_faults(); }

void tortured_node::settle() {
  settling_ = true;
  for (auto& user : users_)
    user.thread.join();
}

// -- afterwards -----------------------------------------------------------------------------------

void tortured_node::check(torture_report& report) {
  for (auto& user : users_) {
    report.operations.add(user.client->counts());
    if (user.client->settle())
      report.found.add({"not_recovered", name_,
                        "a client could not learn the outcome of a write: " +
                            to_string(user.client->problem())});
    if (auto closed = user.client->close(); !closed)
      report.found.add({"no_history", name_, closed.error().message()});
  }
  check_books(report);
  end();
  verify(report);
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

/// Checksums, chain and rules, by a process that knows nothing but the log.
void tortured_node::verify(torture_report& report) {
  auto log = directory_ + "/verify.log";
  auto process = child_process::start({options_.program, "verify", "--data", data_}, log);
  if (!process)
    return report.found.add({"not_verified", name_, process.error().message()});
  while (process->read_line(patience)) {
  }
  auto code = process->wait(patience);
  if (code != 0)
    report.found.add({"not_verified", name_,
                      fmt::format("`daybook verify` ended with {}; its words are in {}",
                                  code ? std::to_string(*code) : "nothing", log)});
}

} // namespace daybook::node::torture
