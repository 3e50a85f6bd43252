#include "tests/fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>

// The program of one target; DAYBOOK_FUZZ_TARGET says which.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  daybook::fuzz::DAYBOOK_FUZZ_TARGET(std::as_bytes(std::span{data, size}));
  return 0;
}
