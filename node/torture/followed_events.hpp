#pragma once

#include "node/torture/log_image.hpp"
#include "node/torture/violations.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace daybook::node::torture {

/// What a follower of a book was told: each event once, in order, over everything that happens to
/// the book. 16 bytes for each event. Pure; one thread.
class followed_events {
public:
  explicit followed_events(std::string book) : book_(std::move(book)) {}

  /// The next event of a delivery. `chain` is the beginning of the chain hash.
  void take(std::uint64_t seq, std::uint64_t epoch, std::uint64_t chain);

  /// Of the next event that is wanted.
  std::uint64_t next() const { return told_.size() + 1; }

  /// Compares it with the log, when everything is over.
  void check(const log_image& image);

  const violations& found() const { return found_; }

private:
  struct event {
    std::uint64_t epoch = 0;
    std::uint64_t chain = 0;
  };

  void complain(std::string what, std::string detail);

  std::string book_;
  std::vector<event> told_; ///< by seq
  violations found_;
};

} // namespace daybook::node::torture
