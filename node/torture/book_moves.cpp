#include "node/torture/book_moves.hpp"

#include "node/torture/node_process.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <string_view>

namespace daybook::node::torture {

namespace {

/// A move that takes longer has been forgotten by somebody.
constexpr std::chrono::minutes patience{1};

/// The last thing that was said in a file: an error of a command, as JSON.
error last_error(const std::string& path) {
  std::ifstream file{path};
  std::string last;
  for (std::string line; std::getline(file, line);)
    last = line;
  auto object = nlohmann::json::parse(last, nullptr, false);
  auto text = [&](const char* name) {
    auto is_there = object.is_object() && object.contains(name) && object[name].is_string();
    return is_there ? object[name].get<std::string>() : std::string{};
  };
  ec code{};
  if (!from_string(text("error"), code))
    return {ec::internal, "a move ended with '" + last + "'"};
  return {code, text("message")};
}

} // namespace

result<void> book_mover::move(const address& through, const std::string& book,
                              const std::string& to) const {
  auto process = child_process::start({program_, "book", "move", "--connect", to_string(through),
                                       "--book", book, "--to", to, "--json"},
                                      log_);
  if (!process)
    return fail(std::move(process.error()));
  auto code = process->wait(patience);
  if (!code)
    return fail(ec::timed_out, "the move did not end within a minute");
  return code == 0 ? result<void>{} : fail(last_error(log_));
}

bool is_clean_refusal(const error& x) {
  switch (x.code()) {
  case ec::busy:
  case ec::unavailable:
  case ec::io:
  case ec::overloaded:
  case ec::restarting:
    return true;
  default:
    return false;
  }
}

} // namespace daybook::node::torture
