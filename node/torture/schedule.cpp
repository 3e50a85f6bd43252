#include "node/torture/schedule.hpp"

#include "node/torture/seeded.hpp"

#include <algorithm>

namespace daybook::node::torture {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds lasting_min{200};
constexpr milliseconds lasting_max{3'000};

fault choose(const std::vector<fault>& faults, seeded& chance) {
  auto kills = std::ranges::find(faults, fault::kill) != faults.end();
  if (kills && chance.below(2) == 0)
    return fault::kill;
  return faults[chance.below(faults.size())];
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
  for (milliseconds at{};;) {
    at += between(every / 2, every * 3 / 2, chance);
    step x{at, choose(options.faults, chance)};
    auto lasts = between(lasting_min, lasting_max, chance);
    if (x.what == fault::pause || x.what == fault::full_disk)
      x.lasting = lasts;
    if (at + x.lasting >= options.duration)
      return all;
    all.push_back(x);
    at += x.lasting;
  }
}

} // namespace daybook::node::torture
