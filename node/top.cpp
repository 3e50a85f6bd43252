#include "node/top.hpp"

#include "base/timestamp.hpp"
#include "node/states.hpp"
#include "node/table.hpp"
#include "protocol/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

namespace daybook::node {

namespace {

using seconds = std::chrono::duration<double>;

double rate(std::uint64_t before, std::uint64_t now, seconds passed) {
  auto change = now >= before ? now - before : 0;
  return passed.count() > 0 ? static_cast<double>(change) / passed.count() : 0;
}

/// In at most five columns: `0.4`, `1234`, `12.3k`, `480k`, `1.2M`.
std::string short_number(double x) {
  if (x > 0 && x < 9.95)
    return fmt::format("{:.1f}", x);
  if (x < 9'999.5)
    return fmt::format("{:.0f}", x);
  std::string_view units{"kMGT"};
  auto scaled = x / 1e3;
  for (; scaled >= 999.5 && units.size() > 1; units.remove_prefix(1))
    scaled /= 1e3;
  return fmt::format("{:.{}f}{}", scaled, scaled < 99.95 ? 1 : 0, units.front());
}

std::string milliseconds(const actors::duration_counts& x, double share) {
  if (x.total() == 0)
    return "-";
  auto ms = static_cast<double>(x.quantile(share).count()) / 1e3;
  return ms < 10 ? fmt::format("{:.2f}", ms) : fmt::format("{:.0f}", ms);
}

std::string megabytes(double bytes) {
  return bytes < 99.95e6 ? fmt::format("{:.1f}", bytes / 1e6) : short_number(bytes / 1e6);
}

/// The statistics of a node at the look before. One that was not seen then has done nothing yet, as
/// far as anybody can tell; one whose counters went back is another process, and began with
/// nothing.
actors::node_statistics earlier(const overview& before, const node_overview& node) {
  auto found = std::ranges::find_if(
      before.nodes, [&](auto& x) { return x.member.node == node.member.node && x.is_up; });
  if (found == before.nodes.end())
    return node.statistics;
  auto& then = found->statistics;
  auto went_back =
      node.statistics.accepted < then.accepted || node.statistics.batches < then.batches;
  return went_back ? actors::node_statistics{} : then;
}

std::uint64_t turned_away(const actors::node_statistics& x) {
  return x.refused + x.overloaded + x.unavailable + x.unknown;
}

std::vector<std::string> node_row(const std::string& name, const std::string& state,
                                  const actors::node_statistics& before,
                                  const actors::node_statistics& now, seconds passed) {
  auto commits = now.commits.since(before.commits);
  return {name,
          state,
          short_number(rate(before.accepted, now.accepted, passed)),
          short_number(rate(turned_away(before), turned_away(now), passed)),
          short_number(rate(before.syncs, now.syncs, passed)),
          megabytes(rate(before.log_bytes, now.log_bytes, passed)),
          milliseconds(commits, 0.5),
          milliseconds(commits, 0.99),
          short_number(static_cast<double>(now.queued_events)),
          short_number(static_cast<double>(now.subscription_lag))};
}

table nodes_table(const overview& before, const overview& now, seconds passed) {
  table rows{{"node", "state", " commits", " refused", " syncs", " MB", " p50 ms", " p99 ms",
              " queue", " behind"}};
  actors::node_statistics sum_before;
  actors::node_statistics sum_now;
  for (auto& node : now.nodes) {
    auto name = node.member.node.empty() ? to_string(node.member.at) : node.member.node;
    if (!node.is_up) {
      rows.add({name, "down", "-", "-", "-", "-", "-", "-", "-", "-"});
      continue;
    }
    auto then = earlier(before, node);
    rows.add(node_row(name, state_of(node), then, node.statistics, passed));
    sum_before += then;
    sum_now += node.statistics;
  }
  if (now.nodes.size() > 1)
    rows.add(node_row("all", "", sum_before, sum_now, passed));
  return rows;
}

struct book_line {
  double events_rate = 0;
  std::vector<std::string> cells;
};

book_line line_of(const node_overview& node, const book_overview& book, const book_details* before,
                  seconds passed) {
  book_line line;
  std::string batch = "-";
  std::string queue = "-";
  std::string indexing = "-";
  std::string following = "-";
  if (book.details) {
    auto& now = book.details->status;
    // The counters are those of an incarnation.
    auto is_same = before && before->status.epoch == now.epoch;
    auto& then = is_same ? before->status : now;
    line.events_rate = rate(then.events, now.events, passed);
    if (now.batches > then.batches)
      batch = short_number(static_cast<double>(now.events - then.events) /
                           static_cast<double>(now.batches - then.batches));
    queue = short_number(static_cast<double>(book.details->pressure.queued));
    indexing = short_number(static_cast<double>(index_lag(*book.details)));
    following = short_number(static_cast<double>(followers_lag(*book.details)));
  }
  line.cells = {book.info.name,
                node.member.node.empty() ? "-" : node.member.node,
                to_string(book.info.phase),
                book.details ? short_number(line.events_rate) : "-",
                batch,
                queue,
                indexing,
                following,
                std::to_string(book.info.restarts)};
  return line;
}

std::vector<book_line> book_lines(const overview& before, const overview& now, seconds passed) {
  std::map<std::pair<std::string, std::string>, const book_details*> earlier;
  for (auto& node : before.nodes)
    for (auto& book : node.books)
      if (book.details)
        earlier[{node.member.node, book.info.name}] = &*book.details;
  std::vector<book_line> lines;
  for (auto& node : now.nodes)
    for (auto& book : node.books) {
      auto is_quiet = !book.info.open && book.info.phase == actors::book_phase::closed;
      auto known = earlier.find({node.member.node, book.info.name});
      if (!is_quiet)
        lines.push_back(
            line_of(node, book, known == earlier.end() ? nullptr : known->second, passed));
    }
  std::ranges::stable_sort(lines, std::greater{}, &book_line::events_rate);
  return lines;
}

std::string summary(const overview& x, timestamp at) {
  std::size_t up = 0;
  std::size_t books = 0;
  std::size_t open = 0;
  for (auto& node : x.nodes) {
    up += node.is_up ? 1 : 0;
    books += node.books.size();
    open += static_cast<std::size_t>(
        std::ranges::count_if(node.books, [](auto& book) { return book.info.open; }));
  }
  auto time = daybook::to_string(at).substr(0, 19);
  return fmt::format("daybook  {} of {} nodes up, {} books, {} open  {}Z", up, x.nodes.size(),
                     books, open, time);
}

} // namespace

std::vector<std::string> top_frame(const overview& before, const overview& now,
                                   std::chrono::duration<double> passed, timestamp at,
                                   frame_size size) {
  std::vector<std::string> frame{
      cut_to(summary(now, at), size.columns),
      cut_to("commits, refused, syncs, MB and events are per second", size.columns), ""};
  for (auto& line : nodes_table(before, now, passed).lines(size.columns))
    frame.push_back(line);
  auto lines = book_lines(before, now, passed);
  if (!lines.empty()) {
    table books{{"book", "node", "state", " events", " batch", " queue", " unindexed", " behind",
                 " restarts"}};
    for (auto& line : lines)
      books.add(std::move(line.cells));
    frame.emplace_back();
    for (auto& line : books.lines(size.columns))
      frame.push_back(line);
  }
  if (size.rows > 0 && frame.size() > size.rows)
    frame.resize(size.rows);
  return frame;
}

std::vector<std::string> top_json(const overview& before, const overview& now,
                                  std::chrono::duration<double> passed) {
  std::vector<std::string> lines;
  for (auto& node : now.nodes) {
    protocol::json_object line;
    line.add("node", node.member.node)
        .add("address", to_string(node.member.at))
        .add("state", state_of(node));
    if (node.is_up) {
      auto then = earlier(before, node);
      auto& x = node.statistics;
      auto per_second = [&](const char* name, std::uint64_t from, std::uint64_t to) {
        line.add(name, static_cast<std::uint64_t>(std::llround(rate(from, to, passed))));
      };
      auto commits = x.commits.since(then.commits);
      auto appends = x.appends.since(then.appends);
      auto us = [](std::chrono::microseconds time) {
        return static_cast<std::uint64_t>(time.count());
      };
      per_second("accepted_per_s", then.accepted, x.accepted);
      per_second("deduplicated_per_s", then.deduplicated, x.deduplicated);
      per_second("refused_per_s", turned_away(then), turned_away(x));
      per_second("events_per_s", then.events, x.events);
      per_second("batches_per_s", then.batches, x.batches);
      per_second("syncs_per_s", then.syncs, x.syncs);
      per_second("log_bytes_per_s", then.log_bytes, x.log_bytes);
      line.add("commit_p50_us", us(commits.quantile(0.5)))
          .add("commit_p99_us", us(commits.quantile(0.99)))
          .add("append_p50_us", us(appends.quantile(0.5)))
          .add("append_p99_us", us(appends.quantile(0.99)))
          .add("queued", x.queued_events)
          .add("subscriptions", x.subscriptions)
          .add("subscription_lag", x.subscription_lag)
          .add("index_lag", x.index_lag);
    }
    lines.push_back(line.take());
  }
  return lines;
}

} // namespace daybook::node
