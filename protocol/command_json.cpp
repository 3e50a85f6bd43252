#include "protocol/command_json.hpp"

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

/// The precision of an asset that the caller promised to know.
std::uint8_t precision_of(const std::string& asset, const precision_source& precisions) {
  auto precision = precisions(asset);
  DAYBOOK_CHECK(precision);
  return *precision;
}

void add_content(json_object& out, const ledger::asset_definition& asset, const precision_source&) {
  add(out, field::type, asset_type);
  add(out, field::id, asset.id);
  out.add(name_of(field::precision), std::uint64_t{asset.precision});
  add(out, field::cls, to_string(asset.cls));
  add_if_any(out, field::name, asset.name);
}

void add_limit(json_object& out, field name, const std::optional<ledger::amount>& limit,
               const ledger::account_definition& account, const precision_source& precisions) {
  if (limit)
    add(out, name, to_decimal(*limit, precision_of(account.asset, precisions)));
}

void add_content(json_object& out, const ledger::account_definition& account,
                 const precision_source& precisions) {
  add(out, field::type, account_type);
  add(out, field::path, account.path);
  add(out, field::asset, account.asset);
  add(out, field::kind, to_string(account.kind));
  if (account.normal_side && *account.normal_side != default_normal_side(account.kind))
    add(out, field::normal_side, to_string(*account.normal_side));
  add_limit(out, field::min_balance, account.min_balance, account, precisions);
  add_limit(out, field::max_balance, account.max_balance, account, precisions);
}

std::string postings_of(const ledger::transaction& x, const precision_source& precisions) {
  return array_of(x.postings, [&](json_object& out, const ledger::posting& posting) {
    add(out, field::account, posting.account);
    add(out, field::amount, to_decimal(posting.value, precision_of(posting.asset, precisions)));
    add(out, field::asset, posting.asset);
    add(out, field::direction, to_string(posting.direction));
  });
}

std::string refs_of(const ledger::transaction& x) {
  return array_of(x.refs, [](json_object& out, const ledger::external_ref& ref) {
    add(out, field::kind, ref.kind);
    add(out, field::value, ref.value);
  });
}

void add_content(json_object& out, const ledger::transaction& x,
                 const precision_source& precisions) {
  add(out, field::type, transaction_type);
  add(out, field::key, x.key);
  if (x.occurred_at)
    add(out, field::occurred_at, to_string(*x.occurred_at));
  out.add_json(name_of(field::postings), postings_of(x, precisions));
  if (!x.refs.empty())
    out.add_json(name_of(field::refs), refs_of(x));
  if (!x.metadata.empty())
    out.add_json(name_of(field::metadata), as_object(x.metadata));
  add_if_any(out, field::correlation_id, x.correlation_id);
  add_if_any(out, field::causation_id, x.causation_id);
  if (x.reverses > event_seq{})
    out.add(name_of(field::reverses), x.reverses.value());
}

void add_content(json_object& out, const ledger::account_closing& x, const precision_source&) {
  add(out, field::type, closing_type);
  add(out, field::path, x.path);
  if (x.even_with_balance)
    out.add(name_of(field::even_with_balance), true);
}

void add_content(json_object& out, const ledger::account_reopening& x, const precision_source&) {
  add(out, field::type, reopening_type);
  add(out, field::path, x.path);
}

/// A book stores a transaction in its place.
void add_content(json_object&, const ledger::reversal&, const precision_source&) {
  DAYBOOK_CHECK(!"a reversal has no line");
}

} // namespace

void add_command(json_object& out, const ledger::command& x, const precision_source& precisions,
                 const ledger::event_links& links) {
  std::visit([&](auto& content) { add_content(out, content, precisions); }, x);
  if (std::holds_alternative<ledger::transaction>(x))
    return;
  add_if_any(out, field::correlation_id, links.correlation_id);
  add_if_any(out, field::causation_id, links.causation_id);
}

} // namespace daybook::protocol
