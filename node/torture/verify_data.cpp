#include "node/torture/verify_data.hpp"

#include "node/torture/node_process.hpp"

#include <fmt/format.h>

#include <chrono>

namespace daybook::node::torture {

namespace {

/// For what takes long in a large book, and must come in the end.
constexpr std::chrono::minutes patience{5};

} // namespace

void verify_data(const std::string& program, const std::string& data, const std::string& where,
                 const std::string& log, violations& found) {
  auto process = child_process::start({program, "verify", "--data", data}, log);
  if (!process)
    return found.add({"not_verified", where, process.error().message()});
  while (process->read_line(patience)) {
  }
  auto code = process->wait(patience);
  if (code != 0)
    found.add({"not_verified", where,
               fmt::format("`daybook verify` ended with {}; its words are in {}",
                           code ? std::to_string(*code) : "nothing", log)});
}

} // namespace daybook::node::torture
