#include "base/names.hpp"
#include "tests/support/client_fixture.hpp"

#include <rapidcheck.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

namespace fs = std::filesystem;

std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> names;
  for (auto& entry : fs::directory_iterator{directory})
    names.insert(entry.path().filename().string());
  return names;
}

/// Any bytes, and what means something to a file system, or looks as if it did.
rc::Gen<std::string> any_name() {
  auto part = rc::gen::oneOf(rc::gen::element<std::string>(
                                 "..", ".", "/", "\\", std::string(1, '\0'), "LOCK", "books",
                                 "index", "~", "%2e%2e%2f", "\xc0\xae\xc0\xae\xc0\xaf",
                                 "\xef\xbc\x8f", "\xe2\x80\xa4\xe2\x80\xa4", " ", "\n", "-", "a"),
                             rc::gen::container<std::string>(rc::gen::arbitrary<char>()),
                             rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'z')));
  return rc::gen::map(rc::gen::resize(6, rc::gen::container<std::vector<std::string>>(part)),
                      [](const std::vector<std::string>& parts) {
                        std::string name;
                        for (auto& x : parts)
                          name += x;
                        return name;
                      });
}

} // namespace

TEST_CASE_METHOD(client_fixture, "no name of a book leads out of its directory") {
  auto node = open();
  fs::path data{directory.path() + "/data"};
  auto others = names_in(data);
  std::set<std::string> made;
  REQUIRE(rc::check([&] {
    auto name = *any_name();
    auto opened = node.book(name, open_mode::create);
    RC_ASSERT(opened.has_value() == check_book_name(name).has_value());
    if (opened)
      made.insert(name);
    RC_ASSERT(names_in(directory.path()) == std::set<std::string>{"data"});
    RC_ASSERT(names_in(data) == others);
    RC_ASSERT(names_in(data / "books") == made);
    for (auto& book : made)
      for (auto& entry : fs::directory_iterator{data / "books" / book})
        RC_ASSERT(entry.is_regular_file());
  }));
  CHECK_FALSE(made.empty());
}
