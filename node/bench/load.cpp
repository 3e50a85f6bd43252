#include "node/bench/load.hpp"

#include "actors/errors.hpp"
#include "node/bench/load_client.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace daybook::node::bench {

using namespace actors;

namespace {

constexpr auto answer_timeout = std::chrono::minutes{1};

result<void> commit_all(caf::scoped_actor& self, const book_actor& book,
                        std::vector<ledger::command> xs) {
  result<void> outcome;
  self->request(book, answer_timeout, atom::commit_v, std::move(xs))
      .receive(
          [&](const std::vector<actors::outcome>& answers) {
            for (auto& answer : answers)
              if (auto* refused = std::get_if<error>(&answer); refused && outcome)
                outcome = fail(*refused);
          },
          [&](const caf::error& reason) { outcome = fail(from_caf(reason, ec::outcome_unknown)); });
  return outcome;
}

} // namespace

result<void> prepare_book(caf::actor_system& system, const book_actor& book,
                          std::uint32_t accounts) {
  constexpr std::uint32_t message_items = 1'000;
  caf::scoped_actor self{system};
  std::vector<ledger::command> xs;
  xs.emplace_back(ledger::asset_definition{"BENCH", ledger::asset_class::other, 2, "benchmark"});
  for (std::uint32_t n = 0; n < accounts; ++n) {
    ledger::account_definition account;
    account.path = account_path(n);
    account.asset = "BENCH";
    xs.emplace_back(std::move(account));
    if (xs.size() == message_items || n + 1 == accounts)
      if (auto done = commit_all(self, book, std::exchange(xs, {})); !done)
        return done;
  }
  return {};
}

result<load_result> run_load(caf::actor_system& system, const std::vector<book_actor>& books,
                             const load_options& options, std::atomic<std::uint64_t>& progress) {
  std::vector<std::shared_ptr<share_of_load>> shares;
  auto began = load_client::clock::now();
  for (std::size_t client = 0; client < options.clients; ++client) {
    auto share = std::make_shared<share_of_load>();
    share->transactions = options.transactions_of(client);
    shares.push_back(share);
    system.spawn<caf::stateful_actor<load_client>>(books, options, client, share, &progress);
  }
  // All of them, also when one has failed: they use what is the caller's.
  std::optional<error> failed;
  for (auto& share : shares)
    if (auto done = share->done.get_future().get(); !done)
      failed = std::move(done.error());
  if (failed)
    return fail(std::move(*failed));
  load_result total;
  total.elapsed = load_client::clock::now() - began;
  for (auto& share : shares) {
    total.transactions += share->accepted;
    total.overloaded += share->overloaded;
    total.latency.merge(share->latency);
  }
  return total;
}

} // namespace daybook::node::bench
