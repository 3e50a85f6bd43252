#include "actors/client.hpp"
#include "actors/cursor_worker.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>

// A worker with a cursor: it deals with a number of events, says `ready`, holds its cursor until
// its standard input ends, and ends.

namespace {

using namespace daybook;

struct settings {
  std::string host;
  std::uint16_t port = 0;
  std::string book;
  std::string cursor;
  std::uint64_t events = 0;
};

int complain(const error& x) {
  std::fprintf(stderr, "%s\n", to_string(x).c_str());
  return 1;
}

void hold_until_input_ends() {
  std::puts("ready");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
  }
}

int run(const settings& wanted) {
  auto book = client::connect(wanted.host, wanted.port).and_then([&](const client& x) {
    return x.book(wanted.book, actors::open_mode::existing);
  });
  if (!book)
    return complain(book.error());
  actors::cursor_request cursor;
  cursor.name = wanted.cursor;
  cursor.filter.kinds = {actors::event_kind::transaction_posted};
  cursor_options options;
  options.batch = 1;
  options.store_every_events = 1;
  std::uint64_t seen = 0;
  auto handler = [&](const actors::delivery& x) {
    seen += x.events.size();
    if (seen < wanted.events)
      return next_step::go_on;
    hold_until_input_ends();
    return next_step::stop;
  };
  auto worker = book->run_cursor(cursor, options, handler);
  if (!worker)
    return complain(worker.error());
  auto ended = worker->wait();
  return ended ? 0 : complain(ended.error());
}

} // namespace

int main(int argc, char** argv) {
  CLI::App program{"Deals with a number of transactions of a book under a cursor"};
  settings wanted;
  program.add_option("HOST", wanted.host)->required();
  program.add_option("PORT", wanted.port)->required();
  program.add_option("BOOK", wanted.book)->required();
  program.add_option("CURSOR", wanted.cursor)->required();
  program.add_option("EVENTS", wanted.events)->required();
  CLI11_PARSE(program, argc, argv);
  return run(wanted);
}
