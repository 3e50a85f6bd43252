#include "actors/event_run.hpp"

#include "actors/recorded.hpp"
#include "protocol/event_codec.hpp"

#include <utility>

namespace daybook::actors {

namespace {

class batch_run final : public event_run {
public:
  using batch_list = std::vector<std::shared_ptr<const batch_buffer>>;

  batch_run(batch_list batches, const log_scan& book)
      : batches_(std::move(batches)), book_(book), events_(batches_.front()->payload) {
    seq_ = batches_.front()->info.first_seq;
  }

  /// Leaves out the events before `from`.
  result<void> begin(event_seq from) {
    for (; seq_ < from; seq_ = seq_.next())
      events_.next();
    return decode_next();
  }

  bool at_end() const override { return batch_ == batches_.size(); }
  event_seq seq() const override { return seq_; }
  chain_hash chain() const override { return batches_[batch_]->info.chain; }
  bool joined() const override { return event_.joined; }
  std::size_t bytes() const override { return bytes_; }
  bool matches(event_matcher& wanted) const override { return wanted(event_.content); }

  recorded_event take() override {
    return record(event_, batches_[batch_]->info, seq_, book_.id, *book_.chart);
  }

  result<void> advance() override {
    seq_ = seq_.next();
    return decode_next();
  }

private:
  result<void> decode_next() {
    auto encoded = events_.next();
    while (!encoded && ++batch_ < batches_.size()) {
      events_ = log::event_list{batches_[batch_]->payload};
      seq_ = batches_[batch_]->info.first_seq;
      encoded = events_.next();
    }
    if (!encoded)
      return {};
    bytes_ = encoded->size();
    if (auto decoded = protocol::decode(*encoded, event_); !decoded)
      return fail(std::move(decoded.error()).with("seq", std::to_string(seq_.value())));
    return {};
  }

  batch_list batches_;
  const log_scan& book_;
  std::size_t batch_ = 0;
  log::event_list events_;
  ledger::stored_event event_;
  event_seq seq_;
  std::size_t bytes_ = 0;
};

class page_run final : public event_run {
public:
  explicit page_run(std::vector<recorded_event> items) : items_(std::move(items)) {}

  bool at_end() const override { return at_ == items_.size(); }
  event_seq seq() const override { return items_[at_].receipt.id.seq; }
  chain_hash chain() const override { return items_[at_].receipt.chain; }
  bool joined() const override { return items_[at_].joined; }
  std::size_t bytes() const override { return 0; }
  bool matches(event_matcher& wanted) const override { return std::as_const(wanted)(items_[at_]); }
  recorded_event take() override { return std::move(items_[at_]); }

  result<void> advance() override {
    ++at_;
    return {};
  }

private:
  std::vector<recorded_event> items_;
  std::size_t at_ = 0;
};

} // namespace

result<std::unique_ptr<event_run>>
run_of_batches(std::vector<std::shared_ptr<const batch_buffer>> batches, event_seq from,
               const log_scan& book) {
  auto run = std::make_unique<batch_run>(std::move(batches), book);
  if (auto begun = run->begin(from); !begun)
    return fail(std::move(begun.error()));
  return run;
}

std::unique_ptr<event_run> run_of_page(std::vector<recorded_event> items) {
  return std::make_unique<page_run>(std::move(items));
}

result<cut_piece> cut(event_run& from, event_matcher& wanted, delivery_bounds bounds) {
  cut_piece piece;
  std::size_t bytes = 0;
  std::size_t looked_at = 0;
  auto is_full = [&] {
    return piece.events.size() >= bounds.events || bytes >= bounds.bytes ||
           looked_at >= bounds.looked_at;
  };
  while (!from.at_end() && (from.joined() || !is_full())) {
    ++looked_at;
    piece.last = from.seq();
    piece.chain = from.chain();
    if (from.matches(wanted)) {
      bytes += from.bytes();
      piece.events.push_back(from.take());
    }
    if (auto advanced = from.advance(); !advanced)
      return fail(std::move(advanced.error()));
  }
  return piece;
}

} // namespace daybook::actors
