#include "actors/cluster/refusals.hpp"

#include "base/names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::actors {

namespace {

/// What is in order soon is asked for again.
constexpr auto retry_after_us = "200000";

error is_undecided(const std::string& book, const cluster_picture& known) {
  auto nodes = fmt::format("{}", fmt::join(known.unheard(), ", "));
  return {ec::unavailable,
          fmt::format("the book '{}' is new here, and {} did not say yet whether they have it: "
                      "nothing was accepted, send again",
                      printable(book), nodes),
          {{"node", nodes}, {"what", book}, {"retry_after_us", retry_after_us}}};
}

} // namespace

std::optional<error> refusal_of(const placing& where, const std::string& book,
                                const cluster_picture& known) {
  switch (where.what) {
  case placing::verdict::here:
    return std::nullopt;
  case placing::verdict::elsewhere:
    return is_at(where.owner, book);
  case placing::verdict::undecided:
    return is_undecided(book, known);
  case placing::verdict::nowhere:
    break;
  }
  return has_no_place(book);
}

error has_no_place(const std::string& book) {
  return {ec::unavailable,
          "all nodes are leaving the cluster: none takes a new book",
          {{"what", book}}};
}

error is_disputed(const std::string& book) {
  return {ec::unavailable,
          "the nodes do not agree on where the book '" + printable(book) +
              "' is: nothing was accepted, send again",
          {{"what", book}, {"retry_after_us", retry_after_us}}};
}

error is_starting(const environment& env) {
  return {ec::unavailable,
          "the node '" + env.options.cluster->node +
              "' is starting: nothing was accepted, send "
              "again",
          {{"node", env.options.cluster->node}, {"retry_after_us", retry_after_us}}};
}

error is_at(const cluster_member& owner, const std::string& book) {
  return {ec::moved,
          fmt::format("the book '{}' is at the node '{}': nothing was accepted, ask there",
                      printable(book), owner.node),
          {{"node", owner.node}, {"address", to_string(owner.at)}, {"what", book}}};
}

} // namespace daybook::actors
