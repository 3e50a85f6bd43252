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
  if (fallback == ec::outcome_unknown && fate_of(x) == fate::not_accepted)
    return {ec::restarting,
            "the book is not there any more: nothing was accepted, open it and send again"};
  if (fallback == ec::outcome_unknown)
    return {fallback, "no answer from the book (" + said +
                          "): the write may or may not be durable; retry with the same key"};
  return {fallback, "no answer from the book (" + said + "): check the node and try again"};
}

/// What CAF 0.18 answers: `request_receiver_down` for what is in the mailbox of an actor when it
/// ends, and for all that comes later; `broken_promise` for what it had begun; what the
/// exception handler gives, `runtime_error`, for what it was at when it threw. For a lost node it
/// answers nothing: `watched_calls` does, with `broken_promise`.
fate fate_of(const caf::error& x) {
  if (x == ec::restarting || x == caf::sec::request_receiver_down)
    return fate::not_accepted;
  if (x == ec::outcome_unknown || x == caf::sec::broken_promise || x == caf::sec::runtime_error)
    return fate::unknown;
  return fate::decided;
}

} // namespace daybook::actors
