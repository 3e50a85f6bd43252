#include "node/torture/book_moves.hpp"

namespace daybook::node::torture {

result<void> move_book(const address&, const std::string&, const std::string&) {
  return fail(ec::unavailable, no_moves());
}

bool is_clean_refusal(const error& x) {
  return x.code() != ec::corrupt && x.code() != ec::internal;
}

std::string no_moves() { return "move: books cannot be moved yet"; }

} // namespace daybook::node::torture
