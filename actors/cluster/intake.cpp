#include "actors/cluster/intake.hpp"

#include "actors/cluster/cluster_desk.hpp"
#include "actors/cluster/placement.hpp"
#include "actors/disk.hpp"
#include "actors/errors.hpp"
#include "actors/guarded.hpp"
#include "actors/logging.hpp"
#include "base/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::actors {

namespace {

error is_not_announced(const handover& x) {
  return {ec::not_found,
          "the book '" + printable(x.book) + "' is not on its way to this node: begin again",
          {{"what", printable(x.book)}}};
}

error is_busy(const handover& x, const std::string& why) {
  return {ec::busy,
          "the node '" + printable(x.to) + "' does not take the book '" + printable(x.book) +
              "' now: " + why,
          {{"what", printable(x.book)}}};
}

} // namespace

intake_state::intake_state(intake_actor::pointer self, std::shared_ptr<const environment> env,
                           std::shared_ptr<known_handovers> known)
    : self_(self), env_(std::move(env)), known_(std::move(known)) {
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
}

intake_actor::behavior_type intake_state::make_behavior() {
  return {
      [this](atom::announce, const handover& x) { return guarded([&] { return on_announce(x); }); },
      [this](atom::chunk, const handover& x, const file_chunk& chunk) {
        return guarded([&] { return on_chunk(x, chunk); });
      },
      [this](atom::warm, const handover& x) { return guarded([&] { return on_warm(x); }); },
      [this](atom::take, const handover& x, std::vector<copied_file>& files) {
        return guarded([&] { return on_take(x, files); });
      },
      [this](atom::settle, const handover& x) { return guarded([&] { return on_settle(x); }); },
      [this](atom::forget, const handover& x) { return guarded([&] { return on_forget(x); }); },
      [this](const listening_job& x) {
        node_ = caf::actor_cast<supervisor_impl>(x.node);
        desk_ = caf::actor_cast<cluster_actor>(self_->current_sender());
      },
  };
}

// -- what comes -----------------------------------------------------------------------------------

/// Under a map that all members have: no other one can take its place that somebody made without
/// knowing of it. Then whoever else would create the book hears of it from this node's report.
result<void> intake_state::check_belongs(const handover& x) const {
  auto picture = env_->cluster->now();
  if (!picture || !node_ || !desk_)
    return fail(is_busy(x, "it is starting"));
  auto* place = place_of(picture->map(), x.book);
  auto is_of_members = picture->is_member() && picture->map().find(x.from);
  if (!is_of_members || x.to != picture->self() || !place || place->node != x.to)
    return fail(is_busy(x, "by its map the book does not belong there"));
  if (!picture->unheard().empty())
    return fail(is_busy(x, fmt::format("{} did not say yet that they have the shard map",
                                       fmt::join(picture->unheard(), ", "))));
  return {};
}

/// A book that this node has given away comes back when all is said about that.
result<void> intake_state::check_is_free(const handover& x) const {
  if (known_->offers.of_book(x.book))
    return fail(is_busy(x, "it may have it already, and has to hear of that first"));
  auto kind = env_->storage->kind(env_->directory->book_directory(x.book));
  if (!kind)
    return fail(std::move(kind.error()));
  if (*kind != log::entry_kind::none || known_->arrivals.of_book(x.book))
    return fail(ec::already_exists, "the node '" + x.to + "' has a book '" + x.book + "' already",
                {{"what", x.book}});
  return {};
}

caf::result<void> intake_state::on_announce(const handover& x) {
  auto fine = check_book_name(x.book).and_then([&] { return check_belongs(x); }).and_then([&] {
    return check_is_free(x);
  });
  if (!fine)
    return to_caf(std::move(fine.error()));
  auto carrier = self_->current_sender();
  if (!carrier)
    return to_caf(is_not_announced(x));
  // One that begins again has given up what it began before.
  if (now_ && now_->carrier != carrier->address())
    return to_caf(is_busy(x, "another book is on its way to it"));
  auto copy = incoming_copy::begin(*env_, x);
  if (!copy)
    return to_caf(std::move(copy.error()));
  drop();
  self_->monitor(carrier);
  now_ = arriving{x, std::move(*copy), carrier->address()};
  logger()->info("book={} event=arriving from={}", x.book, x.from);
  return caf::unit;
}

void intake_state::drop() {
  if (now_)
    self_->demonitor(now_->carrier);
  now_.reset();
}

/// Who brings a book has ended: if it had all been here, it asks when it is back.
void intake_state::on_down(const caf::down_msg& down) {
  if (now_ && now_->carrier == down.source)
    now_.reset();
}

result<incoming_copy*> intake_state::find(const handover& x) const {
  if (!now_ || now_->what != x || !now_->copy)
    return fail(is_not_announced(x));
  return now_->copy.get();
}

caf::result<void> intake_state::on_chunk(const handover& x, const file_chunk& chunk) {
  auto written = find(x).and_then([&](incoming_copy* copy) { return copy->write(chunk); });
  return written ? caf::result<void>{caf::unit} : to_caf(std::move(written.error()));
}

caf::result<copied_end> intake_state::on_warm(const handover& x) {
  return to_answer(find(x).and_then([](incoming_copy* copy) { return copy->warm(); }));
}

// -- taking over ----------------------------------------------------------------------------------

