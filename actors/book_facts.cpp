#include "actors/book_facts.hpp"

#include "actors/errors.hpp"
#include "index/side_index.hpp"

#include <algorithm>

namespace daybook::actors {

/// Strikes out what the index can say without reading the disk. Nearly every key is new, and its
/// filters, which are in memory, know that.
void book_state::answer_from_memory(ledger::questions& asked, ledger::facts& known) const {
  if (!env_->index)
    return;
  known.keys.reserve(known.keys.size() + asked.keys.size());
  std::erase_if(asked.keys, [&](const hash128& key) {
    auto answer = env_->index->find_key(machine_.id(), key, index::effort::memory);
    if (!answer || answer->what == index::finding::unknown)
      return false;
    auto& fact = known.keys[key];
    if (answer->what == index::finding::present)
      fact = ledger::first_use{answer->record.seq, answer->record.fingerprint};
    return true;
  });
}

void book_state::fetch_facts(ledger::questions asked) {
  facts_job job{here(), std::make_shared<const ledger::questions>(std::move(asked)),
                machine_.keys_gone()};
  // The past of an account may be a long scan, which the other books of the finder do not wait for.
  auto takes_long = !job.asked->changes.empty() || !job.asked->lifecycles.empty();
  auto& whom = takes_long ? neighbours_.reader : neighbours_.finder;
  // No timeout: a reader always answers, and the writes behind wait for it.
  self_->request(whom, caf::infinite, atom::facts_v, std::move(job))
      .then(
          [this](facts_answer& x) { on_facts(std::move(*x.known)); },
          [this](const caf::error& reason) { on_facts(tl::unexpected(from_caf(reason, ec::io))); });
}

void book_state::on_facts(result<ledger::facts> known) {
  queue_.resume(std::move(known));
  show_queue();
  open_fence_when_idle();
  close_when_idle();
}

namespace {

error outcome_unknown_after(const caf::error& reason) {
  return {ec::outcome_unknown, "the receipt of an earlier write could not be read (" +
                                   from_caf(reason, ec::io).message() +
                                   "): retry with the same keys"};
}

} // namespace

/// A repeat is answered with the receipt of the first time, which is in the log and the index.
void book_state::fetch_first_receipts(incomplete_reply reply) {
  auto last = std::ranges::max(reply.events);
  auto waiting = std::make_shared<incomplete_reply>(std::move(reply));
  repeats_ += waiting->missing.size();
  auto done = [this, waiting](auto answer) {
    repeats_ -= waiting->missing.size();
    answer();
    close_when_idle();
  };
  when_indexed(last, [=, this] {
    self_
        ->request(neighbours_.finder, caf::infinite, atom::receipts_v,
                  receipts_job{here(), waiting->events})
        .then(
            [=](std::vector<ledger::receipt>& receipts) {
              done([&] {
                for (std::size_t i = 0; i < receipts.size(); ++i) {
                  receipts[i].deduplicated = true;
                  waiting->outcomes[waiting->missing[i]] = std::move(receipts[i]);
                }
                deliver(waiting->promise, std::move(waiting->outcomes));
              });
            },
            [=](const caf::error& reason) {
              // What came with the repeats is durable by now.
              done([&] { refuse(waiting->promise, outcome_unknown_after(reason)); });
            });
  });
}

} // namespace daybook::actors
