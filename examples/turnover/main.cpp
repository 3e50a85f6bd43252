// The daily turnover of an account and everything below it, kept up to date by following the book.
// The node was started with `daybook serve --data DIRECTORY`.
//
//   daybook_turnover HOST PORT BOOK [ACCOUNT]

#include "daily_turnover.hpp"

#include "actors/client.hpp"
#include "actors/projection.hpp"

#include <charconv>
#include <iostream>
#include <string_view>

namespace {

int complain(const daybook::error& x) {
  std::cerr << to_string(x) << '\n';
  return 1;
}

} // namespace

int main(int argc, char** argv) {
  using namespace daybook;

  if (argc < 4 || argc > 5) {
    std::cerr << "usage: daybook_turnover HOST PORT BOOK [ACCOUNT]\n";
    return 2;
  }
  std::uint16_t port = 0;
  std::string_view text = argv[2];
  auto [end, problem] = std::from_chars(text.begin(), text.end(), port);
  if (problem != std::errc{} || end != text.end()) {
    std::cerr << "not a port: " << text << '\n';
    return 2;
  }
  auto node = client::connect(argv[1], port);
  if (!node)
    return complain(node.error());
  auto book = node->book(argv[3], actors::open_mode::existing);
  if (!book)
    return complain(book.error());
  auto assets = book->assets();
  if (!assets)
    return complain(assets.error());

  // Only what can change the value comes over the network.
  std::string account = argc == 5 ? argv[4] : "";
  projection_options options;
  options.filter.kinds = {actors::event_kind::transaction_posted};
  if (!account.empty())
    options.filter.account_prefixes = {account};
  auto turnover = book->project<daily_turnover>(options, daily_turnover{account});
  if (!turnover)
    return complain(turnover.error());

  // Consistent: everything that was durable when it was asked for is in it.
  auto now = turnover->get();
  if (!now)
    return complain(now.error());
  for (auto& [key, sum] : now->value)
    for (auto& asset : *assets)
      if (asset.id == key.asset)
        std::cout << key.day << ' ' << to_decimal(sum, asset.precision) << ' ' << key.asset << '\n';
}
