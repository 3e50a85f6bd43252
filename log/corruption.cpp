#include "log/corruption.hpp"

#include <fmt/format.h>

namespace daybook::log {

tl::unexpected<error> corrupt_at(const std::string& path, std::uint64_t offset,
                                 std::string_view what) {
  return fail(ec::corrupt, fmt::format("{} at offset {}: {}", path, offset, what),
              {{"file", path}, {"offset", std::to_string(offset)}});
}

std::string quoted(std::string_view name) {
  std::string text = "'";
  for (char c : name)
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return text + "'";
}

} // namespace daybook::log
