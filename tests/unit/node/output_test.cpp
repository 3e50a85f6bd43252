#include "node/output.hpp"

#include <catch2/catch_all.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

namespace daybook::node {

namespace {

using file = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

file open(const char* path, const char* mode) { return {std::fopen(path, mode), std::fclose}; }

} // namespace

TEST_CASE("rows are separated by tabs and lines by newlines") {
  file to{std::tmpfile(), std::fclose};
  output out{to.get(), false};
  out.row({"assets:cash", "CZK", "1.00"});
  out.line("end");
  REQUIRE(out.finish());
  std::rewind(to.get());
  std::string text(100, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), to.get()));
  CHECK(text == "assets:cash\tCZK\t1.00\nend\n");
}

TEST_CASE("a full disk is reported once, at the end") {
  auto to = open("/dev/full", "w");
  output out{to.get(), false};
  for (auto i = 0; i < 100'000 && out.ok(); ++i)
    out.line("more");
  CHECK_FALSE(out.ok());
  auto finished = out.finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().code() == ec::io);
}

TEST_CASE("nobody reading any more is told from other failures") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  auto before = std::signal(SIGPIPE, SIG_IGN);
  file to{fdopen(ends[1], "w"), std::fclose};
  output out{to.get(), false};
  out.line("one");
  out.flush();
  CHECK(out.ok());
  close(ends[0]);
  out.line("two");
  out.flush();
  CHECK_FALSE(out.ok());
  CHECK(out.reader_is_gone());
  std::signal(SIGPIPE, before);

  auto full = open("/dev/full", "w");
  output elsewhere{full.get(), false};
  elsewhere.line("one");
  elsewhere.flush();
  CHECK_FALSE(elsewhere.ok());
  CHECK_FALSE(elsewhere.reader_is_gone());
}

} // namespace daybook::node
