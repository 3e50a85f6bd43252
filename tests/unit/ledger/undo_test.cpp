// A machine on which units were undone, against one that never had them.

#include "random_history.hpp"

#include <tuple>

using namespace daybook;
using namespace daybook::ledger;

namespace {

/// What a machine says, without where it keeps it.
struct said {
  std::optional<error> refused;
  staged answer;
  std::optional<event> content;

  friend bool operator==(const said& x, const said& y) {
    auto parts = [](const said& z) {
      return std::tuple{z.refused,       z.answer.seq,           z.answer.deduplicated,
                        z.answer.joined, z.answer.first_balance, z.answer.balances,
                        z.content};
    };
    return parts(x) == parts(y);
  }
};

class recorded_machine {
public:
  said submit(const ledger::write& x) {
    auto answer = machine.stage(x, known_of(x));
    if (!answer)
      return {answer.error(), {}, {}};
    if (answer->to_append == nullptr)
      return {{}, *answer, {}};
    events.push_back(*answer->to_append);
    return {{}, *answer, events.back()};
  }

  void seal() {
    if (machine.staged_events() > 0 && !machine.has_sealed())
      machine.seal(timestamp{1});
  }

  void sync() {
    if (machine.has_sealed())
      machine.mark_durable(hash_number(static_cast<int>(machine.staged_seq().value())));
    if (auto taken = machine.keys_to_spill()) {
      index.insert(taken->uses.begin(), taken->uses.end());
      machine.forget(*taken);
    }
  }

  facts known_of(const ledger::write& x) const {
    questions asked;
    machine.ask(x.what, asked);
    return answers_to(asked, events, index);
  }

  /// A unit with units in it, and rehearsals, of which nothing stays.
  void pass_by(const std::vector<ledger::write>& xs) {
    auto before = events.size();
    machine.open_unit();
    for (std::size_t i = 0; i < xs.size(); ++i) {
      if (i % 3 == 0)
        machine.open_unit();
      submit(xs[i]);
      if (i % 3 == 1)
        machine.close_unit();
      if (i % 5 == 0)
        machine.rehearse({&xs[i], 1}, i % 2 == 0, known_of(xs[i]));
    }
    if (xs.size() % 3 == 1)
      machine.undo_unit();
    machine.undo_unit();
    events.resize(before);
  }

  book_machine machine = machine_of(book_id{7}, writer_epoch{1}, {.hot_keys_max = 20});
  std::vector<event> events;
  key_map index;
};

void compare(const book_machine& x, const book_machine& y) {
  RC_ASSERT(x.staged_seq() == y.staged_seq());
  RC_ASSERT(x.durable_seq() == y.durable_seq());
  RC_ASSERT(x.hot_keys() == y.hot_keys());
  RC_ASSERT(x.state() == y.state());
  RC_ASSERT(x.trial_balance() == y.trial_balance());
  RC_ASSERT(x.chart_of_accounts()->accounts() == y.chart_of_accounts()->accounts());
  RC_ASSERT(x.chart_of_accounts()->assets() == y.chart_of_accounts()->assets());
  for (account_no n; n.value() < x.accounts(); n = n.next())
    RC_ASSERT(x.state_of(n) == y.state_of(n));
}

/// The writes of a history, and where its batches end.
void run(const history& steps, recorded_machine& x, recorded_machine& y) {
  for (auto& step : steps) {
    if (auto* one = std::get_if<ledger::write>(&step))
      RC_ASSERT(x.submit(*one) == y.submit(*one));
    else if (std::holds_alternative<seal_batch>(step))
      x.seal(), y.seal();
    else if (std::holds_alternative<sync_batch>(step))
      x.sync(), y.sync();
    compare(x.machine, y.machine);
  }
}

} // namespace

TEST_CASE("a machine with undone units behaves like one that never had them", "[I3][I5][I6]") {
  REQUIRE(rc::check("a machine with undone units behaves like one that never had them", [] {
    recorded_machine x;
    recorded_machine y;
    run(with_beginning(*any_history()), x, y);
    for (int i = 0; i < 3; ++i) {
      x.pass_by(any_writes(20));
      compare(x.machine, y.machine);
      run(*any_history(), x, y);
    }
    for (int i = 0; i < 2; ++i) {
      run({seal_batch{}, sync_batch{}}, x, y);
    }
  }));
}
