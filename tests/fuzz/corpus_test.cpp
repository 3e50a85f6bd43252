#include "tests/fuzz/targets.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace daybook::fuzz {

namespace {

namespace fs = std::filesystem;

byte_buffer read(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

std::vector<fs::path> corpus_of(const target& x) {
  std::vector<fs::path> files;
  for (auto& entry : fs::directory_iterator{fs::path{DAYBOOK_CORPUS} / x.name})
    files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

} // namespace

// A target that finds something ends the process.

TEST_CASE("the corpus of every fuzz target runs") {
  for (auto& target : targets()) {
    auto files = corpus_of(target);
    CHECK(files.size() >= 3);
    for (auto& file : files) {
      UNSCOPED_INFO(file);
      target.run(read(file));
    }
  }
}

TEST_CASE("every beginning of the corpus, and the corpus with one byte changed, runs") {
  std::minstd_rand chance{7};
  for (auto& target : targets())
    for (auto& file : corpus_of(target)) {
      auto bytes = read(file);
      auto stride = std::max<std::size_t>(1, bytes.size() / 64);
      for (std::size_t length = 0; length < bytes.size(); length += stride) {
        target.run(byte_span{bytes}.first(length));
        auto changed = bytes;
        changed[length] ^= static_cast<std::byte>(1 + chance() % 255);
        target.run(changed);
      }
    }
}

} // namespace daybook::fuzz
