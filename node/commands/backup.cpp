#include "node/backup.hpp"

#include "log/posix_storage.hpp"
#include "node/commands/define.hpp"
#include "node/progress.hpp"
#include "node/verifier.hpp"
#include "protocol/json_text.hpp"

#include <string>

namespace daybook::node {

namespace {

struct backup_options : common_options {
  std::string data;
  std::string to;
};

/// The copy is read from end to end, as `daybook verify` does.
result<void> verify_copy(log::storage& disk, const std::string& path, const backup_report& report) {
  auto copy = log::data_directory::open_read_only(disk, path);
  if (!copy)
    return fail(std::move(copy.error()));
  progress bar{{"verifying", "bytes", report.bytes}};
  std::uint64_t done = 0;
  for (auto& book : report.books) {
    auto right =
        verify_book(disk, *copy, book, [&](std::uint64_t bytes) { bar.update(done += bytes); });
    if (!right)
      return fail(std::move(right.error()));
  }
  bar.hide();
  return {};
}

result<void> run_backup(const backup_options& options, output& out) {
  log::posix_storage disk;
  auto from = log::data_directory::open_read_only(disk, options.data);
  if (!from)
    return fail(std::move(from.error()));
  auto report = back_up(disk, *from, options.to);
  if (!report)
    return fail(std::move(report.error()));
  if (auto right = verify_copy(disk, options.to, *report); !right)
    return right;
  if (out.json())
    out.line(protocol::json_object{}
                 .add("backup", options.to)
                 .add("books", static_cast<std::uint64_t>(report->books.size()))
                 .add("files", report->files)
                 .add("bytes", report->bytes)
                 .take());
  else
    out.line(std::to_string(report->books.size()) + " books, " + std::to_string(report->bytes) +
             " bytes copied to " + options.to + " and verified");
  return {};
}

} // namespace

void add_backup(CLI::App& program, request& chosen) {
  auto& command =
      *program.add_subcommand("backup", "Copies the books of a directory, and verifies the copy");
  auto& options = define(command, chosen, run_backup);
  command.add_option("--data", options.data, "Data directory; a node may have it open")
      ->required()
      ->type_name("DIR");
  command.add_option("--to", options.to, "Directory for the copy, new or empty")
      ->required()
      ->type_name("DIR");
  add_help(command, "daybook backup --data ledger --to /mnt/backup/2026-11-22",
           "The copy is a data directory: to restore it, start a node on it, or on a copy of it.\n"
           "It has everything that was acknowledged before the command began. An interrupted copy\n"
           "is no data directory: remove it.");
}

} // namespace daybook::node
