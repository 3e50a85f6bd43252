#include "actors/event_matcher.hpp"

#include "base/names.hpp"

#include <algorithm>
#include <string>
#include <variant>

namespace daybook::actors {

namespace {

bool is_known(event_kind x) {
  return x >= event_kind::asset_registered && x <= event_kind::account_reopened;
}

std::string_view without_colon(std::string_view prefix) {
  return prefix.ends_with(':') ? prefix.substr(0, prefix.size() - 1) : prefix;
}

template <class... Cases>
struct overloaded : Cases... {
  using Cases::operator()...;
};

} // namespace

bool path_is_within(std::string_view prefix, std::string_view path) {
  prefix = without_colon(prefix);
  return path.starts_with(prefix) &&
         (prefix.empty() || path.size() == prefix.size() || path[prefix.size()] == ':');
}

result<void> check(const event_filter& x) {
  if (!std::ranges::all_of(x.kinds, is_known))
    return fail(ec::invalid_argument, "the filter names a kind of event that does not exist",
                {{"field", "filter.kinds"}});
  if (x.account_prefixes.size() > filter_prefixes_max)
    return fail(ec::invalid_argument,
                "the filter has more than " + std::to_string(filter_prefixes_max) +
                    " prefixes: name accounts further up, or filter where the events arrive",
                {{"field", "filter.account_prefixes"}});
  for (auto& prefix : x.account_prefixes) {
    if (prefix.empty())
      continue;
    if (auto valid = check_account_path(without_colon(prefix)); !valid)
      return fail(ec::invalid_argument,
                  "no account can be at a prefix of the filter: " + valid.error().message(),
                  {{"field", "filter.account_prefixes"}, {"name", printable(prefix)}});
  }
  return {};
}

event_matcher::event_matcher(event_filter filter, std::shared_ptr<const ledger::chart> chart)
    : prefixes_(std::move(filter.account_prefixes)), chart_(std::move(chart)) {
  for (auto kind : filter.kinds)
    kinds_ |= bit(kind);
  if (filter.kinds.empty())
    kinds_ = ~0U;
}

bool event_matcher::operator()(const ledger::event& x) {
  return std::visit([this](auto& event) { return matches(event); }, x);
}

bool event_matcher::operator()(const recorded_event& x) const {
  auto posted = [this](const std::vector<ledger::posting>& postings) {
    return std::ranges::any_of(postings, [this](auto& p) { return wants_path(p.account); });
  };
  return std::visit(overloaded{
                        [&](const ledger::asset_definition&) {
                          return wants(event_kind::asset_registered) && prefixes_.empty();
                        },
                        [&](const ledger::account_definition& y) {
                          return wants(event_kind::account_opened) && wants_path(y.path);
                        },
                        [&](const ledger::transaction& y) {
                          return wants(event_kind::transaction_posted) &&
                                 (prefixes_.empty() || posted(y.postings));
                        },
                        [&](const ledger::account_closing& y) {
                          return wants(event_kind::account_closed) && wants_path(y.path);
                        },
                        [&](const ledger::account_reopening& y) {
                          return wants(event_kind::account_reopened) && wants_path(y.path);
                        },
                        // Stored as the transaction that it stands for.
                        [](const ledger::reversal&) { return false; },
                    },
                    x.content);
}

bool event_matcher::matches(const ledger::asset_registered&) {
  return wants(event_kind::asset_registered) && prefixes_.empty();
}

bool event_matcher::matches(const ledger::account_opened& x) {
  return wants(event_kind::account_opened) && wants_path(x.definition.path);
}

bool event_matcher::matches(const ledger::transaction_posted& x) {
  return wants(event_kind::transaction_posted) &&
         (prefixes_.empty() ||
          std::ranges::any_of(x.entries, [this](auto& y) { return wants_account(y.account); }));
}

bool event_matcher::matches(const ledger::account_closed& x) {
  return wants(event_kind::account_closed) && wants_account(x.account);
}

bool event_matcher::matches(const ledger::account_reopened& x) {
  return wants(event_kind::account_reopened) && wants_account(x.account);
}

bool event_matcher::wants_account(account_no n) {
  if (prefixes_.empty())
    return true;
  if (n.value() >= accounts_.size())
    accounts_.resize(std::size_t{n.value()} + 1, wanted::unknown);
  auto& known = accounts_[n.value()];
  if (known == wanted::unknown)
    known = wants_path((*chart_)[n].path()) ? wanted::yes : wanted::no;
  return known == wanted::yes;
}

bool event_matcher::wants_path(std::string_view path) const {
  return prefixes_.empty() || std::ranges::any_of(prefixes_, [path](auto& prefix) {
           return path_is_within(prefix, path);
         });
}

} // namespace daybook::actors
