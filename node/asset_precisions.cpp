#include "node/asset_precisions.hpp"

#include "base/names.hpp"

#include <utility>
#include <variant>

namespace daybook::node {

result<asset_precisions> asset_precisions::of(const book_client& book) {
  auto assets = book.assets();
  if (!assets)
    return fail(std::move(assets.error()));
  asset_precisions known;
  for (auto& asset : *assets)
    known.learn(asset);
  return known;
}

void asset_precisions::learn(const ledger::command& x) {
  if (auto* asset = std::get_if<ledger::asset_definition>(&x))
    learn(*asset);
}

std::optional<std::uint8_t> asset_precisions::find(std::string_view asset) const {
  auto found = by_id_.find(asset);
  return found == by_id_.end() ? std::nullopt : std::optional{found->second};
}

protocol::precision_source asset_precisions::source() const {
  return [this](std::string_view asset) { return find(asset); };
}

result<std::uint8_t> precision_of(const book_client& book, const std::string& asset) {
  auto known = asset_precisions::of(book);
  if (!known)
    return fail(std::move(known.error()));
  if (auto precision = known->find(asset))
    return *precision;
  auto shown = printable(asset);
  return fail(ec::unknown_asset,
              "there is no asset '" + shown +
                  "' in this book: register it first with `daybook asset register`",
              {{"asset", shown}});
}

} // namespace daybook::node
