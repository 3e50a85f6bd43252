#include "protocol/line_reader.hpp"

#include "protocol/line_values.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace daybook::protocol {

namespace {

constexpr std::string_view words(json_type type) {
  constexpr std::array<std::string_view, 6> all{"null",     "true or false", "a number",
                                                "a string", "an array",      "an object"};
  return all[static_cast<std::size_t>(type)];
}

bool is_amount(field x) {
  return x == field::amount || x == field::min_balance || x == field::max_balance;
}

tl::unexpected<error> refuse_type(field x, json_type type, const object_schema& schema) {
  auto message = fmt::format("field `{}` of {} must be {}, not {}", name_of(x), schema.what,
                             words(type_of(x)), words(type));
  if (is_amount(x) && type == json_type::number)
    message += ": write the decimal in quotes, such as \"226.70\", because many programs turn a "
               "JSON number into floating point, which is no place for money";
  return refuse(name_of(x), std::move(message));
}

/// The same error, told with its place.
tl::unexpected<error> at(const std::string& where, const error& x) {
  return fail(x.code(), where + ": " + x.message(), x.fields());
}

} // namespace

// -- reading --------------------------------------------------------------------------------------

result<void> line_reader::scalar(json_type type, std::string_view text) {
  if (place_ == place::metadata)
    return metadata_.scalar(type, text);
  auto expected = expect(type);
  if (expected)
    draft().set(current_, text);
  return expected;
}

result<void> line_reader::key(std::string_view name) {
  if (place_ == place::metadata)
    return metadata_.key(name);
  return draft().enter(name).map([this](field x) { current_ = x; });
}

result<void> line_reader::open(json_type type) {
  if (place_ == place::metadata)
    return metadata_.open(type);
  if (auto expected = expect(type); !expected)
    return expected;
  switch (place_) {
  case place::before:
    line_.start(line_schema);
    place_ = place::line;
    break;
  case place::items:
    item_.start(item_schema());
    place_ = place::item;
    break;
  default:
    if (type == json_type::object) {
      place_ = place::metadata;
      return metadata_.open(type);
    }
    list_ = current_;
    place_ = place::items;
  }
  return {};
}

result<void> line_reader::close(json_type type) {
  switch (place_) {
  case place::metadata: {
    auto closed = metadata_.close(type);
    if (metadata_.done())
      place_ = place::line;
    return closed;
  }
  case place::item:
    place_ = place::items;
    return item_.check(item_schema()).and_then([this] {
      return list_ == field::postings ? add_posting() : add_ref();
    });
  case place::items:
    place_ = place::line;
    return list_ == field::postings
               ? check_count(transaction_.postings.size(), bounds_.postings_max)
               : check_count(transaction_.refs.size(), bounds_.refs_max);
  default:
    place_ = place::before;
  }
  return {};
}

/// Whether a value of this type may stand here.
result<void> line_reader::expect(json_type type) {
  switch (place_) {
  case place::before:
    if (type == json_type::object)
      return {};
    return refuse("line", fmt::format("a line is one JSON object, not {}", words(type)));
  case place::items:
    if (type == json_type::object)
      return {};
    return refuse(name_of(list_), fmt::format("field `{}` of a transaction holds objects, not {}",
                                              name_of(list_), words(type)));
  default:
    if (type == type_of(current_))
      return {};
    return refuse_type(current_, type, draft().schema());
  }
}

result<void> line_reader::check_count(std::size_t count, std::size_t limit) const {
  if (count <= limit)
    return {};
  return fail(
      ec::limit_exceeded,
      fmt::format("the transaction has {} {}; the limit is {}", count, name_of(list_), limit),
      {{"what", std::string{name_of(list_)}},
       {"limit", std::to_string(limit)},
       {"would_be", std::to_string(count)}});
}

// -- building -------------------------------------------------------------------------------------

result<std::uint8_t> line_reader::precision_of(std::string_view asset) const {
  if (auto precision = precisions_(asset))
    return *precision;
  auto safe = shown(asset);
  return fail(ec::unknown_asset,
              fmt::format("asset \"{}\" is not registered; register it before it is used", safe),
              {{"asset", safe}});
}

result<void> line_reader::add_posting() {
  auto where = [this] {
    return fmt::format("posting {} (account \"{}\")", transaction_.postings.size() + 1,
                       shown(item_.text(field::account)));
  };
  auto direction = read_side(item_, field::direction);
  if (!direction)
    return at(where(), direction.error());
  auto value = precision_of(item_.text(field::asset)).and_then([this](std::uint8_t precision) {
    return read_amount(item_.text(field::amount), precision);
  });
  if (value && !value->is_positive())
    value = fail(ec::invalid_amount,
                 fmt::format("the amount {} must be above zero; the direction says its sign",
                             item_.text(field::amount)),
                 {{"amount", std::string{item_.text(field::amount)}}});
  if (!value)
    return at(where(), std::move(value).error().with("account", shown(item_.text(field::account))));
  transaction_.postings.push_back({.account = std::string{item_.text(field::account)},
                                   .value = *value,
                                   .asset = std::string{item_.text(field::asset)},
                                   .direction = *direction});
  return {};
}

