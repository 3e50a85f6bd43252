#pragma once

#include <cstddef>
#include <cstdint>
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

/// Counts what is wrong and keeps the first of it. One thread.
class violations {
public:
  static constexpr std::size_t kept_max = 100;

  void add(violation x) {
    ++count_;
    if (kept_.size() < kept_max)
      kept_.push_back(std::move(x));
  }

  void add_all(const violations& others) {
    count_ += others.count_ - others.kept_.size();
    for (auto& x : others.kept_)
      add(x);
  }

  std::uint64_t count() const { return count_; }
  const std::vector<violation>& kept() const { return kept_; }

private:
  std::uint64_t count_ = 0;
  std::vector<violation> kept_;
};

} // namespace daybook::node::torture
