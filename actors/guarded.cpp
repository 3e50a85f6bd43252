#include "actors/guarded.hpp"

namespace daybook::actors {

std::string describe(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& x) {
    return x.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

error unexpected(const std::exception_ptr& thrown) {
  auto what = describe(thrown);
  return {ec::internal, "the work was given up: " + what, {{"what", what}}};
}

} // namespace daybook::actors
