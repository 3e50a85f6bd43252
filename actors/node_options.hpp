#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/random.hpp"
#include "log/book_log.hpp"
#include "log/data_directory.hpp"
#include "log/storage.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace daybook::actors {

/// How a node runs. Every default is a good one.
struct node_options {
  std::string data;   ///< the data directory
  bool create = true; ///< make the data directory if it is missing
  log::log_options log{};
  limits bounds{};
  batch_limits batch{};
  std::size_t disks = 4;   ///< threads that write; a book always uses the same one
  std::size_t readers = 1; ///< threads that scan logs for events and history
};

/// What the actors of a node share: the options and the seams to the outside. Immutable; the seams
/// may be called from any thread and outlive the actor system.
struct environment {
  node_options options;
  std::shared_ptr<log::data_directory> directory;
  log::storage* storage = nullptr;
  const clock* time = nullptr;
  random_source* random = nullptr;
};

} // namespace daybook::actors
