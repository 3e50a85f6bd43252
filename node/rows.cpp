#include "node/rows.hpp"

#include "base/names.hpp"
#include "protocol/json.hpp"
#include "protocol/json_lines.hpp"
#include "protocol/json_text.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace daybook::node {

using ledger::to_decimal;
using ledger::to_string;
using protocol::json_object;

namespace {

std::string decimal_or_dash(const std::optional<ledger::amount>& x, std::uint8_t precision) {
  return x ? to_decimal(*x, precision) : "-";
}

/// The plain form of what an event says.
class describe {
public:
  describe(output& out, const actors::recorded_event& event, const asset_precisions& precisions)
      : out_(out), event_(event), precisions_(precisions) {}

  void operator()(const ledger::asset_definition& x) const {
    row("asset", x.id,
        "precision " + std::to_string(x.precision) + ", " + std::string{to_string(x.cls)});
  }

  void operator()(const ledger::account_definition& x) const {
    row("account", x.path, x.asset + ", " + std::string{to_string(x.kind)});
  }

  void operator()(const ledger::account_closing& x) const { row("account_closed", x.path, "-"); }

  void operator()(const ledger::account_reopening& x) const {
    row("account_reopened", x.path, "-");
  }

  /// A book stores a transaction in its place.
  void operator()(const ledger::reversal& x) const { row("transaction", x.key, "-"); }

  void operator()(const ledger::transaction& x) const {
    std::string text;
    for (auto& posting : x.postings) {
      text += text.empty() ? "" : ", ";
      text.append(to_string(posting.direction)) += " " + posting.account + " ";
      text += to_decimal(posting.value, precisions_.find(posting.asset).value_or(0)) + " ";
      text += posting.asset;
    }
    if (x.reverses > event_seq{})
      text += ", reverses " + std::to_string(x.reverses.value());
    row("transaction", x.key, text);
  }

private:
  void row(std::string_view type, std::string_view name, std::string_view text) const {
    auto& receipt = event_.receipt;
    out_.row({std::to_string(receipt.id.seq.value()), daybook::to_string(receipt.committed_at),
              type, name, text});
  }

  output& out_;
  const actors::recorded_event& event_;
  const asset_precisions& precisions_;
};

template <class Visit>
void each_balance(const ledger::receipt& x, const std::vector<posted_account>& accounts,
                  Visit visit) {
  for (std::size_t i = 0; i < std::min(x.balances.size(), accounts.size()); ++i)
    visit(accounts[i], to_decimal(x.balances[i].value, accounts[i].precision));
}

std::string balances_of(const ledger::receipt& x, const std::vector<posted_account>& accounts) {
  std::string list = "[";
  each_balance(x, accounts, [&](const posted_account& account, const std::string& balance) {
    list += list.size() > 1 ? "," : "";
    list += json_object{}.add("account", account.path).add("balance", balance).take();
  });
  return list + "]";
}

/// What a rehearsal cannot know, for nothing was written, is left out.
std::string json_of(const ledger::receipt& x, const std::vector<posted_account>& accounts,
                    reality how) {
  auto is_new = how == reality::rehearsed && !x.deduplicated;
  json_object line;
  if (how == reality::rehearsed)
    line.add("dry_run", true);
  line.add("seq", x.id.seq.value()).add("transaction_id", protocol::to_hex(x.id));
  line.add("epoch", x.epoch.value());
  if (!is_new)
    line.add("committed_at", daybook::to_string(x.committed_at));
  line.add("deduplicated", x.deduplicated);
  if (!is_new)
    line.add("chain", protocol::to_hex(x.chain));
  if (!accounts.empty())
    line.add_json("balances", balances_of(x, accounts));
  return line.take();
}

/// An object with more fields behind its own.
std::string with(std::string object, json_object more) {
  auto fields = more.take();
  if (fields == "{}")
    return object;
  object.back() = ',';
  return object + fields.substr(1);
}

} // namespace

void add_posted(std::vector<posted_account>& to, posted_account x) {
  if (std::ranges::find(to, x.path, &posted_account::path) == to.end())
    to.push_back(std::move(x));
}

void print(output& out, const ledger::receipt& x, reality how) { print(out, x, {}, how); }

