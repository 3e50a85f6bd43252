#include "node/torture/crowd.hpp"

#include <chrono>
#include <utility>

namespace daybook::node::torture {

namespace {

using steady = std::chrono::steady_clock;

/// For what takes long in a large book, and must come in the end.
constexpr std::chrono::minutes patience{5};

} // namespace

void crowd::add(book_user::setup who, std::unique_ptr<book_session> session) {
  users_.push_back({std::make_unique<book_user>(std::move(who), std::move(session))});
}

void crowd::start() {
  for (auto& user : users_)
    user.thread = std::thread{[this, client = user.client.get()] { run(*client); }};
}

void crowd::run(book_user& client) {
  while (!settling_)
    client.act();
  auto deadline = steady::now() + patience;
  while (steady::now() < deadline && client.settle()) {
  }
}

void crowd::settle() {
  settling_ = true;
  for (auto& user : users_)
    if (user.thread.joinable())
      user.thread.join();
}

void crowd::tell(torture_report& report, const std::string& where) {
  for (auto& user : users_) {
    report.operations.add(user.client->counts());
    if (user.client->settle())
      report.found.add({"not_recovered", where,
                        "a client could not learn the outcome of a write: " +
                            to_string(user.client->problem())});
    if (auto closed = user.client->close(); !closed)
      report.found.add({"no_history", where, closed.error().message()});
  }
}

} // namespace daybook::node::torture
