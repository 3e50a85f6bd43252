#include "node/cursor_rows.hpp"

#include "node/event_kinds.hpp"
#include "tests/unit/node/rows_fixture.hpp"

#include <catch2/catch_all.hpp>

namespace daybook::node {

namespace {

actors::cursor_info mailer() {
  actors::cursor_info x;
  x.name = "mailer";
  x.filter = make_filter({"transaction"}, {"a\"b"});
  x.position = event_seq{7};
  x.durable = event_seq{10};
  x.held = true;
  return x;
}

} // namespace

TEST_CASE("a cursor is printed with its lag") {
  CHECK(test::printed(false, [](output& out) { print(out, mailer()); }) ==
        "mailer\t7\t3\theld\t1970-01-01\ttransaction; a\"b\n");
  CHECK(test::printed(true, [](output& out) { print(out, mailer()); }) ==
        R"({"cursor":"mailer","position":7,"lag":3,"held":true,"stored_at":"1970-01-01",)"
        R"("kinds":["transaction"],"prefixes":["a\"b"]})"
        "\n");
}

TEST_CASE("a cursor that is not behind has no lag") {
  auto x = mailer();
  x.position = x.durable;
  CHECK(lag_of(x) == 0);
  x.position = x.durable.next();
  CHECK(lag_of(x) == 0);
}

} // namespace daybook::node
