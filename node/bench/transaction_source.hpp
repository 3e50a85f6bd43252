#pragma once

#include "ledger/types.hpp"
#include "node/bench/load_options.hpp"

#include <absl/random/zipf_distribution.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace daybook::node::bench {

/// The path of an account of a book that is measured.
std::string account_path(std::uint32_t n);

/// Makes the transactions of one client: the same ones for the same options and number, but for the
/// run in their keys. Half of the postings are debits; no account has both sides of a pair.
class transaction_source {
public:
  transaction_source(const load_options& options, std::size_t client);

  ledger::transaction next();

private:
  std::uint32_t pick(std::uint32_t bound);
  std::uint32_t pick_account();

  std::uint32_t postings_;
  std::string prefix_;
  std::mt19937_64 random_;
  std::optional<absl::zipf_distribution<std::uint32_t>> zipf_;
  std::uint64_t serial_ = 0;
  std::vector<std::string> paths_;
};

} // namespace daybook::node::bench
