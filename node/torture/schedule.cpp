#include "node/torture/schedule.hpp"

#include "node/torture/seeded.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace daybook::node::torture {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds lasting_min{200};
constexpr milliseconds lasting_max{3'000};
/// Some cuts are short, and some longer than a node waits for another one (five seconds).
constexpr int partition_factor = 3;

/// All faults in some order, with as many kills as other faults.
std::vector<fault> shuffled_round(const std::vector<fault>& faults, seeded& chance) {
  auto round = faults;
  if (std::ranges::find(faults, fault::kill) != faults.end())
    for (std::size_t i = 2; i < faults.size(); ++i)
      round.push_back(fault::kill);
  for (auto i = round.size(); i > 1; --i)
    std::swap(round[i - 1], round[chance.below(i)]);
  return round;
}

milliseconds between(milliseconds min, milliseconds max, seeded& chance) {
  return min + milliseconds{chance.below(static_cast<std::uint64_t>((max - min).count()) + 1)};
}

} // namespace

std::vector<step> schedule_of(const torture_options& options, std::uint32_t node) {
  std::vector<step> all;
  if (options.faults.empty())
    return all;
  auto chance = seeded::stream(options.seed, node);
  auto every = options.fault_every;
  std::vector<fault> round;
  for (milliseconds at{};;) {
    if (round.empty())
      round = shuffled_round(options.faults, chance);
    at += between(every / 2, every * 3 / 2, chance);
    step x{at, round.back()};
    round.pop_back();
    auto lasts = between(lasting_min, lasting_max, chance);
    if (x.what == fault::pause || x.what == fault::full_disk)
      x.lasting = lasts;
    if (x.what == fault::partition)
      x.lasting = lasts * partition_factor;
    if (at + x.lasting >= options.duration)
      return all;
    all.push_back(x);
    at += x.lasting;
  }
}

std::vector<step> schedule_of(const torture_options& options, fault only) {
  auto alone = options;
  std::erase_if(alone.faults, [only](fault x) { return x != only; });
  // A stream of its own: no node has such a number.
  return schedule_of(alone, ~static_cast<std::uint32_t>(only));
}

} // namespace daybook::node::torture
