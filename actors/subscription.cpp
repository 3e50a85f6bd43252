#include "actors/subscription.hpp"

#include "actors/errors.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace daybook::actors {

result<void> check(const subscription& x, event_seq durable) {
  if (x.mode != delivery_mode::guaranteed && x.mode != delivery_mode::lossy)
    return fail(ec::invalid_argument, "a subscription is guaranteed or lossy", {{"field", "mode"}});
  if (x.credit == 0)
    return fail(ec::invalid_argument, "a subscription begins with a credit of at least one event",
                {{"field", "credit"}});
  if (x.mode == delivery_mode::guaranteed && x.from > durable.next())
    return fail(ec::invalid_argument,
                "a subscription begins at most one event after the last durable one, which is " +
                    std::to_string(durable.value()),
                {{"field", "from"}, {"durable", std::to_string(durable.value())}});
  return check(x.filter);
}

subscription_state::subscription_state(subscription_impl::pointer self,
                                       subscription_neighbours neighbours, log_scan book,
                                       subscription wanted, writer_epoch epoch)
    : self_(self),
      neighbours_(std::move(neighbours)),
      book_(std::move(book)),
      mode_(wanted.mode),
      has_filter_(wanted.filter != event_filter{}),
      filter_(std::move(wanted.filter)),
      matcher_(filter_, book_.chart),
      epoch_(epoch),
      durable_(book_.last),
      credit_(wanted.credit) {
  next_ = is_lossy() ? durable_.next() : std::max(wanted.from, event_seq{1});
  told_ = event_seq{next_.value() - 1};
  show_in(std::move(neighbours_.gauges));
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  // A subscriber that answers a delivery with an error.
  self_->set_error_handler([this](caf::error& reason) { end(from_caf(reason, ec::io)); });
}

subscription_impl::behavior_type subscription_state::make_behavior() {
  self_->monitor(neighbours_.subscriber);
  self_->monitor(neighbours_.feed);
  pull();
  return {
      [this](atom::credit, std::uint32_t events) {
        credit_ += events;
        run_ ? go_on_soon() : pull();
      },
      [this](atom::cancel) { self_->quit(); },
      [this](atom::flush) { go_on(); },
  };
}

// -- finding events -----------------------------------------------------------------------------

void subscription_state::pull() {
  if (is_asking_ || run_ || (!may_deliver() && !is_lossy()))
    return;
  is_asking_ = true;
  next_ <= catching_up_to_ ? ask_reader() : ask_feed();
}

void subscription_state::ask_feed() {
  // No timeout: nothing may happen in a book for as long as it likes.
  self_->request(neighbours_.feed, caf::infinite, atom::tail_v, next_)
      .then(
          [this, life = life_](tail_answer& answer) {
            if (life == life_)
              on_tail(answer);
          },
          [](const caf::error&) { /* the book ends: its end says why */ });
}

void subscription_state::ask_reader() {
  events_job job{book_, next_, page_limit()};
  job.scan.last = catching_up_to_;
  // No timeout: the reader answers every job, in turn.
  self_->request(neighbours_.reader, caf::infinite, atom::events_v, std::move(job))
      .then(
          [this, life = life_](events_page& page) {
            if (life == life_)
              on_page(page);
          },
          [this, life = life_](const caf::error& reason) {
            if (life == life_)
              end(from_caf(reason, ec::io));
          });
}

/// What is read and may not be delivered would be kept, or read again.
std::uint32_t subscription_state::page_limit() const {
  auto credit = static_cast<std::uint32_t>(std::min<std::int64_t>(credit_, page_items_max));
  return has_filter_ ? std::max(credit, page_events_) : credit;
}

void subscription_state::on_tail(tail_answer& answer) {
  is_asking_ = false;
  durable_ = std::max(durable_, answer.durable);
  if (answer.batches.empty()) {
    is_lossy() ? skip_to_end() : void(catching_up_to_ = durable_);
    return pull();
  }
  auto run = run_of_batches(std::move(answer.batches), next_, book_);
  if (!run)
    return end(std::move(run.error()));
  run_ = std::move(*run);
  if (!run_->at_end() && run_->joined()) {
    // It was to begin within a unit: the reader says which.
    run_.reset();
    catching_up_to_ = durable_;
    return pull();
  }
  go_on();
}

void subscription_state::on_page(events_page& page) {
  is_asking_ = false;
  if (page.items.empty())
    return end({ec::corrupt,
                "the log of the book ends before event " + std::to_string(next_.value()) +
                    ", which was durable",
                {{"seq", std::to_string(next_.value())}}});
  run_ = run_of_page(std::move(page.items));
  go_on();
}

/// What memory has let go of is too old for a lossy subscription. Nobody looked whether it matches.
void subscription_state::skip_to_end() {
  if (next_ > durable_)
    return;
  dropped_ += durable_.value() - next_.value() + 1;
  next_ = durable_.next();
  chain_ = {};
  tell_progress();
}

// -- delivering them ----------------------------------------------------------------------------

/// A message to itself: other actors have the thread in between, and a cancel comes through.
void subscription_state::go_on_soon() {
  if (std::exchange(goes_on_soon_, true))
    return;
  self_->send(caf::actor_cast<subscription_impl>(self_), atom::flush_v);
}

void subscription_state::go_on() {
  goes_on_soon_ = false;
  if (run_ && (may_deliver() || is_lossy())) {
    auto piece = cut(*run_, matcher_, {.events = events_wanted()});
    if (!piece)
      return end(std::move(piece.error()));
    next_ = piece->last.next();
    chain_ = piece->chain;
    deliver(std::move(*piece));
    if (!run_->at_end() && (may_deliver() || is_lossy()))
      return go_on_soon();
    end_run();
  }
  pull();
}

