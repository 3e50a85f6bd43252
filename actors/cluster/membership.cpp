#include "actors/cluster/membership.hpp"

#include "actors/cluster/placement.hpp"
#include "base/check.hpp"
#include "base/names.hpp"

#include <algorithm>
#include <utility>

namespace daybook::actors {

namespace {

/// Of what another node says; it may be wrong, and must not make this one's record unusable.
bool is_sane(const node_report& x) {
  return check_node_name(x.node) && x.number < version_end && x.strays.size() <= strays_max &&
         std::ranges::all_of(
             x.strays, [](auto& book) { return check_book_name(book).has_value(); });
}

} // namespace

// -- what is known at one moment ------------------------------------------------------------------

cluster_picture::cluster_picture(const cluster_record& x, bool is_joining)
    : self_(x.node), map_(x.map) {
  if (is_joining)
    unheard_.push_back(self_);
  for (auto& member : map_.members) {
    if (member.node == self_)
      continue;
    auto report = std::ranges::find(x.reports, member.node, &node_report::node);
    if (report == x.reports.end() || report->map_rank != map_.rank())
      unheard_.push_back(member.node);
    // What an older report says is mostly still so, and a wrong way is only longer.
    if (report != x.reports.end())
      for (auto& book : report->strays)
        strays_.emplace(book, member.node);
  }
}

placing cluster_picture::place(const std::string& book) const {
  using enum placing::verdict;
  if (auto stray = strays_.find(book); stray != strays_.end())
    return {elsewhere, *map_.find(stray->second)};
  auto* owner = place_of(map_, book);
  if (!owner)
    return {};
  if (owner->node != self_)
    return {elsewhere, *owner};
  return {unheard_.empty() ? here : undecided, *owner};
}

// -- making one -----------------------------------------------------------------------------------

result<membership> membership::restore(cluster_record kept, std::string_view node) {
  if (kept.node != node)
    return fail(ec::invalid_argument,
                "the data directory is of the node '" + kept.node + "', and not of '" +
                    std::string{node} + "': give its own, or the name that it had",
                {{"field", "node"}, {"node", kept.node}});
  if (auto valid = check(kept.map); !valid)
    return fail(ec::corrupt, "the shard map that was kept is none: " + valid.error().message(),
                valid.error().fields());
  membership x{std::move(kept)};
  x.drop_reports_of_strangers();
  return x;
}

result<membership> membership::begin(const std::string& node, std::vector<cluster_member> members) {
  auto map = first_map(std::move(members));
  if (!map)
    return fail(std::move(map.error()));
  DAYBOOK_CHECK(map->find(node));
  return membership{cluster_record{node, std::move(*map), {}}};
}

// -- what others know -----------------------------------------------------------------------------

cluster_digest membership::digest() const {
  cluster_digest x{self(), map().cluster, map().rank(), {}};
  for (auto& report : record_.reports)
    x.reports.emplace(report.node, report.number);
  return x;
}

result<cluster_news> membership::news_for(const cluster_digest& other) const {
  if (other.cluster != map().cluster)
    return fail(ec::invalid_argument, "the node '" + other.node + "' is of another cluster",
                {{"field", "cluster"}, {"node", other.node}});
  cluster_news x;
  if (map().rank() > other.map_rank)
    x.map = map();
  for (auto& report : record_.reports)
    if (auto known = other.reports.find(report.node);
        known == other.reports.end() || known->second < report.number)
      x.reports.push_back(report);
  return x;
}

bool membership::is_behind(const cluster_digest& other) const {
  if (other.cluster != map().cluster)
    return false;
  return other.map_rank > map().rank() || std::ranges::any_of(other.reports, [&](auto& x) {
           auto* known = report_of(x.first);
           return map().find(x.first) && (!known || known->number < x.second);
         });
}

result<bool> membership::take(cluster_news news) {
  auto is_new = false;
  if (news.map && news.map->cluster != map().cluster)
    return fail(ec::invalid_argument, "the map is of another cluster", {{"field", "cluster"}});
  if (news.map && news.map->rank() > map().rank()) {
    if (auto valid = check(*news.map); !valid)
      return fail(std::move(valid.error()));
    record_.map = std::move(*news.map);
    is_new = true;
  }
  for (auto& report : news.reports) {
    if (!is_sane(report))
      continue;
    auto* known = report_of(report.node);
    if (known && known->number >= report.number)
      continue;
    // Nobody knows better than the node itself what it has. But one that has lost its record has to
    // go on behind the numbers that the others know.
    if (report.node != self())
      keep(std::move(report));
    else if (number_floor_ = report.number; known)
      keep({self(), known->map_rank, report.number + 1, known->strays});
    is_new = true;
  }
  drop_reports_of_strangers();
  return is_new;
}

// -- changes --------------------------------------------------------------------------------------

void membership::change(shard_map next) {
  DAYBOOK_CHECK(next.rank() > map().rank() && next.cluster == map().cluster);
  record_.map = std::move(next);
  drop_reports_of_strangers();
}

result<void> membership::join(shard_map next) {
  if (auto valid = check(next); !valid)
    return valid;
  if (!next.find(self()))
    return fail(ec::invalid_argument, "the map does not name the node '" + self() + "'",
                {{"field", "node"}, {"node", self()}});
  if (next.cluster == map().cluster) {
    if (next.rank() > map().rank())
      change(std::move(next));
    if (!map().find(self()))
      return fail(ec::busy, "the map was changed meanwhile: do it again", {{"what", "map"}});
    return {};
  }
  if (map().members.size() > 1)
    return fail(ec::already_exists, "the node '" + self() + "' is in a cluster with others",
                {{"what", self()}});
  record_.map = std::move(next);
  record_.reports.clear();
  return {};
}

bool membership::has_reported() const {
  auto* known = report_of(self());
  return known && known->map_rank == map().rank();
}

bool membership::has_strays() const {
  auto* known = report_of(self());
  return known && !known->strays.empty();
}

bool membership::report(const std::vector<std::string>& books) {
  node_report x{
      .node = self(), .map_rank = map().rank(), .number = number_floor_ + 1, .strays = {}};
  for (auto& book : books)
    if (auto* place = place_of(map(), book); !place || place->node != self())
      x.strays.push_back(book);
  if (auto* known = report_of(self())) {
    x.number = known->number;
    if (*known == x)
      return false;
    ++x.number;
  }
  keep(std::move(x));
  return true;
}

const node_report* membership::report_of(const std::string& node) const {
  auto known = std::ranges::find(record_.reports, node, &node_report::node);
  return known == record_.reports.end() ? nullptr : &*known;
}

void membership::keep(node_report x) {
  auto at = std::ranges::lower_bound(record_.reports, x.node, {}, &node_report::node);
  if (at != record_.reports.end() && at->node == x.node)
    *at = std::move(x);
  else
    record_.reports.insert(at, std::move(x));
}

/// Of nodes that are no members nobody asks where a book is. But a node keeps what it has said
/// itself, so that its numbers grow.
void membership::drop_reports_of_strangers() {
  std::erase_if(record_.reports, [&](auto& x) { return x.node != self() && !map().find(x.node); });
}

} // namespace daybook::actors
