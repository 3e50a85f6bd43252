#include "node/overview_rows.hpp"

#include "node/states.hpp"
#include "node/table.hpp"
#include "protocol/json_text.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace daybook::node {

namespace {

using protocol::json_object;

std::size_t count_open(const node_overview& x) {
  return static_cast<std::size_t>(
      std::ranges::count_if(x.books, [](auto& book) { return book.info.open; }));
}

/// It cannot be written now, or could not be opened when it was asked for last.
bool is_broken(const book_overview& x) {
  using enum actors::book_phase;
  auto& info = x.info;
  return info.phase == restarting || info.phase == no_space || info.phase == failed ||
         (!info.open && !info.last_failure.empty());
}

std::size_t count_broken(const node_overview& x) {
  return static_cast<std::size_t>(std::ranges::count_if(x.books, is_broken));
}

/// A directory that is opened here has none.
std::string address_of(const node_overview& x) {
  return x.member.at.host.empty() ? "-" : to_string(x.member.at);
}

/// What a person has to know of a node beside its numbers.
std::string remark_on(const node_overview& x) {
  if (!x.is_up)
    return x.problem;
  if (x.strays > 0)
    return std::to_string(x.strays) + " misplaced";
  return x.has_map ? "" : "older map";
}

std::string remark_on(const book_overview& x) {
  return is_broken(x) ? x.info.last_failure : x.problem;
}

// -- tables -------------------------------------------------------------------------------------

using number = std::pair<const char*, std::uint64_t>;

std::vector<number> numbers_of(const book_details& x) {
  return {{"epoch", x.status.epoch.value()},
          {"accepted", x.status.accepted.value()},
          {"durable", x.status.durable.value()},
          {"queued", x.pressure.queued},
          {"index_lag", index_lag(x)},
          {"applied_lag", x.status.applied_lag},
          {"subscriptions", x.status.subscriptions},
          {"subscription_lag", x.status.subscription_lag}};
}

void print_nodes(output& out, const overview& x) {
  table rows{{"node", "address", "state", " books", " open", " broken", " queued", " behind", ""}};
  for (auto& node : x.nodes) {
    std::vector<std::string> cells{node.member.node.empty() ? "-" : node.member.node,
                                   address_of(node), state_of(node)};
    for (auto n : {node.books.size(), count_open(node), count_broken(node),
                   static_cast<std::size_t>(node.statistics.queued_events),
                   static_cast<std::size_t>(node.statistics.subscription_lag)})
      cells.push_back(node.is_up ? std::to_string(n) : "-");
    cells.push_back(remark_on(node));
    rows.add(std::move(cells));
  }
  for (auto& line : rows.lines())
    out.line(line);
}

void print_books(output& out, const overview& x) {
  table rows{
      {"book", "node", "state", " durable", " queued", " unindexed", " behind", " restarts", ""}};
  auto any = false;
  for (auto& node : x.nodes)
    for (auto& book : node.books) {
      any = true;
      std::vector<std::string> cells{book.info.name,
                                     node.member.node.empty() ? "-" : node.member.node,
                                     to_string(book.info.phase)};
      if (auto& now = book.details)
        for (auto n : {now->status.durable.value(), now->pressure.queued, index_lag(*now),
                       followers_lag(*now)})
          cells.push_back(std::to_string(n));
      else
        cells.insert(cells.end(), 4, "-");
      cells.push_back(std::to_string(book.info.restarts));
      cells.push_back(remark_on(book));
      rows.add(std::move(cells));
    }
  if (!any)
    return;
  out.line("");
  for (auto& line : rows.lines())
    out.line(line);
}

// -- JSON ---------------------------------------------------------------------------------------

std::string json_of(const book_overview& x) {
  json_object line;
  line.add("book", x.info.name)
      .add("state", to_string(x.info.phase))
      .add("open", x.info.open)
      .add("restarts", x.info.restarts);
  if (x.details)
    for (auto& [name, value] : numbers_of(*x.details))
      line.add(name, value);
  if (auto remark = remark_on(x); !remark.empty())
    line.add("problem", remark);
  return line.take();
}

std::string json_of(const node_overview& x, std::uint64_t map_version) {
  json_object line;
  line.add("node", x.member.node)
      .add("address", address_of(x))
      .add("state", state_of(x))
      .add("up", x.is_up);
  if (map_version > 0)
    line.add("map_version", map_version).add("has_map", x.has_map).add("misplaced_books", x.strays);
  if (!x.is_up)
    return line.add("problem", x.problem).take();
  std::string books;
  for (auto& book : x.books)
    books += (books.empty() ? "" : ",") + json_of(book);
  return line.add("accepted", x.statistics.accepted)
      .add("queued", x.statistics.queued_events)
      .add("subscriptions", x.statistics.subscriptions)
      .add("subscription_lag", x.statistics.subscription_lag)
      .add("index_lag", x.statistics.index_lag)
      .add("restarts", x.statistics.restarts)
      .add_json("books", "[" + books + "]")
      .take();
}

} // namespace

void print(output& out, const overview& x) {
  if (out.json()) {
    for (auto& node : x.nodes)
      out.line(json_of(node, x.map_version));
    return;
  }
  print_nodes(out, x);
  print_books(out, x);
}

} // namespace daybook::node
