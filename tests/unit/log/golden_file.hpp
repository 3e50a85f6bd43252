#pragma once

#include "log/format.hpp"

#include <catch2/catch_all.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace daybook::test {

/// As `hexdump -C` without the text: lines of zeros are left out behind a `*`.
inline std::string hex_dump(byte_span bytes) {
  std::string text;
  auto skipping = false;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    auto line = bytes.subspan(at, std::min<std::size_t>(16, bytes.size() - at));
    auto skip = line.size() == 16 && log::all_zero(line);
    if (skip && !skipping)
      text += "*\n";
    skipping = skip;
    if (skip)
      continue;
    text += fmt::format("{:08x} ", at);
    for (std::size_t i = 0; i < line.size(); ++i)
      text += fmt::format("{}{:02x}", i == 8 ? "  " : " ", std::to_integer<int>(line[i]));
    text += '\n';
  }
  return text + fmt::format("{:08x}\n", bytes.size());
}

inline std::string read_source_file(const std::string& path) {
  std::ifstream file{std::string{DAYBOOK_SOURCE_DIR} + "/" + path};
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The bytes are those of `tests/testdata/log/<name>`, and docs/format.md shows them.
/// DAYBOOK_WRITE_GOLDEN=1 rewrites the file: the bytes on disk change only together with the
/// format's version.
inline void check_golden(byte_span bytes, const std::string& name) {
  auto path = "tests/testdata/log/" + name;
  auto text = hex_dump(bytes);
  if (std::getenv("DAYBOOK_WRITE_GOLDEN"))
    std::ofstream{std::string{DAYBOOK_SOURCE_DIR} + "/" + path} << text;
  CHECK(text == read_source_file(path));
  CHECK(read_source_file("docs/format.md").find(text) != std::string::npos);
}

} // namespace daybook::test
