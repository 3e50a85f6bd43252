#include "actors/client_fence.hpp"
#include "tests/conformance/deletions_model.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <set>

// Whatever is deleted of what can be rebuilt, whenever: no key is lost and nothing is posted twice.

namespace daybook::test {

namespace {

namespace fs = std::filesystem;

/// What happens between a stop and the next start.
struct accident {
  bool is_crash = false;
  bool loses_index = false;
  bool loses_newest_snapshot = false;
  bool loses_older_snapshots = false;
};

/// Grows on the side that its kind does not say, and is bounded there.
ledger::account_definition till() {
  auto x = account("clearing:till", ledger::account_kind::clearing);
  x.normal_side = ledger::side::credit;
  x.min_balance = ledger::amount{-8};
  x.max_balance = ledger::amount{6};
  return x;
}

/// Drives a book and the model side by side.
class pair_of_books {
public:
  explicit pair_of_books(subject& here) : here_(here) {
    auto x = book();
    for (auto& what :
         std::vector<ledger::command>{asset(), account(cash), account(bank),
                                      account(sales, ledger::account_kind::income), till()})
      model_.add(what, must(x.commit(asked(what))));
    must(x.snapshot());
  }

  void run() {
    auto steps = *rc::gen::inRange(1, 12);
    for (int i = 0; i < steps; ++i)
      step(*rc::gen::weightedElement<int>({{5, 0}, {3, 1}, {3, 2}, {2, 3}, {2, 4}, {3, 5}}));
    have({});
    check_everything();
  }

private:
  using unit = std::pair<std::vector<ledger::write>, std::vector<ledger::receipt>>;

  void step(int which) {
    switch (which) {
    case 0:
      return write_some();
    case 1:
      return write_atomic();
    case 2:
      return write_behind_fence();
    case 3:
      must(book().snapshot());
      return;
    case 4:
      return repeat_some();
    default:
      have(any_accident());
      return check_everything();
    }
  }

  book_client book() { return here_.book(); }

  // -- what may be written
  // -------------------------------------------------------------------------

  /// From few keys, so that many are repeats and conflicts.
  static ledger::command any_sale() {
    auto key = "k" + std::to_string(*rc::gen::inRange(0, 60));
    auto value = *rc::gen::inRange(1, 4);
    switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return transfer(key, bank, sales, value);
    case 1:
      return transfer(key, cash, "clearing:till", value);
    case 2:
      return transfer(key, "clearing:till", bank, value);
    default:
      return sale(key, value);
    }
  }

  ledger::command any_reversal() const {
    auto seqs = model_.transactions();
    if (seqs.empty())
      return any_sale();
    auto of = *rc::gen::elementOf(seqs);
    return reversal_of(of, "r" + std::to_string(*rc::gen::inRange(0, 40)));
  }

  ledger::command any_keyed() const {
    return *rc::gen::inRange(0, 3) == 0 ? any_reversal() : any_sale();
  }

  static ledger::command any_change() {
    auto path = *rc::gen::elementOf(std::vector<std::string>{bank, "clearing:till"});
    switch (*rc::gen::inRange(0, 6)) {
    case 0:
      return ledger::account_closing{path, true};
    case 1:
      return ledger::account_closing{path, false};
    case 2:
    case 3:
      return ledger::account_reopening{path};
    case 4:
      return asset("A" + std::to_string(*rc::gen::inRange(0, 4)));
    default:
      return floored("assets:" + std::to_string(*rc::gen::inRange(0, 4)), 0);
    }
  }

  ledger::command anything() const {
    return *rc::gen::inRange(0, 5) == 0 ? any_change() : any_keyed();
  }

  // -- writing
  // -------------------------------------------------------------------------------------

  static void check(const book_model& model, const ledger::command& x,
                    const result<ledger::receipt>& answer) {
    auto expected = model.judge(x);
    if (expected.refusal) {
      RC_ASSERT(!answer);
      RC_ASSERT(answer.error().code() == *expected.refusal);
    } else if (expected.first) {
      RC_ASSERT(answer.has_value());
      RC_ASSERT(is_repeat_of(*answer, *expected.first));
    } else {
      RC_ASSERT(answer.has_value());
      RC_ASSERT(!answer->deduplicated);
      RC_ASSERT(answer->id.seq == model.last().next());
    }
  }

  /// Compares an answer, and keeps what is new.
  void take(const ledger::command& x, const result<ledger::receipt>& answer) {
    check(model_, x, answer);
    if (answer && !answer->deduplicated)
      model_.add(x, *answer);
  }