result<void> line_reader::add_ref() {
  transaction_.refs.push_back({.kind = std::string{item_.text(field::kind)},
                               .value = std::string{item_.text(field::value)}});
  return {};
}

/// The links of a transaction are part of it. Those of anything else stand beside it.
result<ledger::write> line_reader::take() {
  return take_command().map([this](ledger::command x) {
    ledger::write asked;
    if (!std::holds_alternative<ledger::transaction>(x)) {
      asked.correlation_id = line_.text(field::correlation_id);
      asked.causation_id = line_.text(field::causation_id);
    }
    asked.what = std::move(x);
    return asked;
  });
}

result<ledger::command> line_reader::take_command() {
  auto type = line_.text(field::type);
  if (type == transaction_type)
    return take_transaction();
  if (type == account_type)
    return take_account();
  if (type == asset_type)
    return take_asset();
  if (type == closing_type)
    return take_closing();
  if (type == reopening_type)
    return take_reopening();
  if (!line_.has(field::type))
    return fail(std::move(line_.check(line_schema)).error());
  return refuse(name_of(field::type),
                fmt::format("field `type` is \"{}\"; it may be `{}`, `{}`, `{}`, `{}` or `{}`",
                            shown(type), asset_type, account_type, closing_type, reopening_type,
                            transaction_type));
}

result<ledger::command> line_reader::take_asset() {
  if (auto checked = line_.check(asset_schema); !checked)
    return fail(std::move(checked).error());
  auto cls = read_asset_class(line_);
  if (!cls)
    return fail(std::move(cls).error());
  auto precision = read_precision(line_.text(field::precision));
  if (!precision)
    return fail(std::move(precision).error());
  return ledger::asset_definition{.id = std::string{line_.text(field::id)},
                                  .cls = *cls,
                                  .precision = *precision,
                                  .name = std::string{line_.text(field::name)}};
}

result<ledger::command> line_reader::take_account() {
  if (auto checked = line_.check(account_schema); !checked)
    return fail(std::move(checked).error());
  ledger::account_definition account;
  account.path = line_.text(field::path);
  account.asset = line_.text(field::asset);
  auto kind = read_account_kind(line_);
  if (!kind)
    return fail(std::move(kind).error());
  account.kind = *kind;
  if (line_.has(field::normal_side)) {
    auto side = read_side(line_, field::normal_side);
    if (!side)
      return fail(std::move(side).error());
    account.normal_side = *side;
  }
  return read_limit(field::min_balance, account.min_balance)
      .and_then([&] { return read_limit(field::max_balance, account.max_balance); })
      .map([&] { return ledger::command{std::move(account)}; });
}

result<void> line_reader::read_limit(field name, std::optional<ledger::amount>& to) const {
  if (!line_.has(name))
    return {};
  auto value = precision_of(line_.text(field::asset)).and_then([&](std::uint8_t precision) {
    return read_amount(line_.text(name), precision);
  });
  if (!value) {
    auto account = shown(line_.text(field::path));
    return at(fmt::format("`{}` of account \"{}\"", name_of(name), account),
              std::move(value).error().with("account", account));
  }
  to = *value;
  return {};
}

result<ledger::command> line_reader::take_transaction() {
  if (auto checked = line_.check(transaction_schema); !checked)
    return fail(std::move(checked).error());
  if (line_.has(field::occurred_at)) {
    auto time = read_timestamp(line_.text(field::occurred_at));
    if (!time)
      return fail(std::move(time).error());
    transaction_.occurred_at = *time;
  }
  if (line_.has(field::reverses)) {
    auto seq = read_seq(line_.text(field::reverses));
    if (!seq)
      return fail(std::move(seq).error());
    transaction_.reverses = *seq;
  }
  transaction_.key = line_.text(field::key);
  transaction_.correlation_id = line_.text(field::correlation_id);
  transaction_.causation_id = line_.text(field::causation_id);
  return metadata_.take().map([this](std::string metadata) {
    transaction_.metadata = std::move(metadata);
    return ledger::command{std::move(transaction_)};
  });
}

result<ledger::command> line_reader::take_closing() {
  if (auto checked = line_.check(closing_schema); !checked)
    return fail(std::move(checked).error());
  return ledger::account_closing{.path = std::string{line_.text(field::path)},
                                 .even_with_balance =
                                     line_.text(field::even_with_balance) == "true"};
}

result<ledger::command> line_reader::take_reopening() {
  if (auto checked = line_.check(reopening_schema); !checked)
    return fail(std::move(checked).error());
  return ledger::account_reopening{.path = std::string{line_.text(field::path)}};
}

} // namespace daybook::protocol
