#pragma once

#include "actors/client.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "node/asset_precisions.hpp"
#include "node/line_splitter.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace daybook::node {

enum class on_error { stop, resume };

struct import_report {
  std::uint64_t accepted = 0;
  std::uint64_t deduplicated = 0;
  std::uint64_t rejected = 0;
  /// The first rejected line when the import stopped there, and how many later lines were accepted
  /// nevertheless, because they were in the same message.
  std::optional<std::uint64_t> stopped_at;
  std::uint64_t accepted_after_stop = 0;
};

/// Sends lines to a book in their order: while one message of lines is on its way, the next one is
/// filled, and never more, so that neither a rejection nor a full queue can change the order. Holds
/// two messages. One thread.
///
/// What could not be sent because the node was overloaded is sent again, for a while.
///
/// A transaction that reverses another is judged against durable ones: before one that may be in
/// the same message, or on its way, everything before it becomes durable first.
class importer {
public:
  /// Told of each rejected line, in their order.
  using on_rejected = std::function<void(std::uint64_t line, const error& reason)>;

  importer(book_client book, asset_precisions known, on_error policy, on_rejected rejected);

  /// Takes one line; blank ones are skipped.
  /// Errors: `outcome_unknown`, `overloaded` after long waiting, `io`. Then the import is over.
  result<void> add(const input_line& line);

  /// Sends what is left and waits for the last answer. Errors: as `add`.
  result<void> finish();

  /// A line was rejected and the policy is to stop: nothing after it is sent any more.
  bool stopped() const { return report_.stopped_at.has_value(); }

  const import_report& report() const { return report_; }

private:
  struct item {
    std::uint64_t line;
    ledger::write content;
  };
  struct message {
    std::vector<item> items;
    std::size_t bytes = 0;
    std::map<std::uint64_t, error> rejected; ///< reported with the answer, for the order's sake
  };
  using answers = result<std::vector<book_client::write_result>>;

  result<std::optional<ledger::write>> read(const input_line& line);
  result<ledger::write> parse(const input_line& line) const;
  result<void> send_if_full();
  result<void> send();
  result<void> settle();
  result<void> await_answer();
  result<void> resend_until_taken(message& sent, answers got);
  result<std::vector<item>> judge(message& sent, answers got);
  std::future<answers> ask(const std::vector<item>& items) const;
  result<void> settle_before(const ledger::write& x);
  void count(std::uint64_t line, const ledger::receipt& x);
  result<void> reject_unsent(std::uint64_t line, error reason);
  void reject(message& in, std::uint64_t line, error reason);
  void report_rejected(const message& in);

  book_client book_;
  asset_precisions precisions_;
  on_error policy_;
  on_rejected rejected_;
  limits bounds_;
  import_report report_;
  message filling_;
  message in_flight_;
  std::future<answers> answer_;
  /// Assets are on their way whose registration the book has not confirmed.
  bool assets_pending_ = false;
  event_seq durable_; ///< of what was answered, the last event
};

} // namespace daybook::node
