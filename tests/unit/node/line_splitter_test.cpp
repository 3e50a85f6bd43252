#include "node/line_splitter.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>

namespace daybook::node {

namespace {

/// Gives out a text in pieces of at most `piece` bytes.
line_splitter::read_some pieces_of(std::string text, std::size_t piece) {
  return [text = std::move(text), piece,
          at = std::size_t{0}](std::span<char> into) mutable -> result<std::size_t> {
    auto count = std::min({piece, into.size(), text.size() - at});
    std::copy_n(text.data() + at, count, into.data());
    at += count;
    return count;
  };
}

std::vector<std::string> lines_of(line_splitter& lines) {
  std::vector<std::string> all;
  for (;;) {
    auto line = lines.next();
    REQUIRE(line);
    if (!*line)
      return all;
    CHECK((*line)->number == all.size() + 1);
    all.push_back((*line)->too_long ? "too long: " + std::to_string((*line)->bytes)
                                    : std::string{(*line)->text});
  }
}

using strings = std::vector<std::string>;

} // namespace

TEST_CASE("lines are cut the same however the bytes arrive") {
  auto piece = GENERATE(1u, 2u, 3u, 5u, 1000u);
  line_splitter lines{pieces_of("one\n\nthree\r\nlast", piece), 100};
  CHECK(lines_of(lines) == strings{"one", "", "three\r", "last"});
  CHECK(lines.bytes_read() == 16);
}

TEST_CASE("a newline at the end begins no line") {
  line_splitter lines{pieces_of("one\n", 100), 100};
  CHECK(lines_of(lines) == strings{"one"});
  line_splitter nothing{pieces_of("", 100), 100};
  CHECK(lines_of(nothing).empty());
  line_splitter blank{pieces_of("\n", 100), 100};
  CHECK(lines_of(blank) == strings{""});
}

TEST_CASE("a line over the limit is reported and passed over") {
  auto piece = GENERATE(1u, 3u, 1000u);
  line_splitter lines{pieces_of("12345\n123456\n1234567890\n1\n123456", piece), 5};
  CHECK(lines_of(lines) == strings{"12345", "too long: 6", "too long: 10", "1", "too long: 6"});
}

TEST_CASE("a long line is never held") {
  std::uint64_t left = 1'000'000'000;
  line_splitter lines{[&left](std::span<char> into) -> result<std::size_t> {
                        auto count = std::min<std::uint64_t>(left, into.size());
                        left -= count;
                        return count;
                      },
                      1000};
  CHECK(lines_of(lines) == strings{"too long: 1000000000"});
}

TEST_CASE("a failed read ends the lines with its error") {
  auto calls = 0;
  line_splitter lines{[&calls](std::span<char> into) -> result<std::size_t> {
                        if (calls++ > 0)
                          return fail(ec::io, "gone");
                        std::copy_n("one\ntw", 6, into.data());
                        return std::size_t{6};
                      },
                      1000};
  CHECK(lines.next().value()->text == "one");
  auto second = lines.next();
  REQUIRE_FALSE(second);
  CHECK(second.error() == error{ec::io, "gone"});
}

} // namespace daybook::node
