#include "node/amount_argument.hpp"

#include "base/names.hpp"

namespace daybook::node {

result<amount_argument> parse_amount_argument(std::string_view text) {
  auto split = text.rfind('=');
  if (split == text.npos || split == 0 || split + 1 == text.size()) {
    auto shown = printable(text);
    return fail(ec::invalid_argument,
                "'" + shown + "' is not PATH=AMOUNT; write it like assets:cash=12.50",
                {{"argument", shown}});
  }
  return amount_argument{std::string{text.substr(0, split)}, std::string{text.substr(split + 1)}};
}

} // namespace daybook::node
