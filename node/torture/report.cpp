#include "node/torture/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace daybook::node::torture {

namespace {

constexpr std::array<std::pair<const char*, double>, 4> percentiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"max", 1.0}}};

double percentile_ms(const bench::histogram& x, double share) {
  return x.percentile_us(share) / 1e3;
}

std::string to_row(const bench::histogram& x) {
  if (x.count() == 0)
    return "none measured";
  std::string text;
  for (auto& [name, share] : percentiles)
    text += fmt::format("{} {:.0f}  ", name, percentile_ms(x, share));
  return text + fmt::format("of {}", x.count());
}

nlohmann::ordered_json to_object(const bench::histogram& x) {
  nlohmann::ordered_json object{{"count", x.count()}};
  for (auto& [name, share] : percentiles)
    object[name] = percentile_ms(x, share);
  return object;
}

std::string faults_of(const torture_report& x) {
  std::string text;
  for (auto& [kind, count] : x.faults)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_string(kind));
  return text.empty() ? "none" : text;
}

double share_of(const availability& x) {
  auto seconds = std::max<std::uint64_t>(x.seconds, 1);
  return static_cast<double>(x.answered_seconds) / static_cast<double>(seconds);
}

double silence_ms(const availability& x) { return static_cast<double>(x.longest_silence) / 1e6; }

std::string verdict_of(const torture_report& x) {
  if (x.passed())
    return "PASSED: nothing that was acknowledged is lost, and nothing contradicts";
  return fmt::format("FAILED: {} violations", x.found.count());
}

std::string violations_of(const torture_report& x) {
  std::string text;
  for (auto& [what, count] : x.found.counts())
    text += fmt::format("{:>10} {}\n", count, what);
  for (auto& found : x.found.kept())
    text += fmt::format("{} {}: {}\n", found.where, found.what, found.detail);
  return text;
}

nlohmann::ordered_json to_object(const violations& x) {
  auto list = nlohmann::ordered_json::array();
  for (auto& found : x.kept())
    list.push_back({{"what", found.what}, {"where", found.where}, {"detail", found.detail}});
  return list;
}

} // namespace

std::string to_text(const torture_report& x) {
  std::string text;
  auto row = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("{:<26}{}\n", name, value);
  };
  auto& options = x.options;
  auto& operations = x.operations;
  row("seed", std::to_string(options.seed));
  row("load", fmt::format("{} nodes x {} books x {} clients, {:.0f} s", options.nodes,
                          options.books, options.clients, x.seconds));
  row("faults", faults_of(x));
  for (auto& sentence : x.skipped)
    row("not tested", sentence);
  row("events", std::to_string(x.events));
  row("writes", fmt::format("{} accepted, {} refused, {} not accepted", operations.accepted,
                            operations.refused, operations.not_accepted));
  row("outcome unknown", fmt::format("{}, resolved by asking again", operations.unknown));
  row("reads",
      fmt::format("{}, and {} without an answer", operations.reads, operations.failed_reads));
  if (x.moves.done + x.moves.refused > 0)
    row("moves", fmt::format("{} done, {} refused", x.moves.done, x.moves.refused));
  row("availability", fmt::format("{:.1f} % of {} seconds of books had an answer",
                                  100 * share_of(x.answers), x.answers.seconds));
  row("longest silence, ms", fmt::format("{:.0f}", silence_ms(x.answers)));
  if (options.nodes > 1)
    row("healed to all writes, ms", fmt::format("{:.0f}", x.healed_ms));
  row("kill to next write, ms", to_row(x.recovery.kill_to_write));
  row("start to answer, ms", to_row(x.recovery.start_to_answer));
  if (!x.evidence.empty())
    row("kept in", x.evidence);
  return text + verdict_of(x) + "\n" + violations_of(x);
}

std::string to_json(const torture_report& x) {
  auto& options = x.options;
  auto& operations = x.operations;
  auto faults = nlohmann::ordered_json::object();
  for (auto& [kind, count] : x.faults)
    faults[std::string{to_string(kind)}] = count;
  nlohmann::ordered_json json{
      {"verdict", x.passed() ? "passed" : "failed"},
      {"seed", options.seed},
      {"nodes", options.nodes},
      {"books", options.books},
      {"clients", options.clients},
      {"accounts", options.accounts},
      {"transactions", options.transactions},
      {"seconds", x.seconds},
      {"faults", faults},
      {"not_tested", x.skipped},
      {"events", x.events},
      {"writes",
       {{"accepted", operations.accepted},
        {"refused", operations.refused},
        {"not_accepted", operations.not_accepted},
        {"unknown", operations.unknown},
        {"resolved", operations.resolved}}},
      {"reads", {{"answered", operations.reads}, {"failed", operations.failed_reads}}},
      {"moves", {{"done", x.moves.done}, {"refused", x.moves.refused}}},
      {"availability", share_of(x.answers)},
      {"longest_silence_ms", silence_ms(x.answers)},
      {"healed_to_writes_ms", x.healed_ms},
      {"kill_to_write_ms", to_object(x.recovery.kill_to_write)},
      {"start_to_answer_ms", to_object(x.recovery.start_to_answer)},
      {"violation_counts", x.found.counts()},
      {"violations", to_object(x.found)}};
  if (!x.evidence.empty())
    json["evidence"] = x.evidence;
  return json.dump();
}

} // namespace daybook::node::torture
