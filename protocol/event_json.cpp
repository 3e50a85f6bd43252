#include "protocol/event_json.hpp"

#include "base/check.hpp"
#include "base/names.hpp"
#include "protocol/fields.hpp"
#include "protocol/json_compactor.hpp"

#include <limits>

namespace daybook::protocol {

namespace {

void add(json_object& out, field name, std::string_view value) { out.add(name_of(name), value); }

void add_if_any(json_object& out, field name, std::string_view value) {
  if (!value.empty())
    add(out, name, value);
}

/// `[…]` of the objects that `write_one` fills.
template <class Range, class WriteOne>
std::string array_of(const Range& xs, WriteOne write_one) {
  std::string text = "[";
  for (auto& x : xs) {
    if (text.size() > 1)
      text += ',';
    json_object object;
    write_one(object, x);
    text += object.take();
  }
  return text + ']';
}

/// A program may have stored any text; a line takes an object that fits in it.
std::string as_object(std::string_view metadata) {
  json_compactor compactor{std::numeric_limits<std::size_t>::max()};
  auto read = read_json(metadata, name_of(field::metadata), 1, compactor);
  if (read && compactor.is_object())
    return compactor.take().value();
  return json_object{}.add("text", printable(metadata)).take();
}

void add_content(json_object& out, const ledger::asset_registered& x, const ledger::chart&) {
  auto& asset = x.definition;
  add(out, field::type, asset_type);
  add(out, field::id, asset.id);
  out.add(name_of(field::precision), std::uint64_t{asset.precision});
  add(out, field::cls, to_string(asset.cls));
  add_if_any(out, field::name, asset.name);
}

void add_limit(json_object& out, field name, const std::optional<ledger::amount>& limit,
               const ledger::account_definition& account, const ledger::chart& chart) {
  if (!limit)
    return;
  auto asset = chart.find_asset(account.asset);
  DAYBOOK_CHECK(asset);
  add(out, name, to_decimal(*limit, chart[*asset].definition.precision));
}

void add_content(json_object& out, const ledger::account_opened& x, const ledger::chart& chart) {
  auto& account = x.definition;
  add(out, field::type, account_type);
  add(out, field::path, account.path);
  add(out, field::asset, account.asset);
  add(out, field::kind, to_string(account.kind));
  if (account.normal_side && *account.normal_side != default_normal_side(account.kind))
    add(out, field::normal_side, to_string(*account.normal_side));
  add_limit(out, field::min_balance, account.min_balance, account, chart);
  add_limit(out, field::max_balance, account.max_balance, account, chart);
}

std::string postings_of(const ledger::transaction_posted& x, const ledger::chart& chart) {
  return array_of(x.entries, [&](json_object& out, const ledger::posted_entry& entry) {
    auto& asset = chart.asset_of(entry.account).definition;
    add(out, field::account, chart[entry.account].definition.path);
    add(out, field::amount, to_decimal(entry.value, asset.precision));
    add(out, field::asset, asset.id);
    add(out, field::direction, to_string(entry.direction));
  });
}

std::string refs_of(const ledger::transaction_posted& x) {
  return array_of(x.refs, [](json_object& out, const ledger::external_ref& ref) {
    add(out, field::kind, ref.kind);
    add(out, field::value, ref.value);
  });
}

void add_content(json_object& out, const ledger::transaction_posted& x,
                 const ledger::chart& chart) {
  add(out, field::type, transaction_type);
  add(out, field::key, x.key);
  if (x.occurred_at)
    add(out, field::occurred_at, to_string(*x.occurred_at));
  out.add_json(name_of(field::postings), postings_of(x, chart));
  if (!x.refs.empty())
    out.add_json(name_of(field::refs), refs_of(x));
  if (!x.metadata.empty())
    out.add_json(name_of(field::metadata), as_object(x.metadata));
  add_if_any(out, field::correlation_id, x.correlation_id);
  add_if_any(out, field::causation_id, x.causation_id);
}

} // namespace

void add_event(json_object& out, const ledger::event& x, const ledger::chart& chart) {
  std::visit([&](auto& content) { add_content(out, content, chart); }, x);
}

} // namespace daybook::protocol
