// Random histories against a ledger that is too simple to be wrong.

#include "comparison.hpp"

using namespace daybook;
using namespace daybook::ledger;

TEST_CASE("the machine and a simple book agree on every history", "[I3][I5][I6][I7][I9]") {
  REQUIRE(rc::check("the machine and a simple book agree on every history", [] {
    comparison both{0};
    both.run(with_beginning(*any_history()));
    both.finish();
    both.apply(crash{0, 0});
    both.finish();
  }));
}

TEST_CASE("they agree when memory holds four keys", "[I3][I5][I6][I7][I9][I12]") {
  REQUIRE(rc::check("they agree when memory holds four keys", [] {
    comparison both{4};
    both.run(with_beginning(*any_history()));
    both.finish();
    both.apply(crash{*rc::gen::inRange<std::size_t>(0, 100), *rc::gen::inRange<std::size_t>(0, 3)});
    both.finish();
  }));
}
