#include "node/importer.hpp"

#include "node/import_line.hpp"

#include <algorithm>
#include <utility>

namespace daybook::node {

namespace {

constexpr std::size_t message_items = 1'000;
constexpr std::size_t message_bytes = 4 * 1024 * 1024;

bool has_links(const ledger::write& x) {
  return !x.correlation_id.empty() || !x.causation_id.empty();
}

} // namespace

importer::importer(book_client book, asset_precisions known, on_error policy, on_rejected rejected)
    : book_(std::move(book)),
      precisions_(std::move(known)),
      policy_(policy),
      rejected_(std::move(rejected)) {}

result<void> importer::add(const input_line& line) {
  if (stopped() || is_blank(line))
    return {};
  auto command = read(line);
  if (!command)
    return fail(std::move(command.error()));
  if (!*command)
    return {};
  if (auto settled = settle_before(**command); !settled)
    return settled;
  assets_pending_ |= std::holds_alternative<ledger::asset_definition>((*command)->what);
  filling_.items.push_back({line.number, std::move(**command)});
  filling_.bytes += line.text.size();
  return send_if_full();
}

result<void> importer::send_if_full() {
  auto lines = filling_.items.size() + filling_.rejected.size();
  return lines < message_items && filling_.bytes < message_bytes ? result<void>{} : send();
}

/// What a reversal takes back may be on its way or not sent yet. Once it is durable the book finds
/// it, or says that there is nothing.
result<void> importer::settle_before(const ledger::write& x) {
  auto* asked = std::get_if<ledger::transaction>(&x.what);
  return asked && asked->reverses > durable_ ? settle() : result<void>{};
}

result<void> importer::finish() { return settle(); }

/// The line's command, or nothing when it was rejected. An asset of the file counts only once the
/// book has confirmed its precision: another client may have registered it with another one, and
/// amounts read at the wrong one would be wrong amounts.
result<std::optional<ledger::write>> importer::read(const input_line& line) {
  auto parsed = parse(line);
  if (!parsed && parsed.error().code() == ec::unknown_asset && assets_pending_) {
    if (auto settled = settle(); !settled)
      return fail(std::move(settled.error()));
    auto confirmed = asset_precisions::of(book_);
    if (!confirmed)
      return fail(std::move(confirmed.error()));
    precisions_ = std::move(*confirmed);
    assets_pending_ = false;
    parsed = parse(line);
  }
  if (parsed)
    return std::move(*parsed);
  if (auto refused = reject_unsent(line.number, std::move(parsed.error())); !refused)
    return fail(std::move(refused.error()));
  return std::nullopt;
}

result<ledger::write> importer::parse(const input_line& line) const {
  return parse_import_line(line, precisions_.source(), bounds_);
}

result<void> importer::send() {
  if (auto answered = await_answer(); !answered)
    return answered;
  auto next = std::exchange(filling_, {});
  if (!stopped() && !next.items.empty()) {
    answer_ = ask(next.items);
    in_flight_ = std::move(next);
  } else {
    report_rejected(next);
  }
  return {};
}

result<void> importer::settle() {
  return send().and_then([this] { return await_answer(); });
}

result<void> importer::await_answer() {
  if (!answer_.valid())
    return {};
  auto sent = std::exchange(in_flight_, {});
  auto taken = resend_until_taken(sent, answer_.get());
  report_rejected(sent);
  return taken;
}

result<void> importer::resend_until_taken(message& sent, answers got) {
  import_pauses pauses;
  for (;;) {
    auto unsent = judge(sent, std::move(got));
    if (!unsent)
      return fail(std::move(unsent.error()));
    if (unsent->empty() || stopped())
      return {};
    if (unsent->size() < sent.items.size())
      pauses = {};
    if (!pauses.wait())
      return fail(advise_rerun({ec::overloaded, "the node has been too busy for a minute"}));
    sent.items = std::move(*unsent);
    got = ask(sent.items).get();
  }
}

/// Counts what was answered and returns what is to be sent again. After an item that was turned
/// away for lack of room, a rejection proves nothing: the item may rest on that one.
result<std::vector<importer::item>> importer::judge(message& sent, answers got) {
  if (!got && is_for_later(got.error().code()))
    return std::move(sent.items);
  if (!got)
    return fail(advise_rerun(got.error()));
  if (got->size() != sent.items.size())
    return fail(advise_rerun({ec::io, "the node answered another question"}));
  std::vector<item> again;
  std::optional<error> failure;
  for (std::size_t i = 0; i < got->size(); ++i) {
    auto& item = sent.items[i];
    auto& answer = (*got)[i];
    if (answer)
      count(item.line, *answer);
    else if (is_for_later(answer.error().code()) || !again.empty())
      again.push_back(std::move(item));
    else if (is_rejection(answer.error().code()))
      reject(sent, item.line, std::move(answer.error()));
    else if (!failure)
      failure = advise_rerun(answer.error());
  }
  if (failure)
    return fail(std::move(*failure));
  return again;
}

/// A message of commands is smaller than one of writes. Few need to be writes: those with the links
/// of what is no transaction. Their answer is asked for when it is waited for.
std::future<importer::answers> importer::ask(const std::vector<item>& items) const {
  if (std::ranges::any_of(items, has_links, &item::content)) {
    std::vector<ledger::write> writes;
    writes.reserve(items.size());
    for (auto& item : items)
      writes.push_back(item.content);
    return std::async(std::launch::deferred, [book = book_, xs = std::move(writes)]() mutable {
      return book.commit_batch(std::move(xs));
    });
  }
  std::vector<ledger::command> commands;
  commands.reserve(items.size());
  for (auto& item : items)
    commands.push_back(item.content.what);
  return book_.commit_async(std::move(commands));
}

void importer::count(std::uint64_t line, const ledger::receipt& x) {
  ++(x.deduplicated ? report_.deduplicated : report_.accepted);
  durable_ = std::max(durable_, x.id.seq);
  if (!x.deduplicated && report_.stopped_at && line > *report_.stopped_at)
    ++report_.accepted_after_stop;
}

/// A line that the book never sees. If the import stops at it, what was read before it comes first,
/// for that may be what it stops at.
result<void> importer::reject_unsent(std::uint64_t line, error reason) {
  if (policy_ == on_error::stop)
    if (auto settled = settle(); !settled)
      return settled;
  if (!stopped())
    reject(filling_, line, std::move(reason));
  return send_if_full();
}

void importer::reject(message& in, std::uint64_t line, error reason) {
  if (policy_ == on_error::stop && !stopped())
    report_.stopped_at = line;
  in.rejected.emplace(line, std::move(reason));
}

void importer::report_rejected(const message& in) {
  for (auto& [line, reason] : in.rejected)
    rejected_(line, reason);
  report_.rejected += in.rejected.size();
}

} // namespace daybook::node
