#pragma once

#include "base/huge_page_allocator.hpp"
#include "base/ids.hpp"
#include "ledger/stable_vector.hpp"

#include <absl/container/flat_hash_set.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace daybook::ledger {

class account_entry;

/// Finds accounts by path. Holds a number and half a hash of each: the paths themselves are in the
/// entries, which are looked at when the hashes agree. For one thread.
class path_index {
public:
  /// The entries must outlive this. The seed keeps those who choose paths from choosing where they
  /// meet.
  path_index(const stable_vector<account_entry>& entries, std::uint64_t seed);

  void reserve(std::size_t accounts) { slots_.reserve(accounts); }

  /// Fetches what `find` and `add` will look at first, which is not in the processor's cache when
  /// there are many accounts.
  void prefetch(std::string_view path) const { slots_.prefetch(look_for(path)); }

  std::optional<account_no> find(std::string_view path) const;

  /// Adds an account, whose entry may still be on its way. False when the path is there.
  bool add(std::string_view path, account_no n);

  void remove(std::string_view path);

private:
  struct slot {
    std::uint32_t hash;
    account_no account;
  };

  struct wanted {
    std::uint32_t hash;
    std::string_view path;
  };

  struct hasher {
    using is_transparent = void;

    /// The set takes its groups from the low bits, so the high ones are folded into them.
    std::size_t operator()(const auto& x) const {
      auto spread = x.hash * std::uint64_t{0x9e3779b97f4a7c15};
      return spread ^ spread >> 32;
    }
  };

  struct equal {
    using is_transparent = void;
    const stable_vector<account_entry>* entries;

    bool operator()(const slot& x, const slot& y) const { return x.account == y.account; }
    bool operator()(const slot& x, const wanted& y) const;
  };

  wanted look_for(std::string_view path) const;

  std::uint64_t seed_;
  absl::flat_hash_set<slot, hasher, equal, huge_page_allocator<slot>> slots_;
};

} // namespace daybook::ledger
