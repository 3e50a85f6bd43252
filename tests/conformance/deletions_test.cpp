#include "tests/conformance/conformance.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>

// Whatever is deleted of what can be rebuilt, whenever: no key is lost and nothing is posted twice.

namespace daybook::test {

namespace {

namespace fs = std::filesystem;

/// What the book must look like: a map.
class model {
public:
  struct posted {
    std::int64_t value = 0;
    ledger::receipt first;
  };

  void add(const std::string& key, std::int64_t value, const ledger::receipt& first) {
    RC_ASSERT(!first.deduplicated);
    RC_ASSERT(first.id.seq == event_seq{4 + transactions_.size() + 1});
    total_ += value;
    RC_ASSERT(first.balances.front().value == ledger::amount{total_});
    transactions_[key] = {value, first};
    history_.push_back(total_);
  }

  const posted* find(const std::string& key) const {
    auto found = transactions_.find(key);
    return found == transactions_.end() ? nullptr : &found->second;
  }

  const std::map<std::string, posted>& transactions() const { return transactions_; }
  std::int64_t total() const { return total_; }

  /// After the `n`th transaction, counted from 1.
  std::int64_t total_after(std::size_t n) const { return n == 0 ? 0 : history_[n - 1]; }

private:
  std::map<std::string, posted> transactions_;
  std::vector<std::int64_t> history_;
  std::int64_t total_ = 0;
};

/// What happens between a stop and the next start.
struct accident {
  bool is_crash = false;
  bool loses_index = false;
  bool loses_newest_snapshot = false;
  bool loses_all_snapshots = false;
};

/// Drives a book and the model side by side.
class pair_of_books {
public:
  explicit pair_of_books(subject& here) : here_(here) { must(here_.prepared().snapshot()); }

  void run() {
    auto steps = *rc::gen::inRange(1, 12);
    for (int i = 0; i < steps; ++i) {
      switch (*rc::gen::weightedElement<int>({{5, 0}, {3, 1}, {2, 2}, {2, 3}, {3, 4}})) {
      case 0:
        write_some();
        break;
      case 1:
        write_unit();
        break;
      case 2:
        must(book().snapshot());
        break;
      case 3:
        repeat_some();
        break;
      default:
        have(any_accident());
        break;
      }
    }
    have({});
    check_everything();
  }

private:
  book_client book() { return here_.book(); }

  /// From few keys, so that many are repeats and conflicts.
  static std::string any_key() { return "k" + std::to_string(*rc::gen::inRange(0, 60)); }
  static std::int64_t any_value() { return *rc::gen::inRange(1, 4); }

  static accident any_accident() {
    return {*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>(),
            *rc::gen::arbitrary<bool>()};
  }

  void check(const std::string& key, std::int64_t value, const result<ledger::receipt>& answer) {
    auto* known = model_.find(key);
    if (known && known->value != value) {
      RC_ASSERT(!answer);
      RC_ASSERT(answer.error().code() == ec::idempotency_conflict);
    } else if (known) {
      RC_ASSERT(answer.has_value());
      RC_ASSERT(is_repeat_of(*answer, known->first));
    } else {
      RC_ASSERT(answer.has_value());
      model_.add(key, value, *answer);
    }
  }

  void write_some() {
    std::vector<ledger::command> xs;
    std::vector<std::pair<std::string, std::int64_t>> said;
    auto count = *rc::gen::inRange(1, 20);
    for (int i = 0; i < count; ++i) {
      said.emplace_back(any_key(), any_value());
      xs.emplace_back(sale(said.back().first, said.back().second));
    }
    auto outcomes = must(book().commit(std::move(xs)));
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      auto& [key, value] = said[i];
      auto is_full = !outcomes[i] && outcomes[i].error().code() == ec::overloaded;
      is_full ? write_one(key, value) : check(key, value, outcomes[i]);
    }
  }

  void write_one(const std::string& key, std::int64_t value) {
    check(key, value, patiently([&] { return book().commit(sale(key, value)); }));
  }

  void write_unit() {
    std::map<std::string, std::int64_t> said;
    auto count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i)
      said[any_key()] = any_value();
    std::vector<ledger::write> items;
    std::size_t known = 0;
    bool conflicts = false;
    for (auto& [key, value] : said) {
      items.push_back(asked(sale(key, value)));
      if (auto* first = model_.find(key)) {
        ++known;
        conflicts = conflicts || first->value != value;
      }
    }
    auto receipts = patiently([&] { return book().commit_atomic(items); });
    if (conflicts || (known > 0 && known < said.size())) {
      RC_ASSERT(!receipts);
      RC_ASSERT(receipts.error().code() == ec::idempotency_conflict);
      return;
    }
    RC_ASSERT(receipts.has_value());
    std::size_t i = 0;
    for (auto& [key, value] : said)
      check(key, value, (*receipts)[i++]);
  }

  void repeat_some() {
    for (auto& [key, posted] : model_.transactions())
      if (*rc::gen::arbitrary<bool>())
        write_one(key, posted.value);
  }

  void have(accident x) {
    x.is_crash ? here_.crash() : here_.stop();
    if (x.loses_index)
      fs::remove_all(here_.data() + "/index");
    std::vector<fs::path> snapshots;
    for (auto& entry : fs::directory_iterator{here_.book_directory()})
      if (entry.path().extension() == ".snap")
        snapshots.push_back(entry.path());
    std::ranges::sort(snapshots, std::greater{});
    if (!x.loses_all_snapshots)
      snapshots.resize(std::min<std::size_t>(snapshots.size(), x.loses_newest_snapshot ? 1 : 0));
    for (auto& path : snapshots)
      fs::remove(path);
  }

  void check_everything() {
    auto x = book();
    auto count = model_.transactions().size();
    RC_ASSERT(durable_of(x) == event_seq{4 + count});
    RC_ASSERT(balance_of(x, cash) == model_.total());
    for (std::size_t n = 0; n <= count; n += 5)
      RC_ASSERT(balance_of(x, cash, after(event_seq{4 + n})) == model_.total_after(n));
    for (auto& [key, posted] : model_.transactions()) {
      RC_ASSERT(is_repeat_of(must(x.commit(sale(key, posted.value))), posted.first));
      RC_ASSERT(must(x.transaction_by_key(key)).receipt.id == posted.first.id);
    }
    RC_ASSERT(durable_of(x) == event_seq{4 + count});
  }

  subject& here_;
  model model_;
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