/// The supervisor lists the book first: a map that comes from here on finds it in the next report.
caf::result<cluster_news> intake_state::on_take(const handover& x,
                                                std::vector<copied_file>& files) {
  auto found = find(x);
  if (!found)
    return to_caf(std::move(found.error()));
  if (!node_)
    return to_caf(is_busy(x, "it is starting"));
  auto answer = self_->make_response_promise<cluster_news>();
  // No timeouts, here and below: the supervisor and the desk are of this process.
  self_->request(node_, caf::infinite, atom::announce_v, x.book, true)
      .then(
          [this, x, answer, files = std::move(files)]() mutable {
            auto done = guarded([&]() -> result<void> {
              take(x, files, answer);
              return {};
            });
            if (!done)
              refuse(x, std::move(done.error()), answer);
          },
          [this, answer](const caf::error& why) mutable {
            drop();
            answer.deliver(to_caf(from_caf(why, ec::io)));
          });
  return answer;
}

/// It may have been settled, or its carrier have ended, in between.
void intake_state::take(const handover& x, const std::vector<copied_file>& files,
                        taken_promise answer) {
  if (auto found = find(x); !found)
    return refuse(x, std::move(found.error()), answer);
  auto copy = std::move(now_->copy);
  drop();
  if (auto made = make_it_ours(*copy, files); !made)
    return refuse(x, std::move(made.error()), answer);
  adopt(std::move(copy), answer);
}

/// The arrival is durable before the book, and the book before anybody hears of it: whatever of
/// this a crash leaves, `settle` knows.
result<void> intake_state::make_it_ours(incoming_copy& copy,
                                        const std::vector<copied_file>& files) {
  auto& x = copy.of();
  if (auto completed = copy.complete(files); !completed)
    return completed;
  if (auto belongs = check_belongs(x); !belongs)
    return belongs;
  if (auto added = known_->arrivals.add(*env_, x); !added)
    return added;
  env_->reached(step::arrival_noted);
  auto taken = copy.take_in();
  if (!taken && copy.is_nowhere_else())
    (void)known_->arrivals.remove(*env_, x);
  else if (!taken)
    doubtful_.push_back(x);
  env_->reached(step::book_taken);
  return taken;
}

/// A book that does not open now is this node's all the same.
void intake_state::adopt(std::unique_ptr<incoming_copy> copy, taken_promise answer) {
  auto x = copy->of();
  auto opened = guarded([&] { return copy->open(); });
  if (!opened)
    logger()->error("book={} event=not_opened reason=\"{}\"", x.book, to_string(opened.error()));
  logger()->info("book={} event=taken_over from={}", x.book, x.from);
  auto refused = [answer](const caf::error& why) mutable { answer.deliver(why); };
  // The owner of before lets go when it knows what this node has by its own report: whoever hears
  // that the one has the book no more hears with that where it is.
  self_
      ->request(node_, caf::infinite, atom::adopt_v, x.book,
                opened_book{opened ? std::move(*opened) : nullptr})
      .then(
          [this, answer, refused] {
            self_->request(desk_, caf::infinite, atom::holdings_v)
                .then([answer](cluster_news& news) mutable { answer.deliver(std::move(news)); },
                      refused);
          },
          refused);
}

void intake_state::refuse(const handover& x, error why, taken_promise answer) {
  logger()->warn("book={} event=not_taken from={} reason=\"{}\"", x.book, x.from, to_string(why));
  // One that may be here stays listed.
  if (!known_->arrivals.contains(x))
    self_->request(node_, caf::infinite, atom::announce_v, x.book, false)
        .then([] {}, [](const caf::error&) { /* the node is ending */ });
  answer.deliver(to_caf(std::move(why)));
}

// -- what became of it ----------------------------------------------------------------------------

/// What is not taken by now never will be.
caf::result<settlement> intake_state::on_settle(const handover& x) {
  if (x.to != env_->options.cluster->node)
    return to_caf({ec::unavailable,
                   "this is the node '" + env_->options.cluster->node + "', and not '" +
                       printable(x.to) + "'",
                   {{"node", printable(x.to)}}});
  if (std::ranges::find(doubtful_, x) != doubtful_.end())
    return to_caf({ec::io,
                   "the disk failed when the book was taken over: nobody knows whether it is "
                   "there before this node was started again",
                   {{"what", printable(x.book)}}});
  if (!known_->arrivals.contains(x)) {
    if (now_ && now_->what == x)
      drop();
    return settlement{};
  }
  if (!desk_)
    return to_caf(is_busy(x, "it is starting"));
  auto answer = self_->make_response_promise<settlement>();
  auto refused = [answer](const caf::error& why) mutable { answer.deliver(why); };
  // Once more, if the first time came to nothing.
  self_->request(node_, caf::infinite, atom::adopt_v, x.book, opened_book{})
      .then(
          [this, answer, refused] {
            self_->request(desk_, caf::infinite, atom::holdings_v)
                .then(
                    [answer](cluster_news& news) mutable {
                      answer.deliver(settlement{true, std::move(news)});
                    },
                    refused);
          },
          refused);
  return answer;
}

caf::result<void> intake_state::on_forget(const handover& x) {
  if (auto removed = known_->arrivals.remove(*env_, x); !removed)
    return to_caf(std::move(removed.error()));
  return caf::unit;
}

} // namespace daybook::actors
