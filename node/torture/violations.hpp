#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace daybook::node::torture {

/// Something that must never happen, and did.
struct violation {
  std::string what;   ///< a stable name, such as `lost_write`
  std::string where;  ///< the book or the node
  std::string detail; ///< one sentence with the facts
};

/// Counts what is wrong and keeps the first of each kind. One thread.
class violations {
public:
  static constexpr std::uint64_t kept_max = 10; ///< of each kind

  void add(violation x) {
    if (counts_[x.what]++ < kept_max)
      kept_.push_back(std::move(x));
  }

  void add_all(const violations& others) {
    for (auto& x : others.kept_)
      add(x);
    for (auto& [what, count] : others.counts_)
      counts_[what] += count - std::min(count, kept_max);
  }

  std::uint64_t count() const {
    std::uint64_t sum = 0;
    for (auto& [what, count] : counts_)
      sum += count;
    return sum;
  }

  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }
  const std::vector<violation>& kept() const { return kept_; }

private:
  std::map<std::string, std::uint64_t> counts_; ///< by kind
  std::vector<violation> kept_;
};

} // namespace daybook::node::torture
