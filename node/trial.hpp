#pragma once

#include "base/error.hpp"

#include <string_view>

namespace daybook::node {

/// Whether debits equal credits in a row of a trial balance [I6].
template <class Row>
bool is_even(const Row& x) {
  return x.debit_turnover == x.credit_turnover && x.debit_balances == x.credit_balances;
}

/// What to say of a row that is not even.
error uneven(std::string_view book, std::string_view asset);

} // namespace daybook::node
