#include "tests/simulation/request.hpp"

#include <fmt/format.h>

#include <array>

namespace daybook::simulation {

namespace {

std::string text(const ledger::asset_definition& x) { return "asset " + x.id; }

std::string text(const ledger::account_definition& x) { return "account " + x.path; }

std::string text(const ledger::transaction& x) {
  auto said = "post " + x.key;
  for (auto& posting : x.postings)
    said += fmt::format(" {}{}{}", posting.account,
                        posting.direction == ledger::side::debit ? "+" : "-",
                        static_cast<std::int64_t>(posting.value.value()));
  return said;
}

std::string text(const ledger::account_closing& x) {
  return "close " + x.path + (x.even_with_balance ? " anyway" : "");
}

std::string text(const ledger::account_reopening& x) { return "reopen " + x.path; }

std::string text(const ledger::reversal& x) {
  return fmt::format("reverse {} of {}", x.key, x.of.value());
}

std::string text(const actors::outcome& x) {
  if (auto* refused = std::get_if<error>(&x))
    return std::string{to_string(refused->code())};
  auto& receipt = std::get<ledger::receipt>(x);
  return fmt::format("{}{}", receipt.id.seq.value(), receipt.deduplicated ? " again" : "");
}

} // namespace

std::string_view to_string(form x) {
  constexpr std::array<std::string_view, 8> names{"write",        "many",        "batch",
                                                  "rehearse",     "begin fence", "submit",
                                                  "commit fence", "cancel fence"};
  return names[static_cast<std::size_t>(x)];
}

std::string describe(const ledger::write& x) {
  auto said = std::visit([](auto& y) { return text(y); }, x.what);
  if (!x.conditions.empty())
    said += fmt::format(" if {}", x.conditions.size());
  if (x.caused_by)
    said += fmt::format(" by item {}", *x.caused_by);
  return said;
}

std::string describe(const request& x) {
  auto said =
      fmt::format("#{} c{} {}{}", x.number, x.client, to_string(x.how), x.atomic ? " atomic" : "");
  for (auto& item : x.items)
    said += (&item == &x.items.front() ? " [" : ", ") + describe(item);
  return x.items.empty() ? said : said + "]";
}

std::string describe_answer(const request& x) {
  if (x.failed)
    return std::string{to_string(x.failed->code())} + ": " + x.failed->message();
  std::string said = x.outcomes.empty() ? "done" : "";
  for (auto& outcome : x.outcomes)
    said += (said.empty() ? "" : ", ") + text(outcome);
  return said;
}

} // namespace daybook::simulation
