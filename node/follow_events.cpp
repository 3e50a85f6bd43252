#include "node/follow_events.hpp"

#include "actors/client_follow.hpp"
#include "actors/cursor_worker.hpp"
#include "node/asset_precisions.hpp"
#include "node/rows.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <utility>
#include <variant>

namespace daybook::node {

namespace {

/// Prints what is delivered. What it throws ends the follower, on whose thread it is called.
class delivery_printer {
public:
  delivery_printer(const book_client& book, output& out) : book_(book), out_(out) {}

  void print(const actors::delivery& x) {
    for (auto& event : x.events) {
      learn_assets_of(event);
      out_.line(event_json(event, precisions_));
    }
    out_.flush();
    dropped_ = x.dropped;
    if (!out_.ok())
      throw std::runtime_error{"the output takes no more"};
  }

  /// Of a lossy subscription. Once the follower has ended.
  std::uint64_t dropped() const { return dropped_; }

private:
  bool knows_assets_of(const actors::recorded_event& x) const {
    auto is_known = [this](const std::string& asset) {
      return precisions_.find(asset).has_value();
    };
    if (auto* posted = std::get_if<ledger::transaction>(&x.content))
      return std::ranges::all_of(posted->postings, is_known, &ledger::posting::asset);
    if (auto* account = std::get_if<ledger::account_definition>(&x.content))
      return is_known(account->asset);
    return true;
  }

  /// Registrations may lie before the first event, and the filter may hold them back.
  void learn_assets_of(const actors::recorded_event& x) {
    precisions_.learn(x.content);
    if (knows_assets_of(x))
      return;
    auto known = asset_precisions::of(book_);
    if (!known)
      throw std::runtime_error{known.error().message()};
    precisions_ = std::move(*known);
  }

  const book_client& book_;
  output& out_;
  asset_precisions precisions_;
  std::uint64_t dropped_ = 0;
};

void tell_dropped(std::uint64_t events) {
  if (events > 0)
    std::fprintf(stderr, "daybook: %llu events were dropped: the output was slower than the book\n",
                 static_cast<unsigned long long>(events));
}

/// Waits for the end of what `start` starts.
template <class Start>
result<void> follow_until_end(const end_signals& signals, const output& out, Start start) {
  auto following = start();
  if (!following)
    return fail(std::move(following.error()));
  result<void> ended;
  {
    end_signal_watch watch{signals, [&following] { following->stop(); }};
    ended = following->wait();
  }
  // What is wrong with the output is said by the output.
  return out.ok() ? ended : result<void>{};
}

} // namespace

result<void> follow_events(const book_client& book, actors::subscription wanted,
                           const end_signals& signals, output& out) {
  delivery_printer printer{book, out};
  auto ended = follow_until_end(signals, out, [&] {
    return book.subscribe(std::move(wanted),
                          [&printer](const actors::delivery& x) { printer.print(x); });
  });
  tell_dropped(printer.dropped());
  return ended;
}

/// Of what the output did not take nothing has been dealt with.
result<void> follow_events(const book_client& book, actors::cursor_request cursor,
                           const end_signals& signals, output& out) {
  delivery_printer printer{book, out};
  return follow_until_end(signals, out, [&] {
    return book.run_cursor(std::move(cursor), {}, [&printer](const actors::delivery& x) {
      printer.print(x);
      return next_step::go_on;
    });
  });
}

} // namespace daybook::node
