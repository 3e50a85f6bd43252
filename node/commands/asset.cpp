#include "node/commands/define.hpp"
#include "node/rows.hpp"
#include "protocol/json_lines.hpp"

namespace daybook::node {

namespace {

struct register_options : book_options {
  std::string id;
  unsigned precision = 0;
  std::string cls;
  std::string name;
  link_options links;
};

result<void> register_asset(const register_options& options, output& out) {
  ledger::asset_definition asset{.id = options.id,
                                 .precision = static_cast<std::uint8_t>(options.precision),
                                 .name = options.name};
  ledger::from_string(options.cls, asset.cls);
  auto book = open_book(options.where, options.book, access::create);
  if (!book)
    return fail(std::move(book.error()));
  auto receipt = book->commit(linked(std::move(asset), options.links));
  if (!receipt)
    return fail(std::move(receipt.error()));
  print(out, *receipt);
  return {};
}

result<void> list_assets(const book_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto assets = book->assets();
  if (!assets)
    return fail(std::move(assets.error()));
  for (auto& asset : *assets)
    print(out, asset);
  return {};
}

void add_register(CLI::App& asset, request& chosen) {
  auto& command = *asset.add_subcommand("register", "Registers what accounts can hold");
  auto& options = define(command, chosen, register_asset);
  command.add_option("--id", options.id, "Identifier, such as CZK")->required()->type_name("ID");
  command.add_option("--precision", options.precision, "Decimal places, fixed for ever")
      ->required()
      ->check(CLI::Range(0u, unsigned{precision_max}))
      ->type_name("N");
  command.add_option("--class", options.cls, "What kind of asset")
      ->required()
      ->check(CLI::IsMember({"fiat", "crypto", "other"}))
      ->type_name("CLASS");
  command.add_option("--name", options.name, "Name for people")->type_name("NAME");
  add_link_options(command, options.links);
  add_help(command,
           "daybook asset register --data ledger --book main --id CZK \\\n"
           "    --precision 2 --class fiat --name 'Czech koruna'",
           "Registering the same again changes nothing.");
}

} // namespace

void add_asset(CLI::App& program, request& chosen) {
  auto& asset = *program.add_subcommand("asset", "What a book counts");
  asset.require_subcommand(1);
  add_register(asset, chosen);
  auto& list = *asset.add_subcommand("list", "Prints the assets");
  auto& options = define(list, chosen, list_assets);
  add_read_only(list, options);
  add_help(list, "daybook asset list --data ledger --book main",
           "Columns: id, precision, class, name.");
}

} // namespace daybook::node
