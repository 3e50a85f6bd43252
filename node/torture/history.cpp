#include "node/torture/history.hpp"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

namespace daybook::node::torture {

history_writer::history_writer(const std::string& path) : path_(path), file_(path) {}

void history_writer::add(const operation& x) { file_ << to_json(x) << '\n'; }

result<void> history_writer::close() {
  file_.close();
  if (file_)
    return {};
  return fail(ec::io, "cannot write the history to " + path_ + ": make room for it",
              {{"path", path_}, {"operation", "write"}});
}

history_source read_history(const std::string& path) {
  auto file = std::make_shared<std::ifstream>(path);
  auto was_opened = file->is_open();
  return [file, path, was_opened]() -> result<std::optional<operation>> {
    std::string line;
    if (was_opened && !std::getline(*file, line) && file->eof())
      return std::nullopt;
    if (!*file)
      return fail(ec::io, "cannot read the history in " + path, {{"path", path}});
    auto parsed = operation_from_json(line);
    if (!parsed)
      return fail(std::move(parsed.error()));
    return std::optional{std::move(*parsed)};
  };
}

namespace {

/// Where one client's history stands.
struct client_history {
  history_source source;
  std::optional<operation> current{};
  bool has_begun = false;

  instant time() const { return has_begun ? current->completed : current->invoked; }

  result<void> advance() {
    auto last = current ? current->completed : 0;
    auto next = source();
    if (!next)
      return fail(std::move(next.error()));
    current = std::move(*next);
    has_begun = false;
    if (current && (current->invoked < last || current->completed < current->invoked))
      return fail(ec::corrupt, "the history of a client is not in order of time");
    return {};
  }
};

} // namespace

result<void> replay(std::vector<history_source> sources, std::vector<instant> node_starts,
                    history_checker& checker) {
  std::vector<client_history> clients;
  for (auto& source : sources)
    clients.push_back({std::move(source)});
  for (auto& client : clients)
    if (auto read = client.advance(); !read)
      return read;
  std::ranges::sort(node_starts);
  auto start = node_starts.begin();
  for (;;) {
    std::erase_if(clients, [](auto& client) { return !client.current; });
    if (clients.empty())
      return {};
    auto& next = *std::ranges::min_element(
        clients, {}, [](auto& client) { return std::tuple{client.time(), client.has_begun}; });
    for (; start != node_starts.end() && *start <= next.time(); ++start)
      checker.node_started();
    if (!std::exchange(next.has_begun, true)) {
      checker.begin(*next.current);
      continue;
    }
    checker.end(*next.current);
    if (auto read = next.advance(); !read)
      return read;
  }
}

} // namespace daybook::node::torture
