#include "ledger/validation.hpp"

#include "base/names.hpp"
#include "ledger/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace daybook::ledger {

namespace {

tl::unexpected<error> invalid(std::string field, std::string message) {
  return fail(ec::invalid_argument, std::move(message), {{"field", std::move(field)}});
}

tl::unexpected<error> too_large(std::string what, std::string unit, std::size_t size,
                                std::size_t limit) {
  auto message =
      fmt::format("the transaction has {} {}, and at most {} are allowed", size, unit, limit);
  return fail(ec::limit_exceeded, std::move(message),
              {{"what", std::move(what)},
               {"limit", std::to_string(limit)},
               {"would_be", std::to_string(size)}});
}

/// The side on which the account grows.
result<side> resolve_side(const account_definition& x) {
  auto by_kind = default_normal_side(x.kind);
  auto chosen = x.normal_side.value_or(by_kind);
  if (!is_known(chosen))
    return invalid("normal_side", fmt::format("the normal side of account \"{}\" is neither debit "
                                              "nor credit",
                                              printable(x.path)));
  if (chosen != by_kind && x.kind != account_kind::clearing)
    return invalid("normal_side",
                   fmt::format("account \"{}\" is of kind {}, whose normal side is {}; leave the "
                               "side out, or choose another kind",
                               printable(x.path), to_string(x.kind), to_string(by_kind)));
  return chosen;
}

result<void> check_sizes(const transaction_content& x, std::size_t postings, const limits& bounds) {
  if (postings == 0)
    return invalid("postings", "the transaction has no postings; give at least two that balance");
  if (postings > bounds.postings_max)
    return too_large("postings", "postings", postings, bounds.postings_max);
  if (x.metadata.size() > bounds.metadata_bytes_max)
    return too_large("metadata", "bytes of metadata", x.metadata.size(), bounds.metadata_bytes_max);
  if (x.refs.size() > bounds.refs_max)
    return too_large("refs", "references", x.refs.size(), bounds.refs_max);
  return {};
}

result<void> check_labels(const transaction_content& x) {
  for (auto& ref : x.refs) {
    if (auto ok = check_label("reference kind", ref.kind); !ok)
      return ok;
    if (auto ok = check_label("reference value", ref.value); !ok)
      return ok;
  }
  return check_links(x.correlation_id, x.causation_id);
}

result<void> check_posting(const posting& x, const asset_entry& held, const chart& accounts) {
  auto& asset = held.definition;
  if (!x.asset.empty() && x.asset != asset.id) {
    if (!accounts.find_asset(x.asset))
      return fail(unknown_asset(x.asset));
    return fail(asset_mismatch(x.account, asset.id, x.asset));
  }
  if (!is_known(x.direction))
    return invalid("direction", fmt::format("a posting to account \"{}\" is neither debit nor "
                                            "credit",
                                            printable(x.account)));
  if (!x.value.is_positive())
    return fail(amount_not_positive(x.account, to_decimal(x.value, asset.precision)));
  return {};
}

} // namespace

result<void> check_asset(const asset_definition& x) {
  if (auto ok = check_asset_id(x.id); !ok)
    return ok;
  if (!is_known(x.cls))
    return invalid("class", fmt::format("the class of asset \"{}\" is none of fiat, crypto and "
                                        "other",
                                        printable(x.id)));
  if (x.precision > precision_max)
    return invalid("precision", fmt::format("asset \"{}\" would have {} decimals, and at most {} "
                                            "are allowed",
                                            printable(x.id), x.precision, precision_max));
  if (!x.name.empty())
    return check_label("asset name", x.name);
  return {};
}

result<account_definition> resolve_account(const account_definition& x, const chart& accounts) {
  if (auto ok = check_account_path(x.path); !ok)
    return fail(std::move(ok.error()));
  if (!accounts.find_asset(x.asset))
    return fail(unknown_asset(x.asset));
  if (!is_known(x.kind))
    return invalid("kind", fmt::format("the kind of account \"{}\" is none of asset, liability, "
                                       "equity, income, expense and clearing",
                                       printable(x.path)));
  auto chosen = resolve_side(x);
  if (!chosen)
    return fail(std::move(chosen.error()));
  if (x.min_balance && x.max_balance && *x.min_balance > *x.max_balance)
    return invalid("min_balance", fmt::format("the minimum balance of account \"{}\" is above its "
                                              "maximum",
                                              printable(x.path)));
  auto resolved = x;
  resolved.normal_side = *chosen;
  return resolved;
}

result<void> check_links(std::string_view correlation_id, std::string_view causation_id) {
  if (!correlation_id.empty())
    if (auto ok = check_label("correlation id", correlation_id); !ok)
      return ok;
  if (!causation_id.empty())
    return check_label("causation id", causation_id);
  return {};
}

result<void> check_content(const transaction_content& x, std::size_t postings,
                           const limits& bounds) {
  if (auto ok = check_sizes(x, postings, bounds); !ok)
    return ok;
  if (auto ok = check_labels(x); !ok)
    return ok;
  if (!is_valid_utf8(x.metadata))
    return invalid("metadata", "the metadata must be valid UTF-8");
  return {};
}

result<void> resolve_postings(std::span<const posting> postings, const chart& accounts,
                              std::vector<posted_entry>& entries) {
  entries.clear();
  for (auto& x : postings) {
    auto n = accounts.find_account(x.account);
    if (!n)
      return fail(unknown_account(x.account));
    if (auto ok = check_posting(x, accounts.asset_of(*n), accounts); !ok)
      return ok;
    entries.push_back({*n, x.direction, x.value});
  }
  return {};
}

} // namespace daybook::ledger