  void write_one(const ledger::command& x) {
    take(x, patiently([&] { return book().commit(asked(x)); }));
  }

  void write_some() {
    std::vector<ledger::command> xs;
    auto count = *rc::gen::inRange(1, 20);
    for (int i = 0; i < count; ++i)
      xs.push_back(anything());
    auto outcomes = must(book().commit(xs));
    std::vector<ledger::command> without_room;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      auto is_full = !outcomes[i] && outcomes[i].error().code() == ec::overloaded;
      is_full ? without_room.push_back(xs[i]) : take(xs[i], outcomes[i]);
    }
    for (auto& x : without_room)
      write_one(x);
  }

  /// What the whole unit must be: repeated, new, or refused.
  void write_atomic() {
    std::vector<ledger::command> xs;
    std::set<std::string> keys;
    auto count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i)
      if (auto x = any_keyed(); keys.insert(key_of(x)).second)
        xs.push_back(x);
    auto known =
        std::ranges::count_if(xs, [&](auto& x) { return model_.keys().contains(key_of(x)); });
    if (known == 0)
      for (auto n = *rc::gen::inRange(0, 3); n > 0; --n) {
        auto at = *rc::gen::inRange<std::size_t>(0, xs.size() + 1);
        xs.insert(xs.begin() + static_cast<std::ptrdiff_t>(at), any_change());
      }
    auto after = model_;
    auto is_refused = known > 0 && known < static_cast<std::ptrdiff_t>(xs.size());
    for (auto& x : xs) {
      auto expected = after.judge(x);
      is_refused = is_refused || expected.refusal;
      if (expected.is_new())
        after.add(x, after.next_receipt());
    }
    std::vector<ledger::write> items;
    for (auto& x : xs)
      items.push_back(asked(x));
    auto receipts = patiently([&] { return book().commit_atomic(items); });
    RC_ASSERT(receipts.has_value() == !is_refused);
    if (!receipts)
      return;
    for (std::size_t i = 0; i < xs.size(); ++i)
      take(xs[i], (*receipts)[i]);
    if (known == 0)
      units_.emplace_back(items, *receipts);
  }

  /// Whatever happened to its accounts since.
  void check_repeat(const book_client& x, const unit& of) {
    auto again = patiently([&] { return x.commit_atomic(of.first); });
    RC_ASSERT(again.has_value());
    for (std::size_t i = 0; i < of.second.size(); ++i)
      RC_ASSERT(is_repeat_of((*again)[i], of.second[i]));
  }

  static const std::string& key_of(const ledger::command& x) {
    auto* taken_back = std::get_if<ledger::reversal>(&x);
    return taken_back ? taken_back->key : std::get<ledger::transaction>(x).key;
  }

  /// Committed, cancelled, or caught in an accident.
  void write_behind_fence() {
    auto fence = must(book().begin_fence());
    auto after = model_;
    std::vector<ledger::command> accepted;
    auto count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
      // What is not durable yet cannot be taken back: `model_` has only what is.
      auto x = anything();
      auto answer = patiently([&] { return fence.write(asked(x)); });
      auto expected = after.judge(x);
      RC_ASSERT(answer.has_value() == !expected.refusal);
      if (!answer) {
        RC_ASSERT(answer.error().code() == *expected.refusal);
        continue;
      }
      RC_ASSERT(answer->deduplicated == expected.first.has_value());
      accepted.push_back(x);
      if (expected.is_new())
        after.add(x, after.next_receipt());
    }
    switch (*rc::gen::inRange(0, 4)) {
    case 0:
      must(fence.cancel());
      return;
    case 1:
      have(any_accident());
      RC_ASSERT(!fence.commit());
      return check_everything();
    default:
      break;
    }
    auto receipts = must(fence.commit());
    RC_ASSERT(receipts.size() == accepted.size());
    for (std::size_t i = 0; i < accepted.size(); ++i)
      take(accepted[i], receipts[i]);
  }

  void repeat_some() {
    for (auto& [key, posted] : std::map{model_.keys()})
      if (*rc::gen::arbitrary<bool>())
        write_one(posted.asked);
    for (auto& x : units_)
      if (*rc::gen::arbitrary<bool>())
        check_repeat(book(), x);
  }

  // -- accidents
  // -----------------------------------------------------------------------------------

  static accident any_accident() {
    return {*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>(),
            *rc::gen::arbitrary<bool>()};
  }

  void have(accident x) {
    x.is_crash ? here_.crash() : here_.stop();
    if (x.loses_index)
      fs::remove_all(here_.data() + "/index");
    auto snapshots = snapshots_of(here_);
    for (auto& path : snapshots)
      if (path == snapshots.back() ? x.loses_newest_snapshot : x.loses_older_snapshots)
        fs::remove(path);
  }

  // -- comparing
  // -----------------------------------------------------------------------------------

  void check_everything() {
    auto x = book();
    RC_ASSERT(durable_of(x) == model_.last());
    RC_ASSERT(must(x.assets()) == model_.assets());
    check_accounts(x);
    for (auto& [key, posted] : model_.keys()) {
      RC_ASSERT(is_repeat_of(must(x.commit(asked(posted.asked))), posted.first));
      RC_ASSERT(must(x.transaction_by_key(key)).receipt.id == posted.first.id);
    }
    for (auto& unit : units_)
      check_repeat(x, unit);
    // Whatever is forgotten, a second reversal is known for what it is.
    for (auto seq : model_.reversed()) {
      auto again = x.reverse(reversal_of(seq, "again " + std::to_string(seq.value())));
      RC_ASSERT(!again);
      RC_ASSERT(again.error().code() == ec::already_reversed);
    }
    RC_ASSERT(durable_of(x) == model_.last());
  }

  /// Within a unit there is no moment to ask about.
  static void check_past(const book_client& x, const std::string& path,
                         const book_model::entry& entry) {
    auto then = x.balance(path, after(entry.seq));
    if (then)
      RC_ASSERT(then->balance == ledger::amount{entry.balance_after});
    else
      RC_ASSERT(then.error().code() == ec::invalid_argument);
  }

  void check_accounts(const book_client& x) {
    auto views = must(x.accounts());
    RC_ASSERT(views.size() == model_.accounts().size());
    for (auto& view : views) {
      auto& path = view.definition.path;
      auto& expected = model_.accounts().at(path);
      auto definition = expected.definition;
      definition.normal_side =
          definition.normal_side.value_or(ledger::default_normal_side(definition.kind));
      RC_ASSERT(view.definition == definition);
      RC_ASSERT(view.closed == expected.closed);
      RC_ASSERT(view.balance == ledger::amount{expected.balance});
      auto& entries = expected.entries;
      RC_ASSERT(view.updated_seq == (entries.empty() ? event_seq{} : entries.back().seq));
      std::vector<book_model::entry> found;
      for (auto& entry : must(x.history({path, {}, 10'000})).entries)
        found.push_back({entry.id.seq, static_cast<std::int64_t>(entry.balance_after.value())});
      RC_ASSERT(found == entries);
      for (std::size_t i = 0; i < entries.size(); i += 7)
        check_past(x, path, entries[i]);
    }
  }

  subject& here_;
  book_model model_;
  std::vector<unit> units_; ///< atomic batches that were accepted, and their first receipts
};

/// Fewer tries than usual, for each starts and stops many nodes. More: RC_PARAMS="max_success=500".
template <class Property>
bool holds(Property property) {
  auto how_many = rc::detail::configuration().testParams;
  if (how_many.maxSuccess == rc::detail::TestParams{}.maxSuccess)
    how_many.maxSuccess = 20;
  auto outcome = rc::detail::checkTestable(property, rc::detail::TestMetadata{}, how_many);
  rc::detail::printResultMessage(outcome, std::cerr);
  return outcome.template is<rc::detail::SuccessResult>();
}

/// A book of its own for every try.
void check_deletions(way how) {
  auto no_key_is_lost = holds([how] {
    subject here{how};
    here.spill_keys_early();
    here.options.snapshot_events = static_cast<std::uint64_t>(*rc::gen::element(0, 7, 40));
    here.options.log.segment_bytes = static_cast<std::uint64_t>(*rc::gen::element(6, 64)) * 1024;
    pair_of_books{here}.run();
  });
  CHECK(no_key_is_lost);
}

TEST_CASE("embedded: no key is lost and nothing posted twice, whatever is deleted",
          "[embedded][I5][I9]") {
  check_deletions(way::embedded);
}

TEST_CASE("remote: no key is lost and nothing posted twice, whatever is deleted",
          "[remote][I5][I9]") {
  check_deletions(way::remote);
}

} // namespace

} // namespace daybook::test
