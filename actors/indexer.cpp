#include "actors/indexer.hpp"

#include "actors/checkpoints.hpp"
#include "actors/guarded.hpp"
#include "actors/key_spill.hpp"
#include "actors/logging.hpp"
#include "actors/reads/log_walk.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace daybook::actors {

namespace {

error no_index() { return {ec::not_found, "this node has no index", {{"what", "index"}}}; }

} // namespace

indexer_state::indexer_state(indexer_actor::pointer self, std::shared_ptr<const environment> env)
    : self_(self), env_(std::move(env)) {}

indexer_actor::behavior_type indexer_state::make_behavior() {
  return {
      [this](atom::follow, const follow_job& job) { return on_follow(job); },
      [this](atom::spill, const spill_job& job) { return on_spill(job); },
      [this](atom::load_checkpoint, const checkpoint_job& job) {
        return guarded([&] { return to_answer(load_checkpoint(*env_, job)); });
      },
      [this](atom::store_checkpoint, const checkpoint_job& job) -> caf::result<void> {
        auto stored = guarded([&] { return store_checkpoint(*env_, job); });
        if (!stored)
          return to_caf(std::move(stored.error()));
        return caf::unit;
      },
  };
}

// -- following a book, in order -----------------------------------------------------------------

caf::result<void> indexer_state::on_follow(const follow_job& job) {
  if (!env_->index)
    return to_caf(no_index());
  auto& book = books_[job.scan.id];
  book = std::make_unique<following>(following{job.book, job.scan, ++last_number_});
  begin(*book);
  tidy_later(job.scan.id);
  return caf::unit;
}

void indexer_state::begin(following& book) {
  auto end = guarded([&] {
    auto found = find_history_end(*env_, book.scan);
    if (found)
      book.writer.emplace(*env_->index, book.scan.id, book.scan.chart, *found);
    return found;
  });
  if (!end)
    return on_failed(book, end.error());
  if (*end != event_seq{})
    self_->send(book.feed, atom::indexed_v, *end);
  ask(book);
}

/// No timeout: the book answers when there is something, however long that takes, and the request
/// fails when the book ends.
void indexer_state::ask(following& book) {
  self_->request(book.feed, caf::infinite, atom::tail_v, book.writer->next())
      .then([this, id = book.scan.id,
             number = book.number](const tail_answer& answer) { on_tail(id, number, answer); },
            [this, id = book.scan.id, number = book.number](const caf::error&) {
              if (find(id, number))
                books_.erase(id);
            });
}

void indexer_state::on_tail(book_id id, std::uint64_t number, const tail_answer& answer) {
  auto* book = find(id, number);
  if (!book)
    return;
  book->scan.last = answer.durable;
  auto indexed = guarded([&] { return index_chunk(*book, answer); });
  if (!indexed)
    return on_failed(*book, indexed.error());
  book->delay = first_delay;
  self_->send(book->feed, atom::indexed_v, *indexed);
  ask(*book);
}

result<event_seq> indexer_state::index_chunk(following& book, const tail_answer& answer) {
  auto wanted = book.writer->next();
  auto in_memory = !answer.batches.empty() && answer.batches.front()->info.first_seq == wanted;
  auto taken = in_memory ? take_in(book, answer) : take_in_from_log(book, answer.durable);
  if (!taken)
    return fail(std::move(taken.error()));
  if (in_memory || book.writer->next() > answer.durable)
    book.reader.reset();
  if (book.writer->next() == wanted)
    return fail(ec::corrupt,
                "event " + std::to_string(wanted.value()) + " is durable and not in the log",
                {{"seq", std::to_string(wanted.value())}});
  env_->reached(step::history_begins);
  auto written = book.writer->write();
  if (written)
    env_->reached(step::history_written);
  return written;
}

result<void> indexer_state::take_in(following& book, const tail_answer& answer) {
  for (auto& batch : answer.batches) {
    if (auto added = book.writer->add(batch->info, batch->payload); !added)
      return added;
    if (book.writer->is_full())
      break;
  }
  return {};
}

/// The reader stays where it is between chunks, so that catching up reads the log once.
result<void> indexer_state::take_in_from_log(following& book, event_seq durable) {
  if (book.reader) {
    book.reader->extend(durable);
  } else {
    auto reader = read_batches(*env_, book.scan, book.writer->next(), durable);
    if (!reader)
      return fail(std::move(reader.error()));
    book.reader.emplace(std::move(*reader));
  }
  while (!book.writer->is_full()) {
    auto batch = book.reader->next();
    if (!batch)
      return fail(std::move(batch.error()));
    if (!*batch)
      break;
    if ((*batch)->event_count == 0)
      continue;
    if (auto added = book.writer->add(info_of(**batch), (*batch)->payload); !added)
      return fail(at_record(added.error(), **batch));
  }
  return {};
}

/// Until it is told otherwise the book reads its past from the log.
void indexer_state::on_failed(following& book, const error& reason) {
  auto passes = reason.code() != ec::corrupt;
  logger()->error("book={} event={} reason=\"{}\"", book.scan.name,
                  passes ? "indexing_interrupted" : "indexing_ended", to_string(reason));
  self_->send(book.feed, atom::indexed_v, event_seq{});
  if (passes)
    begin_later(book);
  else
    books_.erase(book.scan.id);
}

/// What was taken in and is not in the index is read again: the mark says from where.
void indexer_state::begin_later(following& book) {
  book.writer.reset();
  book.reader.reset();
  self_->run_delayed(book.delay, [this, id = book.scan.id, number = book.number] {
    if (auto* again = find(id, number))
      begin(*again);
  });
  book.delay = std::min(2 * book.delay, last_delay);
}

indexer_state::following* indexer_state::find(book_id id, std::uint64_t number) {
  auto known = books_.find(id);
  return known == books_.end() || known->second->number != number ? nullptr : known->second.get();
}

// -- the rest -----------------------------------------------------------------------------------

caf::result<void> indexer_state::on_spill(const spill_job& job) {
  if (!env_->index)
    return to_caf(no_index());
  auto spilled = guarded([&] { return spill_keys(*env_, job.book, *job.keys); });
  if (!spilled)
    return to_caf(std::move(spilled.error()));
  tidy_later(job.book);
  return caf::unit;
}

/// A little at a time, between other jobs.
void indexer_state::tidy_later(book_id id) {
  if (to_tidy_.insert(id).second)
    self_->run_delayed(caf::timespan::zero(), [this, id] { tidy(id); });
}

void indexer_state::tidy(book_id id) {
  to_tidy_.erase(id);
  auto more = guarded([&] { return env_->index->tidy_keys(id); });
  if (!more)
    logger()->error("event=keys_not_tidied book_id={} reason=\"{}\"", id.value(),
                    to_string(more.error()));
  else if (*more)
    tidy_later(id);
}

} // namespace daybook::actors
