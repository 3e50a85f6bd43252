#pragma once

#include "index/key_directory.hpp"
#include "index/key_filter.hpp"
#include "index/key_merge.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace daybook::index {

/// The idempotency keys of one book, as the store knows them.
struct key_book {
  key_book(key_directory x, std::atomic<std::int64_t>& filter_bytes_left)
      : directory(std::make_shared<const key_directory>(std::move(x))),
        filter(filter_bytes_left),
        last_number(directory->runs.empty() ? 0 : directory->runs.back().number) {
    if (directory->runs.empty())
      filter_has_all = true;
    else
      to_fill = directory->runs;
    for (auto& run : to_fill)
      to_fill_keys += run.keys;
  }

  std::shared_ptr<const key_directory> now() const {
    std::lock_guard guard{mutex};
    return directory;
  }

  void show(key_directory x) {
    auto shared = std::make_shared<const key_directory>(std::move(x));
    std::lock_guard guard{mutex};
    directory = std::move(shared);
  }

  bool wants_filling() const { return !to_fill.empty() && !filter_is_full; }

  // Under `mutex`:
  mutable std::mutex mutex;
  std::shared_ptr<const key_directory> directory;
  key_filter filter;
  bool filter_has_all = false;

  // Of who writes:
  std::uint64_t last_number; ///< of a run, there or being made
  bool is_swept = false;
  bool filter_is_full = false;  ///< there is no room for more: it is of no use
  std::vector<key_run> to_fill; ///< runs whose keys are not in the filter, from `fill_from` on
  std::uint64_t fill_from = 0;  ///< bucket of the first of them
  std::uint64_t to_fill_keys = 0;
  std::optional<key_merge> merging;
};

} // namespace daybook::index
