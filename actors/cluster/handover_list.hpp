#pragma once

#include "actors/node_options.hpp"
#include "base/result.hpp"
#include "base/shard_map.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::actors {

/// The handovers that one side has to remember over its restarts, in a small file of the cluster
/// directory. A change is durable before it is seen here; after an error the disk may have it or
/// not, and the list is as before. One thread changes it, and blocks; any thread may look.
class handover_list {
public:
  static constexpr std::string_view offers = "offers";     ///< of a carrier
  static constexpr std::string_view arrivals = "arrivals"; ///< of an intake
  static constexpr std::size_t length_max = 1'000;

  handover_list(std::string_view file, std::vector<handover> all)
      : file_(file), all_(std::move(all)) {}

  std::vector<handover> all() const;
  std::optional<handover> of_book(const std::string& book) const;
  bool contains(const handover& x) const;

  /// Errors: `io`; `limit_exceeded` past `length_max`.
  result<void> add(const environment& env, handover x);
  result<void> remove(const environment& env, const handover& x);

private:
  result<void> store(const environment& env, std::vector<handover> next);

  std::string_view file_;
  mutable std::mutex mutex_; ///< for the list
  std::vector<handover> all_;
};

/// What a node remembers of books on their way. The carrier changes the offers, and the intake the
/// arrivals.
struct known_handovers {
  handover_list offers;
  handover_list arrivals;
};

/// From what a former life has left. Forgets arrivals whose books did not come.
/// Errors: `corrupt`, `invalid_argument` (a newer version), `io`.
result<std::shared_ptr<known_handovers>> load_handovers(const environment& env,
                                                        const std::vector<std::string>& books);

} // namespace daybook::actors
