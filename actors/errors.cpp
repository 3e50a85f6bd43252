#include "actors/errors.hpp"

#include "actors/interfaces.hpp"

namespace daybook::actors {

caf::error to_caf(error x) {
  auto code = x.code();
  return caf::make_error(code, std::move(x));
}

error from_caf(const caf::error& x, ec fallback) {
  if (x.category() == caf::type_id_v<ec>) {
    if (auto view = caf::make_const_typed_message_view<error>(x.context()))
      return caf::get<0>(view);
    return error{static_cast<ec>(x.code()), caf::to_string(x.context())};
  }
  auto said = caf::to_string(x);
  if (fallback == ec::outcome_unknown)
    return {fallback, "no answer from the book (" + said +
                          "): the write may or may not be durable; retry with the same key"};
  return {fallback, "no answer from the book (" + said + "): check the node and try again"};
}

} // namespace daybook::actors
