#include "node/bench/transaction_source.hpp"

#include <fmt/format.h>

namespace daybook::node::bench {

std::string account_path(std::uint32_t n) { return fmt::format("assets:bench:{:06}", n); }

transaction_source::transaction_source(const load_options& options, std::size_t client)
    : postings_(options.postings),
      prefix_(fmt::format("{}-{:02}-", options.run, client)),
      random_(client) {
  for (std::uint32_t i = 0; i < options.accounts; ++i)
    paths_.push_back(account_path(i));
  if (options.zipf > 1)
    zipf_.emplace(options.accounts - 1, options.zipf);
}

ledger::transaction transaction_source::next() {
  ledger::transaction x;
  x.key = fmt::format("{}{:014}", prefix_, serial_++);
  x.postings.reserve(postings_);
  for (std::uint32_t i = 0; i < postings_; i += 2) {
    auto debit = pick_account();
    auto credit = pick_account();
    if (credit == debit)
      credit = (debit + 1) % static_cast<std::uint32_t>(paths_.size());
    ledger::amount value{static_cast<std::int64_t>(1 + pick(100'000))};
    x.postings.push_back({paths_[debit], value, {}, ledger::side::debit});
    x.postings.push_back({paths_[credit], value, {}, ledger::side::credit});
  }
  return x;
}

std::uint32_t transaction_source::pick(std::uint32_t bound) {
  return std::uniform_int_distribution<std::uint32_t>{0, bound - 1}(random_);
}

std::uint32_t transaction_source::pick_account() {
  return zipf_ ? (*zipf_)(random_) : pick(static_cast<std::uint32_t>(paths_.size()));
}

} // namespace daybook::node::bench