/// What is left for want of credit is not kept: it is asked for again when there is some.
void subscription_state::end_run() {
  page_events_ = run_->at_end() ? std::min(2 * page_events_, page_items_max)
                                : std::max<std::uint32_t>(page_events_ / 2, 1);
  run_.reset();
}

std::uint64_t subscription_state::events_wanted() const {
  return may_deliver()
             ? std::min<std::uint64_t>(static_cast<std::uint64_t>(credit_), delivery_events_max)
             : delivery_events_max;
}

void subscription_state::deliver(cut_piece piece) {
  durable_ = std::max(durable_, piece.last);
  if (!piece.events.empty() && !may_deliver()) {
    dropped_ += piece.events.size();
    piece.events.clear();
  }
  if (piece.events.empty())
    return tell_progress();
  credit_ -= static_cast<std::int64_t>(piece.events.size());
  auto next = next_delivery();
  next.events = std::move(piece.events);
  self_->send(neighbours_.subscriber, atom::deliver_v, std::move(next));
}

/// Costs no credit, so that something else has to bound it: one at a time is on its way, and what
/// comes meanwhile is told with the next.
void subscription_state::tell_progress() {
  auto nothing_new = told_.next() == next_ && dropped_told_ == dropped_;
  if (progress_is_on_its_way_ || nothing_new)
    return;
  progress_is_on_its_way_ = true;
  auto arrived = [this] {
    progress_is_on_its_way_ = false;
    tell_progress();
  };
  // No timeout: a subscriber that is gone is noticed.
  self_->request(neighbours_.subscriber, caf::infinite, atom::deliver_v, next_delivery())
      .then(arrived, [arrived](const caf::error&) { arrived(); });
}

delivery subscription_state::next_delivery() {
  dropped_told_ = dropped_;
  auto first = std::exchange(told_, event_seq{next_.value() - 1}).next();
  if (shown_)
    shown_->store(told_.value(), std::memory_order_relaxed);
  return {{}, first, told_, durable_, dropped_, epoch_, chain_};
}

/// A book that is gone is not kept for that.
void subscription_state::show_in(std::shared_ptr<book_gauges> gauges) {
  shown_ = gauges ? gauges->follow(told_) : nullptr;
}

// -- over a restart -----------------------------------------------------------------------------

/// Nothing is asked until the next incarnation has said what it knows.
void subscription_state::find_book(const caf::error& reason) {
  ++life_;
  is_asking_ = true;
  run_.reset();
  auto supervisor = caf::actor_cast<supervisor_actor>(neighbours_.supervisor);
  if (!supervisor)
    return end_with_book(reason);
  // No timeout: it answers when the book is there, or will not be.
  self_->request(supervisor, caf::infinite, atom::await_v, book_.name)
      .then([this](const book_actor& x) { on_book(x); },
            [this, reason](const caf::error& refusal) {
              auto told = from_caf(refusal, ec::io);
              told.code() == ec::not_found ? end_with_book(reason) : end(std::move(told));
            });
}

void subscription_state::on_book(const book_actor& x) {
  neighbours_.feed = caf::actor_cast<feed_actor>(x);
  self_->monitor(neighbours_.feed);
  self_->request(caf::actor_cast<source_actor>(x), caf::infinite, atom::attach_v)
      .then([this](attachment& found) { on_attached(found); },
            [this](const caf::error& reason) {
              // A book that has ended again is looked for again, when that is noticed.
              if (reason.category() == caf::type_id_v<ec> && fate_of(reason) == fate::decided)
                end(from_caf(reason, ec::io));
            });
}

/// Numbers mean something else from here on: what was staged and lost may have had other names.
void subscription_state::on_attached(attachment& x) {
  if (x.refusal && x.refusal->code() == ec::failed)
    return end(*x.refusal);
  if (x.scan.id != book_.id || x.epoch < epoch_ || x.scan.last < told_)
    return end({ec::corrupt,
                "the book that came back is not the one that was followed: it has the epoch " +
                    std::to_string(x.epoch.value()) + " and ends with event " +
                    std::to_string(x.scan.last.value()) + ", and event " +
                    std::to_string(told_.value()) + " of epoch " + std::to_string(epoch_.value()) +
                    " was delivered",
                {{"found", std::to_string(x.epoch.value())},
                 {"expected", std::to_string(epoch_.value())}}});
  epoch_ = x.epoch;
  book_ = std::move(x.scan);
  matcher_ = event_matcher{filter_, book_.chart};
  durable_ = std::max(durable_, book_.last);
  show_in(std::move(x.gauges));
  is_asking_ = false;
  pull();
}

// -- ending -------------------------------------------------------------------------------------

void subscription_state::on_down(const caf::down_msg& down) {
  if (down.source == neighbours_.subscriber.address())
    self_->quit();
  else if (down.source == neighbours_.feed.address())
    find_book(down.reason);
}

void subscription_state::end_with_book(const caf::error& reason) {
  auto stopped = !reason || reason == caf::exit_reason::user_shutdown;
  if (!stopped && reason.category() == caf::type_id_v<ec>)
    return end(from_caf(reason, ec::io));
  auto after = " after event " + std::to_string(told_.value());
  if (stopped)
    return end({ec::not_found,
                "the book was stopped: open it again and subscribe" + after,
                {{"what", book_.name}}});
  end({ec::io,
       "the book failed (" + caf::to_string(reason) + "): open it again and subscribe" + after,
       {{"what", book_.name}}});
}

void subscription_state::end(error reason) {
  self_->send(neighbours_.subscriber, atom::ended_v, std::move(reason));
  self_->quit();
}

} // namespace daybook::actors
