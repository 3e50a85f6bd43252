#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace daybook::detail {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, expression);
  std::abort();
}

void invariant_broken(const char* expression, const char* file, int line) {
  throw broken_invariant{std::string{file} + ":" + std::to_string(line) +
                         ": invariant broken: " + expression};
}

} // namespace daybook::detail
