#include "actors/client.hpp"
#include "protocol/json_lines.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <fstream>
#include <mutex>
#include <span>
#include <thread>

// A client that says what it was told: it sends the transactions of a JSON Lines file to a node and
// prints each key as soon as the node has acknowledged it. Tests kill nodes and compare.

namespace {

using namespace daybook;

enum exit_code : int { all_acknowledged = 0, refused = 1, wrong_usage = 2, connection_lost = 3 };

struct settings {
  std::string host;
  std::uint16_t port = 0;
  std::string book;
  std::string file;
  std::size_t connections = 1;
  std::size_t in_flight = 1; ///< messages of one connection that wait for an answer
  std::size_t per_message = 1;
};

using message = std::vector<ledger::command>;
using answers = result<std::vector<book_client::write_result>>;

exit_code complain(const error& x) {
  std::fprintf(stderr, "%s\n", to_string(x).c_str());
  auto is_lost = x.code() == ec::outcome_unknown || x.code() == ec::io;
  return is_lost ? connection_lost : refused;
}

/// Hands each key to the kernel at once, so that it is known even if this process is killed.
void acknowledge(const std::string& key) {
  static std::mutex mutex;
  std::lock_guard guard{mutex};
  std::printf("%s\n", key.c_str());
  std::fflush(stdout);
}

/// The messages that connection `index` sends.
std::vector<message> part_of(const std::vector<message>& all, const settings& wanted,
                             std::size_t index) {
  std::vector<message> part;
  for (auto i = index; i < all.size(); i += wanted.connections)
    part.push_back(all[i]);
  return part;
}

class sender {
public:
  sender(book_client book, std::size_t in_flight) : book_(std::move(book)), window_(in_flight) {}

  exit_code send(std::span<const message> messages) {
    for (auto& next : messages) {
      if (waiting_.size() == window_)
        if (auto code = settle(); code != all_acknowledged)
          return code;
      waiting_.push_back({&next, book_.commit_async(next)});
    }
    while (!waiting_.empty())
      if (auto code = settle(); code != all_acknowledged)
        return code;
    return all_acknowledged;
  }

private:
  struct sent {
    const message* content;
    std::future<answers> answer;
  };

  /// Waits for the oldest answer.
  exit_code settle() {
    auto oldest = std::move(waiting_.front());
    waiting_.pop_front();
    auto outcomes = oldest.answer.get();
    if (!outcomes)
      return complain(outcomes.error());
    if (outcomes->size() != oldest.content->size())
      return complain({ec::invalid_argument, "the answer is not one of all items"});
    for (std::size_t i = 0; i < outcomes->size(); ++i) {
      if (auto& outcome = (*outcomes)[i]; !outcome)
        return complain(outcome.error());
      acknowledge(*key_of((*oldest.content)[i]));
    }
    return all_acknowledged;
  }

  book_client book_;
  std::size_t window_;
  std::deque<sent> waiting_;
};

result<std::vector<book_client>> connect(const settings& wanted) {
  std::vector<book_client> books;
  for (std::size_t i = 0; i < wanted.connections; ++i) {
    auto book = client::connect(wanted.host, wanted.port).and_then([&](const client& x) {
      return x.book(wanted.book, actors::open_mode::existing);
    });
    if (!book)
      return fail(std::move(book.error()));
    books.push_back(std::move(*book));
  }
  return books;
}

result<std::vector<message>> read_messages(const settings& wanted, const book_client& book) {
  auto assets = book.assets();
  if (!assets)
    return fail(std::move(assets.error()));
  auto precision = [&](std::string_view id) -> std::optional<std::uint8_t> {
    auto i = std::ranges::find(*assets, id, &ledger::asset_definition::id);
    return i == assets->end() ? std::nullopt : std::optional{i->precision};
  };
  std::vector<message> messages;
  std::ifstream file{wanted.file};
  if (!file)
    return fail(ec::not_found, "cannot read " + wanted.file);
  for (std::string line; std::getline(file, line);) {
    auto parsed = protocol::parse_line(line, precision, limits{});
    if (!parsed)
      return fail(std::move(parsed.error()));
    if (messages.empty() || messages.back().size() == wanted.per_message)
      messages.emplace_back();
    messages.back().push_back(std::move(*parsed));
  }
  return messages;
}

exit_code run(const settings& wanted) {
  auto books = connect(wanted);
  if (!books)
    return complain(books.error());
  auto messages = read_messages(wanted, books->front());
  if (!messages)
    return complain(messages.error());
  std::vector<exit_code> codes(wanted.connections, all_acknowledged);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < wanted.connections; ++i)
    threads.emplace_back([&, i] {
      codes[i] = sender{(*books)[i], wanted.in_flight}.send(part_of(*messages, wanted, i));
    });
  for (auto& thread : threads)
    thread.join();
  return *std::ranges::max_element(codes);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App program{"Sends a file's transactions to a node and prints the acknowledged keys"};
  settings wanted;
  program.add_option("HOST", wanted.host)->required();
  program.add_option("PORT", wanted.port)->required();
  program.add_option("BOOK", wanted.book)->required();
  program.add_option("FILE", wanted.file, "JSON Lines, transactions only")->required();
  program.add_option("--connections", wanted.connections)->check(CLI::PositiveNumber);
  program.add_option("--in-flight", wanted.in_flight)->check(CLI::PositiveNumber);
  program.add_option("--per-message", wanted.per_message)->check(CLI::PositiveNumber);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return program.exit(problem) == 0 ? all_acknowledged : wrong_usage;
  }
  return run(wanted);
}
