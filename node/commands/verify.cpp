#include "node/commands/define.hpp"
#include "node/progress.hpp"
#include "node/verifier.hpp"

#include "base/names.hpp"
#include "log/posix_storage.hpp"
#include "protocol/json.hpp"
#include "protocol/json_text.hpp"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace daybook::node {

namespace {

namespace fs = std::filesystem;

struct verify_options : common_options {
  std::string data;
  std::string book;
};

/// For the progress bar alone: what cannot be read counts nothing here and fails later.
std::uint64_t bytes_in(const std::string& directory) {
  std::uint64_t sum = 0;
  std::error_code ignored;
  for (auto& entry : fs::directory_iterator{directory, ignored})
    if (auto size = entry.file_size(ignored); !ignored)
      sum += size;
  return sum;
}

void print(output& out, const std::string& book, const book_report& x) {
  auto& log = x.log;
  auto chain = protocol::to_hex(log.chain);
  if (!out.json()) {
    auto torn = !log.torn ? std::string{"-"}
                          : "incomplete last batch at " + log.torn->file + " offset " +
                                std::to_string(log.torn->offset);
    return out.row({book, std::to_string(log.batches), std::to_string(x.events),
                    std::to_string(log.last_seq.value()), chain, torn});
  }
  protocol::json_object line;
  line.add("book", book)
      .add("segments", log.segments)
      .add("batches", log.batches)
      .add("events", x.events)
      .add("last_seq", log.last_seq.value())
      .add("accounts", x.accounts)
      .add("transactions", x.transactions)
      .add("chain", chain);
  if (log.torn)
    line.add_json("incomplete", protocol::json_object{}
                                    .add("file", log.torn->file)
                                    .add("offset", log.torn->offset)
                                    .add("bytes", log.torn->bytes)
                                    .take());
  out.line(line.take());
}

result<std::vector<std::string>> books_to_verify(const verify_options& options,
                                                 const log::data_directory& directory) {
  if (options.book.empty())
    return directory.books();
  if (auto valid = check_book_name(options.book); !valid)
    return fail(std::move(valid.error()));
  return std::vector{options.book};
}

/// Every book is checked, whatever is wrong with those before it. The last thing wrong is returned,
/// the others are printed.
result<void> verify_books(const std::vector<std::string>& books, log::storage& disk,
                          const log::data_directory& directory, output& out) {
  std::uint64_t total = 0;
  for (auto& book : books)
    total += bytes_in(directory.book_directory(book));
  progress bar{{"verifying", "bytes", total}};
  std::uint64_t done = 0;
  result<void> verdict;
  for (auto& book : books) {
    auto report =
        verify_book(disk, directory, book, [&](std::uint64_t bytes) { bar.update(done += bytes); });
    bar.hide();
    if (report) {
      print(out, book, *report);
    } else {
      if (!verdict)
        print_error(verdict.error(), out.json());
      verdict = fail(std::move(report.error()));
    }
  }
  return verdict;
}

result<void> verify(const verify_options& options, output& out) {
  log::posix_storage disk;
  auto directory = log::data_directory::open_read_only(disk, options.data);
  if (!directory)
    return fail(std::move(directory.error()));
  return books_to_verify(options, *directory).and_then([&](const auto& books) {
    return verify_books(books, disk, *directory, out);
  });
}

} // namespace

void add_verify(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand(
      "verify", "Checks the checksums, the chain and the balances of books");
  auto& options = define(command, chosen, verify);
  command.add_option("--data", options.data, "Data directory")->required()->type_name("DIR");
  command.add_option("--book", options.book, "Only this book")->type_name("BOOK");
  command.add_flag_callback("--read-only", [] {}, "As always: this command never writes");
  add_help(command, "daybook verify --data ledger",
           "Needs no node, takes no lock and writes nothing. Beside a running node it checks\n"
           "what is durable; a batch being written may look incomplete.\n\n"
           "Columns: book, batches, events, last seq, chain hash, and where an interrupted\n"
           "write left an incomplete last batch (- if nowhere). Such a batch was never\n"
           "acknowledged and is no failure.");
}

} // namespace daybook::node
