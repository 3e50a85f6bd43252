#include "actors/client.hpp"
#include "actors/client_fence.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>

// Begins a fence of the book that books.py calls CASH, writes behind it, says `ready`, and holds it
// until its standard input ends.

namespace {

using namespace daybook;

int complain(const error& x) {
  std::fprintf(stderr, "%s\n", to_string(x).c_str());
  return 1;
}

ledger::write sale(std::string key) {
  ledger::transaction x;
  x.key = std::move(key);
  x.postings = {{"assets:cash", ledger::amount{100}, "CZK", ledger::side::debit},
                {"income:other", ledger::amount{100}, "CZK", ledger::side::credit}};
  ledger::write asked;
  asked.what = std::move(x);
  return asked;
}

int run(const std::string& host, std::uint16_t port, const std::string& name) {
  auto book = client::connect(host, port).and_then([&](const client& x) {
    return x.book(name, actors::open_mode::existing);
  });
  if (!book)
    return complain(book.error());
  auto fence = book->begin_fence({});
  if (!fence)
    return complain(fence.error());
  for (auto* key : {"fenced-1", "fenced-2"})
    if (auto written = fence->write(sale(key)); !written)
      return complain(written.error());
  std::puts("ready");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App program{"Holds a fence"};
  std::string host;
  std::uint16_t port = 0;
  std::string book;
  program.add_option("HOST", host)->required();
  program.add_option("PORT", port)->required();
  program.add_option("BOOK", book)->required();
  CLI11_PARSE(program, argc, argv);
  return run(host, port, book);
}
