#include "node/whole_import.hpp"

#include "node/import_line.hpp"

#include <charconv>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace daybook::node {

namespace {

/// The item of an atomic batch that an error is about.
std::optional<std::size_t> item_of(const error& x) {
  auto text = x.get("item");
  std::size_t item = 0;
  auto end = text.data() + text.size();
  auto [stopped, failed] = std::from_chars(text.data(), end, item);
  return failed == std::errc{} && stopped == end ? std::optional{item} : std::nullopt;
}

/// The answers of an atomic batch, which has receipts only, as those of any other.
std::vector<book_client::write_result> to_answers(std::vector<ledger::receipt> receipts) {
  return std::vector<book_client::write_result>(std::make_move_iterator(receipts.begin()),
                                                std::make_move_iterator(receipts.end()));
}

} // namespace

whole_import::whole_import(book_client book, asset_precisions known, whole_import_options options,
                           importer::on_rejected rejected)
    : book_(std::move(book)),
      precisions_(std::move(known)),
      options_(options),
      rejected_(std::move(rejected)) {}

/// An asset that the input registers counts from its line on: if the book has another one of that
/// name the line is rejected, and the book's is the one that the other lines mean.
result<void> whole_import::add(const input_line& line) {
  if (stopped() || is_blank(line))
    return {};
  auto parsed = parse_import_line(line, precisions_.source(), bounds_);
  if (!parsed) {
    rejected_lines_.emplace(line.number, std::move(parsed.error()));
    return {};
  }
  if (auto* asset = std::get_if<ledger::asset_definition>(&parsed->what))
    if (!precisions_.find(asset->id))
      precisions_.learn(*asset);
  items_.push_back(std::move(*parsed));
  lines_.push_back(line.number);
  return check_room();
}

std::size_t whole_import::items_max() const {
  return options_.atomic ? bounds_.atomic_items_max : bounds_.message_items_max;
}

result<void> whole_import::check_room() const {
  if (items_.size() <= items_max())
    return {};
  auto limit = std::to_string(items_max());
  auto advice =
      options_.atomic
          ? " can be imported as one atomic batch: split the input into parts that may stand by "
            "themselves, or import it without --atomic, which can be repeated after an error"
          : " can be tried at a time: split the input";
  return fail(ec::limit_exceeded, "the input has too many lines: at most " + limit + advice,
              {{"what", "lines"}, {"limit", limit}});
}

result<void> whole_import::finish() {
  auto sent = stopped() || items_.empty() ? result<void>{} : send();
  report_rejected();
  return sent;
}

result<void> whole_import::send() {
  import_pauses pauses;
  for (;;) {
    auto got = ask();
    if (got || !is_for_later(got.error().code()))
      return judge(got);
    if (!pauses.wait())
      return fail(advise_rerun({ec::overloaded, "the node has been too busy for a minute"}));
  }
}

whole_import::answers whole_import::ask() const {
  if (options_.dry_run)
    return book_.rehearse(items_, options_.atomic);
  return book_.commit_atomic(items_).map(to_answers);
}

result<void> whole_import::judge(const answers& got) {
  if (!got) {
    if (!is_rejection(got.error().code()))
      return fail(advise_rerun(got.error()));
    auto item = item_of(got.error());
    if (!item || *item >= lines_.size())
      return fail(got.error());
    rejected_lines_.emplace(lines_[*item], got.error());
    return {};
  }
  if (got->size() != items_.size())
    return fail(advise_rerun({ec::io, "the node answered another question"}));
  for (std::size_t i = 0; i < got->size(); ++i) {
    if (auto& answer = (*got)[i])
      count(*answer);
    else if (is_rejection(answer.error().code()))
      rejected_lines_.emplace(lines_[i], answer.error());
    else
      return fail(advise_rerun(answer.error()));
  }
  return {};
}

void whole_import::report_rejected() {
  for (auto& [line, reason] : rejected_lines_)
    rejected_(line, reason);
  report_.rejected = rejected_lines_.size();
}

} // namespace daybook::node
