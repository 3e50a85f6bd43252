#include "tests/fuzz/targets.hpp"

#include <array>

namespace daybook::fuzz {

std::span<const target> targets() {
  static constexpr std::array all{
      target{"batch", batch},       target{"segment", segment},
      target{"snapshot", snapshot}, target{"import_line", import_line},
      target{"decimal", decimal},
  };
  return all;
}

} // namespace daybook::fuzz