void print(output& out, const ledger::receipt& x, const std::vector<posted_account>& accounts,
           reality how) {
  if (out.json())
    return out.line(json_of(x, accounts, how));
  auto is_new = how == reality::rehearsed && !x.deduplicated;
  std::string outcome = how == reality::rehearsed ? "dry run: " : "";
  out.row({outcome + (x.deduplicated ? "deduplicated" : "accepted"),
           std::to_string(x.id.seq.value()), protocol::to_hex(x.id),
           is_new ? "-" : daybook::to_string(x.committed_at)});
  each_balance(x, accounts, [&](const posted_account& account, const std::string& balance) {
    out.row({account.path, account.asset, balance});
  });
}

void print(output& out, const ledger::asset_definition& x) {
  if (out.json())
    return out.line(protocol::to_json_line(x, {}));
  out.row({x.id, std::to_string(x.precision), to_string(x.cls), printable(x.name)});
}

void print(output& out, const actors::account_view& x) {
  auto balance = to_decimal(x.balance, x.precision);
  if (!out.json())
    return out.row({x.definition.path, x.definition.asset, balance});
  out.line(json_object{}
               .add("account", x.definition.path)
               .add("asset", x.definition.asset)
               .add("balance", balance)
               .add("updated_seq", x.updated_seq.value())
               .take());
}

void print_definition(output& out, const actors::account_view& x) {
  auto& account = x.definition;
  if (out.json()) {
    auto json = protocol::to_json_line(
        account, [&](std::string_view) { return std::optional{x.precision}; });
    json_object more;
    if (x.closed)
      more.add("closed", true);
    json = with(std::move(json), std::move(more));
    return out.line(json);
  }
  out.row({account.path, account.asset, to_string(account.kind),
           to_string(account.normal_side.value_or(default_normal_side(account.kind))),
           decimal_or_dash(account.min_balance, x.precision),
           decimal_or_dash(account.max_balance, x.precision), x.closed ? "closed" : "open"});
}

void print(output& out, const actors::history_entry& x, std::uint8_t precision) {
  auto value = to_decimal(x.value, precision);
  auto balance = to_decimal(x.balance_after, precision);
  auto committed = daybook::to_string(x.committed_at);
  auto occurred = x.occurred_at ? daybook::to_string(*x.occurred_at) : std::string{};
  if (!out.json())
    return out.row({std::to_string(x.id.seq.value()), committed, occurred.empty() ? "-" : occurred,
                    x.key, to_string(x.direction), value, balance});
  json_object line;
  line.add("seq", x.id.seq.value())
      .add("transaction_id", protocol::to_hex(x.id))
      .add("committed_at", committed);
  if (x.occurred_at)
    line.add("occurred_at", occurred);
  out.line(line.add("key", x.key)
               .add("direction", to_string(x.direction))
               .add("amount", value)
               .add("balance", balance)
               .take());
}

void print(output& out, const actors::trial_balance_view& x) {
  auto debit_turnover = to_decimal(x.debit_turnover, x.precision);
  auto credit_turnover = to_decimal(x.credit_turnover, x.precision);
  auto debit_balances = to_decimal(x.debit_balances, x.precision);
  auto credit_balances = to_decimal(x.credit_balances, x.precision);
  if (!out.json())
    return out.row({x.asset, debit_turnover, credit_turnover, debit_balances, credit_balances});
  out.line(json_object{}
               .add("asset", x.asset)
               .add("debit_turnover", debit_turnover)
               .add("credit_turnover", credit_turnover)
               .add("debit_balances", debit_balances)
               .add("credit_balances", credit_balances)
               .take());
}

std::string event_json(const actors::recorded_event& x, const asset_precisions& precisions) {
  auto& receipt = x.receipt;
  auto json = protocol::to_json({receipt.id, receipt.epoch, receipt.committed_at}, x.content,
                                precisions.source(), {x.correlation_id, x.causation_id});
  json_object more;
  if (x.joined)
    more.add("joined", true);
  return with(std::move(json), std::move(more));
}

void print(output& out, const actors::recorded_event& x, const asset_precisions& precisions) {
  if (out.json())
    return out.line(event_json(x, precisions));
  std::visit(describe{out, x, precisions}, x.content);
}

} // namespace daybook::node
