#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace daybook::ledger {

/// Texts that never move, packed one behind another. One thread adds and takes back; any thread may
/// read a text whose place it got from there.
class text_arena {
public:
  /// Where the copy begins.
  const char* add(std::string_view x);

  /// Takes back the text that begins there, and all that were added behind it.
  void truncate(const char* begin);

private:
  struct chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
    std::size_t used = 0;

    bool holds(const char* place) const;
  };

  std::vector<chunk> chunks_;
};

} // namespace daybook::ledger
