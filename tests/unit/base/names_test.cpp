#include "base/names.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <string>

using namespace daybook;
using namespace std::string_literals;

namespace {

using checker = result<void> (*)(std::string_view);

result<void> check_key(std::string_view x) { return check_label("key", x); }

constexpr checker names[] = {check_book_name, check_asset_id, check_account_path};
constexpr checker all[] = {check_book_name, check_asset_id, check_account_path, check_key};

/// The word of the rule that `text` breaks in every one of the checks, or a mark of disagreement.
template <class Checkers>
std::string broken(const Checkers& checkers, std::string_view text) {
  std::string rule;
  for (auto check : checkers) {
    auto checked = check(text);
    if (checked)
      return "accepted";
    CHECK(checked.error().code() == ec::invalid_name);
    auto& message = checked.error().message();
    auto says = message.substr(message.rfind("must"));
    if (!rule.empty() && rule != says)
      return "they differ";
    rule = says;
  }
  return rule;
}

} // namespace

TEST_CASE("ordinary names are accepted") {
  for (auto check : all)
    for (auto text :
         {"a", "EUR", "liabilities:customers:15", "Müller & Söhne", "日本", "a.b", "😀"}) {
      CAPTURE(text);
      CHECK(check(text));
    }
}

TEST_CASE("every name has 1 to 255 bytes") {
  CHECK(broken(all, "") == "must not be empty");
  CHECK(broken(all, std::string(256, 'x')) == "must not be longer than 255 bytes");
  for (auto check : all)
    CHECK(check(std::string(255, 'x')));
}

TEST_CASE("a name that is too long is not shown in full") {
  auto checked = check_key(std::string(100'000, 'x'));
  REQUIRE_FALSE(checked);
  CHECK(checked.error().get("name") == std::string(255, 'x') + "…");
  CHECK(checked.error().message().size() < 400);
}

TEST_CASE("no name has control characters") {
  for (auto text : {"a\nb"s, "\t"s, "a\0b"s, "\x1b[0m"s, "\x7f"s, "\u0080"s, "\u0085"s, "\u009f"s})
    CHECK(broken(all, text) == "must not contain control characters");
  for (auto check : all) {
    CHECK(check("\u00a0"));
    CHECK(check("a b"));
  }
}

TEST_CASE("no name is anything but UTF-8") {
  CHECK(broken(all, "caf\xe9") == "must be valid UTF-8");
}

TEST_CASE("names that become directories and paths have more rules") {
  CHECK(broken(names, "a/b") == "must not contain '/'");
  CHECK(broken(names, "a\\b") == "must not contain '\\'");
  CHECK(broken(names, "a..b") == "must not contain '..'");
  CHECK(broken(names, "..") == "must not contain '..'");
  CHECK(broken(names, ".a") == "must not begin with '.'");
  CHECK(broken(names, " a") == "must not begin or end with a space");
  CHECK(broken(names, "a ") == "must not begin or end with a space");
}

TEST_CASE("labels are free of them") {
  for (auto text : {"a/b", "a\\b", "..", ".a", " a", "a ", "::"})
    CHECK(check_key(text));
}

TEST_CASE("an account path has no empty part") {
  constexpr checker paths[] = {check_account_path};
  for (auto text : {":", ":a", "a:", "a::b"})
    CHECK(broken(paths, text) == "must not have an empty part before, after or between ':'");
  CHECK(check_book_name("a::b"));
}

TEST_CASE("a refusal says which name, with control bytes escaped") {
  auto checked = check_label("correlation id", "a\n\xff");
  REQUIRE_FALSE(checked);
  CHECK(checked.error().get("name") == "a\\x0a\\xff");
  CHECK(checked.error().message() ==
        "the correlation id \"a\\x0a\\xff\" must not contain control characters");
}

TEST_CASE("UTF-8 is well-formed or it is not") {
  for (auto good : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                    "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(printable(good));
    CHECK(is_valid_utf8(good));
  }
  for (auto bad : {
           "\x80", // a continuation alone
           "\xc0\x80",
           "\xc1\xbf", // overlong, two bytes
           "\xe0\x80\x80",
           "\xe0\x9f\xbf", // overlong, three bytes
           "\xf0\x80\x80\x80",
           "\xf0\x8f\xbf\xbf", // overlong, four bytes
           "\xed\xa0\x80",
           "\xed\xbf\xbf", // surrogates
           "\xf4\x90\x80\x80",
           "\xf5\x80\x80\x80", // past U+10FFFF
           "\xff",
           "\xfe",
           "\xf8\x88\x80\x80\x80", // no lead bytes
           "\xc2",
           "\xe2\x82",
           "\xf0\x9f\x98", // truncated
           "\xc2"
           "a",
           "\xe2\x82"
           "a",
           "\xf0\x9f\x98"
           "a",
           "\xe2"
           "a\x82",
       }) {
    CAPTURE(printable(bad));
    CHECK_FALSE(is_valid_utf8(bad));
    CHECK_FALSE(is_valid_utf8("x"s + bad));
    CHECK_FALSE(is_valid_utf8(bad + "x"s));
  }
}

TEST_CASE("a sequence that the text cuts off is not well-formed, whatever follows in memory") {
  for (std::string_view whole : {"\xc2\x80", "\xe2\x82\xac", "\xf0\x9f\x98\x80"})
    for (std::size_t size = 1; size < whole.size(); ++size) {
      CHECK_FALSE(is_valid_utf8(whole.substr(0, size)));
      CHECK(printable(whole.substr(0, size)).size() == 4 * size);
    }
}

TEST_CASE("printable text stays as it is, and the rest is escaped byte by byte") {
  CHECK(printable("Müller 😀") == "Müller 😀");
  CHECK(printable("a\nb\x7f") == "a\\x0a"
                                 "b\\x7f");
  CHECK(printable("\u0085") == "\\xc2\\x85");
  CHECK(printable("\xe2\x82"
                  "a") == "\\xe2\\x82"
                          "a");
  CHECK(printable("\0"s) == "\\x00");
}

TEST_CASE("printable makes any bytes a line of text") {
  REQUIRE(rc::check("printable makes any bytes a line of text", [](const std::string& bytes) {
    auto text = printable(bytes);
    RC_ASSERT(is_valid_utf8(text));
    RC_ASSERT(printable(text) == text);
    RC_ASSERT(text.empty() || text.size() > 255 || check_label("key", text).has_value());
  }));
}
