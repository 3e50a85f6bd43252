#include "base/names.hpp"
#include "node/commands/define.hpp"
#include "node/importer.hpp"
#include "node/input_file.hpp"
#include "node/progress.hpp"
#include "node/whole_import.hpp"
#include "protocol/json.hpp"
#include "protocol/json_text.hpp"

#include <optional>
#include <span>
#include <utility>

namespace daybook::node {

namespace {

struct import_options : book_options {
  std::string file;
  std::string on_error = "stop";
  whole_import_options whole;
};

/// Prints what became of an import. As JSON it is one object, written piece by piece: there may be
/// more rejections than fit in memory.
class import_printer {
public:
  import_printer(output& out, progress& bar, whole_import_options whole)
      : out_(out), bar_(bar), whole_(whole) {}

  void rejected(std::uint64_t line, const error& reason) {
    if (!first_)
      first_ = error{reason}.with("line", std::to_string(line));
    if (out_.json()) {
      open_list();
      out_.write(separator_);
      separator_ = ",";
      out_.write(protocol::json_object{}
                     .add("line", line)
                     .add_json("reason", protocol::to_json(reason))
                     .take());
    } else {
      bar_.hide();
      out_.line("rejected line " + std::to_string(line) + ": " + printable(sentence(reason)));
    }
  }

  void summary(const import_report& x) {
    if (!out_.json())
      return out_.line((whole_.dry_run ? "dry run: accepted " : "accepted ") +
                       std::to_string(x.accepted) + ", deduplicated " +
                       std::to_string(x.deduplicated) + ", rejected " + std::to_string(x.rejected));
    open_list();
    protocol::json_object counts;
    counts.add("accepted", x.accepted)
        .add("deduplicated", x.deduplicated)
        .add("rejected", x.rejected);
    if (whole_.dry_run)
      counts.add("dry_run", true);
    if (x.stopped_at)
      counts.add("stopped_at", *x.stopped_at).add("accepted_after_stop", x.accepted_after_stop);
    out_.write("],");
    out_.line(counts.take().substr(1));
  }

  /// The sentence for standard error, or nothing when every line was accepted.
  result<void> verdict(const import_report& x) const {
    if (!first_)
      return {};
    std::string text;
    if (x.stopped_at) {
      text = "line " + std::to_string(*x.stopped_at) +
             " was rejected and the import stopped there (" + std::string{sentence(*first_)} +
             "); correct it and run the import again: what was accepted is recognised and changes "
             "nothing, but for closings and reopenings of accounts, which are done again";
      if (x.accepted_after_stop > 0)
        text += " (" + std::to_string(x.accepted_after_stop) +
                " later lines had been sent together with it and were accepted)";
    } else if (whole_.atomic) {
      text = "line " + std::string{first_->get("line")} +
             " was rejected, so nothing was written (" + std::string{sentence(*first_)} +
             "); correct it and run the import again";
    } else if (whole_.dry_run) {
      text = std::to_string(x.rejected) + " lines would be rejected; nothing was written";
    } else {
      text = std::to_string(x.rejected) + " lines were rejected, everything else is in the book; "
                                          "correct them and import them again";
    }
    return fail(first_->code(), std::move(text), first_->fields());
  }

private:
  void open_list() {
    if (!std::exchange(list_is_open_, true))
      out_.write("{\"rejections\":[");
  }

  output& out_;
  progress& bar_;
  whole_import_options whole_;
  std::optional<error> first_;
  bool list_is_open_ = false;
  const char* separator_ = "";
};

/// Gives the lines of a file to what imports them.
template <class Importer>
result<void> feed(Importer& to, input_file& file, progress& bar) {
  line_splitter lines{[&file](std::span<char> into) { return file.read_some(into); },
                      protocol::line_bytes_max(limits{})};
  while (!to.stopped()) {
    auto line = lines.next();
    if (!line)
      return fail(std::move(line.error()));
    if (!*line)
      break;
    if (auto added = to.add(**line); !added)
      return added;
    bar.update(lines.bytes_read());
  }
  return to.finish();
}

result<void> import_file(const import_options& options, output& out) {
  auto file = input_file::open(options.file);
  if (!file)
    return fail(std::move(file.error()));
  // A rehearsal leaves nothing behind, not even an empty book.
  auto book = open_book(options.where, options.book,
                        options.whole.dry_run ? access::existing : access::create);
  if (!book)
    return fail(std::move(book.error()));
  auto known = asset_precisions::of(*book);
  if (!known)
    return fail(std::move(known.error()));
  progress bar{{"importing", "bytes", file->size()}};
  import_printer printer{out, bar, options.whole};
  auto on_rejected = [&](std::uint64_t line, const error& why) { printer.rejected(line, why); };
  auto run = [&](auto& to) {
    auto done = feed(to, *file, bar);
    bar.hide();
    printer.summary(to.report());
    return done.and_then([&] { return printer.verdict(to.report()); });
  };
  if (options.whole.atomic || options.whole.dry_run) {
    whole_import whole{*book, std::move(*known), options.whole, on_rejected};
    return run(whole);
  }
  auto policy = options.on_error == "stop" ? on_error::stop : on_error::resume;
  importer line_by_line{*book, std::move(*known), policy, on_rejected};
  return run(line_by_line);
}

} // namespace

void add_import(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand(
      "import", "Writes JSON Lines to a book: an asset, account or transaction a line");
  auto& options = define(command, chosen, import_file);
  command.add_option("FILE", options.file, "The file, or - for standard input")
      ->required()
      ->type_name("");
  auto* policy = command.add_option("--on-error", options.on_error, "stop (default) or continue")
                     ->check(CLI::IsMember({"stop", "continue"}))
                     ->type_name("POLICY");
  command.add_flag("--atomic", options.whole.atomic, "All lines or none; at most 10,000")
      ->excludes(policy);
  command
      .add_flag("--dry-run", options.whole.dry_run,
                "Print what would become of the lines, at most 100,000; write nothing")
      ->excludes(policy);
  add_help(command, "daybook import --data ledger --book main sample.jsonl",
           R"(Prints each rejected line with the reason, and how many lines were accepted,
deduplicated and rejected. Importing the same again changes nothing, but for
lines that close or reopen an account, which have no key: such a line is done
again unless the account is closed, or open, as it says. The file of an account
that was closed and reopened closes and reopens it each time.

Lines are written in their order and travel in messages of up to 1,000. With
--on-error stop, a malformed line ends the import before anything after it is
sent. A line that the book refuses ends it too, but later lines of the same
message may be accepted; how many is reported.

With --atomic all lines become durable and visible at once, or none does. If all
its transactions are in the book, nothing is done again, closings neither.

A line with `reverses` names a transaction by its seq in this book, which must be
durable, or stand before that line. So the export of a whole book goes into an
empty one; into a book with events of its own, its reversals do not.)");
}

} // namespace daybook::node
