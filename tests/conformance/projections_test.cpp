#include "actors/cursor_worker.hpp"
#include "actors/projection.hpp"
#include "tests/conformance/collector.hpp"
#include "tests/conformance/conformance.hpp"

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <unistd.h>

// Values that a program makes of a book's events.

namespace daybook::test {

namespace {

/// How much was ever debited, and how many events it took. `Version` is that of its code.
template <std::uint32_t Version>
struct turnover {
  static constexpr std::string_view name = "turnover";
  static constexpr std::uint32_t version = Version;

  struct value_type {
    std::int64_t debits = 0;
    std::uint64_t events = 0;
    friend bool operator==(const value_type&, const value_type&) = default;
  };

  /// Events that were applied by this program, not found in a checkpoint.
  std::shared_ptr<std::atomic<int>> applied = std::make_shared<std::atomic<int>>(0);
  value_type sums;

  void apply(const actors::recorded_event& event) {
    ++*applied;
    ++sums.events;
    auto* posted = std::get_if<ledger::transaction>(&event.content);
    if (!posted)
      return;
    if (posted->key == "poison")
      throw std::runtime_error{"cannot make anything of this"};
    for (auto& x : posted->postings)
      if (x.direction == ledger::side::debit)
        sums.debits += static_cast<std::int64_t>(x.value.value());
  }

  value_type value() const { return sums; }

  std::string save() const {
    return std::to_string(sums.debits) + " " + std::to_string(sums.events);
  }

  static result<turnover> load(std::string_view state) {
    turnover x;
    x.sums.debits = std::stoll(std::string{state});
    x.sums.events = std::stoull(std::string{state.substr(state.find(' '))});
    return x;
  }
};

using first_version = turnover<1>;
using second_version = turnover<2>;

std::int64_t debits(const auto& x) { return must(x.get(freshness::consistent)).value.debits; }

DAYBOOK_CASE("a consistent projection has everything that was durable when it was asked", "[I7]") {
  auto book = here.prepared();
  auto x = must(book.project<first_version>({}));
  for (int i = 1; i <= 50; ++i) {
    auto receipt = must(book.commit(sale("k" + std::to_string(i), 2)));
    auto now = must(x.get());
    REQUIRE(now.value.debits == 2 * i);
    REQUIRE(now.seq >= receipt.id.seq);
  }
  CHECK(must(x.get()).value.events == 54);
}

DAYBOOK_CASE("a stale projection is answered at once with a whole past", "") {
  auto book = here.prepared();
  auto x = must(book.project<first_version>({}));
  sell(book, "k", 200);
  auto stale = must(x.get(freshness::may_be_stale));
  CHECK(stale.value.events == stale.seq.value());
  CHECK(stale.value.debits == std::max<std::int64_t>(0, stale.value.events - 4));
  CHECK(debits(x) == 200);
}

DAYBOOK_CASE("a projection says whether anything changed", "") {
  auto book = here.prepared();
  auto x = must(book.project<first_version>({}));
  auto now = must(x.get());
  CHECK_FALSE(must(x.if_changed(now.generation)));
  must(book.commit(sale("k")));
  auto later = must(x.get());
  CHECK(later.generation > now.generation);
  auto changed = must(x.if_changed(now.generation));
  REQUIRE(changed);
  CHECK(changed->value == later.value);
  CHECK_FALSE(must(x.if_changed(later.generation)));
}

DAYBOOK_CASE("a projection sees the part of the book that its filter names", "") {
  auto book = here.prepared();
  projection_options options;
  options.filter.account_prefixes = {bank};
  options.filter.kinds = {actors::event_kind::transaction_posted};
  auto x = must(book.project<first_version>(options));
  sell(book, "k", 20);
  must(book.commit(transfer("b", bank, cash, 7)));
  auto now = must(x.get());
  CHECK(now.value.debits == 7);
  CHECK(now.value.events == 1);
  CHECK(now.seq == event_seq{25});
}

DAYBOOK_CASE("a projection that cannot be served is refused", "") {
  auto book = here.prepared();
  projection_options options;
  options.filter.kinds = {actors::event_kind{77}};
  CHECK(refused(book.project<first_version>(options), ec::invalid_argument).get("field") ==
        "filter.kinds");
  options = {};
  options.credit = 0;
  CHECK(refused(book.project<first_version>(options), ec::invalid_argument).get("field") ==
        "credit");
}

DAYBOOK_CASE("a projection goes on from its checkpoint", "[I9]") {
  auto book = here.prepared();
  sell(book, "k", 50);
  {
    auto x = must(book.project<first_version>({}));
    CHECK(debits(x) == 50);
  }
  here.restart();
  book = here.book();
  sell(book, "l", 5);
  first_version again;
  auto applied = again.applied;
  auto x = must(book.project<first_version>({}, again));
  auto now = must(x.get());
  CHECK(now.value.debits == 55);
  CHECK(now.value.events == 59);
  CHECK(*applied == 0); // the value that was loaded counts for itself
}

DAYBOOK_CASE("a projection of another version is built from the first event", "[I9]") {
  auto book = here.prepared();
  sell(book, "k", 50);
  must(must(book.project<first_version>({})).get());
  here.restart();
  second_version fresh;
  auto applied = fresh.applied;
  auto x = must(here.book().project<second_version>({}, fresh));
  CHECK(debits(x) == 50);
  CHECK(*applied == 54);
}

DAYBOOK_CASE("a projection of another filter does not take the checkpoint of the old one", "[I9]") {
  auto book = here.prepared();
  sell(book, "k", 50);
  must(must(book.project<first_version>({})).get());
  projection_options options;
  options.filter.account_prefixes = {bank};
  auto x = must(book.project<first_version>(options));
  CHECK(debits(x) == 0);
}

DAYBOOK_CASE("without the index a projection is built again", "[I9]") {
  auto book = here.prepared();
  sell(book, "k", 50);
  must(must(book.project<first_version>({})).get());
  here.restart([&] { std::filesystem::remove_all(here.data() + "/index"); });
  first_version fresh;
  auto applied = fresh.applied;
  auto x = must(here.book().project<first_version>({}, fresh));
  CHECK(debits(x) == 50);
  CHECK(*applied == 54);
}

DAYBOOK_CASE("a checkpoint of a log that went back in time is not used", "[I9]") {
  namespace fs = std::filesystem;
  auto book = here.prepared();
  sell(book, "k", 20);
  auto kept = here.data() + "-older-book";
  here.restart([&] { fs::copy(here.book_directory(), kept, fs::copy_options::recursive); });
  sell(here.book(), "lost", 30);
  must(must(here.book().project<first_version>({})).get());
  here.restart([&] {
    fs::remove_all(here.book_directory());
    fs::rename(kept, here.book_directory());
  });
  book = here.book();
  must(book.commit(sale("other", 1'000)));
  sell(book, "others", 60);
  auto x = must(book.project<first_version>({}));
  CHECK(debits(x) == 1'080);
}

DAYBOOK_CASE("a projection that throws ends with its words, and the book goes on", "") {
  auto book = here.prepared();
  auto x = must(book.project<first_version>({}));
  CHECK(debits(x) == 0);
  must(book.commit(sale("poison")));
  auto error = refused(x.get(), ec::invalid_argument);
  CHECK(error.message().find("cannot make anything of this") != std::string::npos);
  refused(x.get(freshness::may_be_stale), ec::invalid_argument);
  refused(x.if_changed(0), ec::invalid_argument);
  REQUIRE_FALSE(x.wait());
  must(book.commit(sale("k")));
  // What it made before the poison was no checkpoint: the next one finds the poison again.
  auto next = must(book.project<first_version>({}));
  refused(next.get(), ec::invalid_argument);
}

/// Throws where it is told to.
struct troubled {
  static constexpr std::string_view name = "troubled";
  static constexpr std::uint32_t version = 1;
  using value_type = std::uint64_t;

  struct orders {
    std::atomic<bool> load{false};
    std::atomic<bool> save{false};
    std::atomic<int> good_saves{1'000'000}; ///< before one that throws
    std::atomic<bool> hold{false};          ///< the next event, until it is taken back
    std::atomic<bool> value{false};
    std::atomic<int> loads{0};
  };
  static orders throws;

  std::uint64_t events = 0;

  void apply(const actors::recorded_event&) {
    throws.hold.wait(true);
    ++events;
  }

  value_type value() const {
    if (throws.value)
      throw std::runtime_error{"cannot say"};
    return events;
  }

  std::string save() const {
    if (throws.save || throws.good_saves-- <= 0)
      throw std::runtime_error{"cannot save"};
    return std::to_string(events);
  }

  static result<troubled> load(std::string_view state) {
    ++throws.loads;
    if (throws.load)
      throw std::runtime_error{"cannot load"};
    return troubled{std::stoull(std::string{state})};
  }
};

troubled::orders troubled::throws;

DAYBOOK_CASE("a projection that throws in load is built again, and the book goes on", "[I9]") {
  troubled::throws.loads = 0;
  auto book = here.prepared();
  sell(book, "k", 20);
  CHECK(must(must(book.project<troubled>({})).get()).value == 24);
  CHECK(troubled::throws.loads == 0);
  troubled::throws.load = true;
  {
    auto x = must(book.project<troubled>({}));
    CHECK(must(x.get()).value == 24);
    CHECK(troubled::throws.loads == 1);
    must(book.commit(sale("more")));
    CHECK(must(x.get()).value == 25);
  }
  troubled::throws.load = false;
  CHECK(must(must(book.project<troubled>({})).get()).value == 25);
  CHECK(troubled::throws.loads == 2);
}

DAYBOOK_CASE("a projection that throws in save ends with its words, and the book goes on", "") {
  auto book = here.prepared();
  projection_options often;
  often.checkpoint_every = 10;
  auto x = must(book.project<troubled>(often));
  CHECK(must(x.get()).value == 4);
  troubled::throws.save = true;
  sell(book, "k", 10);
  auto ended = x.wait();
  troubled::throws.save = false;
  auto error = refused(ended, ec::invalid_argument);
  CHECK(error.message().find("cannot save") != std::string::npos);
  CHECK(refused(x.get(), ec::invalid_argument) == error);
  CHECK(refused(x.get(freshness::may_be_stale), ec::invalid_argument) == error);
  must(book.commit(sale("more")));
  CHECK(must(must(book.project<troubled>(often)).get()).value == 15);
}

DAYBOOK_CASE("a projection that throws in save at its end ends with its words", "") {
  auto book = here.prepared();
  auto x = must(book.project<troubled>({}));
  CHECK(must(x.get()).value == 4);
  troubled::throws.save = true;
  x.stop();
  troubled::throws.save = false;
  auto error = refused(x.wait(), ec::invalid_argument);
  CHECK(error.message().find("cannot save") != std::string::npos);
  CHECK(must(must(book.project<troubled>({})).get()).value == 4);
}

DAYBOOK_CASE("a projection whose next save throws while a checkpoint is stored ends with its words",
             "") {
  auto book = here.prepared();
  projection_options often;
  often.checkpoint_every = 5;
  auto x = must(book.project<troubled>(often));
  CHECK(must(x.get()).value == 4);
  // The checkpoint behind the first sale is on its way when the others are applied.
  troubled::throws.good_saves = 1;
  troubled::throws.hold = true;
  must(book.commit(sale("first")));
  sell(book, "k", 5);
  troubled::throws.hold = false;
  troubled::throws.hold.notify_all();
  auto ended = x.wait();
  troubled::throws.good_saves = 1'000'000;
  auto error = refused(ended, ec::invalid_argument);
  CHECK(error.message().find("cannot save") != std::string::npos);
  CHECK(refused(x.get(), ec::invalid_argument) == error);
  CHECK(must(must(book.project<troubled>(often)).get()).value == 10);
}

DAYBOOK_CASE("a value that throws is the reader's to catch, and the projection goes on", "") {
  auto book = here.prepared();
  auto x = must(book.project<troubled>({}));
  CHECK(must(x.get()).value == 4);
  troubled::throws.value = true;
  CHECK_THROWS_AS(x.get(), std::runtime_error);
  CHECK_THROWS_AS(x.if_changed(0), std::runtime_error);
  must(book.commit(sale("k")));
  troubled::throws.value = false;
  CHECK(must(x.get()).value == 5);
}

DAYBOOK_CASE("a projection is right after a crash", "[I9]") {
  auto book = here.prepared();
  projection_options often;
  often.checkpoint_every = 20;
  sell(book, "k", 50);
  CHECK(debits(must(book.project<first_version>(often))) == 50);
  here.restart();
  book = here.book();
  auto caught = must(book.project<first_version>(often));
  sell(book, "l", 40);
  CHECK(debits(caught) == 90);
  must(book.commit(sale("last", 1'000)));
  here.crash([&] { caught.stop(); });
  // There is the checkpoint of before the restart, if not a later one, and the log behind it.
  book = here.book();
  first_version fresh;
  auto applied = fresh.applied;
  auto x = must(book.project<first_version>(often, fresh));
  auto now = must(x.get());
  CHECK(*applied == 0); // the value that was loaded counts for itself
  CHECK(now.value.debits == 1'090);
  CHECK(now.value.events == 95);
  must(book.commit(sale("after", 10)));
  now = must(x.get());
  CHECK(now.value.debits == 1'100);
  CHECK(now.value.events == 96);
}

DAYBOOK_CASE("of several of one name the one furthest behind is the name's watermark", "") {
  using actors::watermark;
  auto book = here.prepared();
  sell(book, "k", 20);
  auto applied = [&] {
    auto now = must(book.frontier());
    REQUIRE(now.applied.size() == 1);
    CHECK(now.applied[0].name == "turnover");
    return now.applied[0].seq;
  };
  auto first = must(book.project<first_version>({}));
  must(book.wait_for(watermark::applied, event_seq{24}, patience, "turnover"));
  {
    // A cursor of the same name that stays where it begins.
    gate arrived;
    gate may_go_on;
    actors::cursor_request request;
    request.name = "turnover";
    request.start = event_seq{5};
    auto worker = must(book.run_cursor(request, {}, [=](const actors::delivery&) mutable {
      arrived.open();
      (void)may_go_on.pass();
      return next_step::go_on;
    }));
    REQUIRE(arrived.pass());
    CHECK(applied() == event_seq{4});
    must(book.commit(sale("more")));
    CHECK(must(first.get()).seq == event_seq{25});
    CHECK(applied() == event_seq{4});
    refused(
        book.wait_for(watermark::applied, event_seq{25}, std::chrono::milliseconds{1}, "turnover"),
        ec::timed_out);
    may_go_on.open();
    must(book.wait_for(watermark::applied, event_seq{25}, patience, "turnover"));
  }
  // The one that is left is still known.
  CHECK(applied() == event_seq{25});
  {
    auto second = must(book.project<first_version>({}));
    CHECK(must(second.get()).value == must(first.get()).value);
    must(book.wait_for(watermark::applied, event_seq{25}, patience, "turnover"));
  }
  CHECK(applied() == event_seq{25});
  must(book.commit(sale("last")));
  must(book.wait_for(watermark::applied, event_seq{26}, patience, "turnover"));
  first.stop();
  CHECK(comes_true([&] { return must(book.frontier()).applied.empty(); }));
}

DAYBOOK_CASE("two projections of one name are each right, and share no state", "[I9]") {
  auto book = here.prepared();
  sell(book, "k", 30);
  must(book.commit(transfer("b", bank, cash, 7)));
  projection_options one;
  one.filter.account_prefixes = {bank};
  one.checkpoint_every = 1;
  projection_options all;
  all.checkpoint_every = 1;
  for (int i = 0; i < 3; ++i) {
    auto x = must(book.project<first_version>(one));
    auto y = must(book.project<first_version>(all));
    CHECK(debits(x) == 7 * (i + 1));
    CHECK(debits(y) == 30 + 7 * (i + 1));
    must(book.commit(transfer("b" + std::to_string(i), bank, cash, 7)));
    CHECK(debits(x) == 7 * (i + 2));
    CHECK(debits(y) == 30 + 7 * (i + 2));
    x.stop();
    y.stop();
    here.restart();
    book = here.book();
  }
}

DAYBOOK_CASE("a projection that was stopped, or lost its book, says so", "") {
  auto book = here.prepared();
  auto x = must(book.project<first_version>({}));
  x.stop();
  refused(x.get(freshness::may_be_stale), ec::not_found);
  auto y = must(book.project<first_version>({}));
  must(here.node().stop_book("bank"));
  (void)y.wait();
  REQUIRE_FALSE(y.get());
}

DAYBOOK_CASE("the book knows how far a projection is", "") {
  auto book = here.prepared();
  auto x = must(book.project<first_version>({}));
  sell(book, "k", 30);
  must(book.wait_for(actors::watermark::applied, event_seq{34}, patience, "turnover"));
  CHECK(must(x.get(freshness::may_be_stale)).seq == event_seq{34});
  x.stop();
}

/// What was debited to one account: two of these are two projections of one name.
struct debits_of {
  static constexpr std::string_view name = "debits";
  static constexpr std::uint32_t version = 1;
  using value_type = std::int64_t;

  std::string account;
  std::shared_ptr<std::atomic<int>> applied = std::make_shared<std::atomic<int>>(0);
  std::int64_t sum = 0;

  std::string parameters() const { return account; }

  void apply(const actors::recorded_event& event) {
    ++*applied;
    if (auto* posted = std::get_if<ledger::transaction>(&event.content))
      for (auto& x : posted->postings)
        if (x.direction == ledger::side::debit && x.account == account)
          sum += static_cast<std::int64_t>(x.value.value());
  }

  value_type value() const { return sum; }
  std::string save() const { return std::to_string(sum); }

  static result<debits_of> load(std::string_view state) {
    debits_of x;
    x.sum = std::stoll(std::string{state});
    return x;
  }
};

DAYBOOK_CASE("a projection never takes the checkpoint of one with other parameters", "[I9]") {
  auto book = here.prepared();
  sell(book, "k", 30);
  must(book.commit(transfer("b", bank, cash, 7)));
  auto value_of = [&](const std::string& account, int& applied) {
    debits_of initial{account};
    auto counter = initial.applied;
    auto value = must(must(here.book().project<debits_of>({}, initial)).get()).value;
    applied = *counter;
    return value;
  };
  int applied = 0;
  CHECK(value_of(cash, applied) == 30);
  CHECK(value_of(bank, applied) == 7);
  CHECK(applied == 35);
  // Neither has overwritten the other's.
  here.restart();
  CHECK(value_of(cash, applied) == 30);
  CHECK(applied == 0);
  CHECK(value_of(bank, applied) == 7);
  CHECK(applied == 0);
}

DAYBOOK_CASE("projections that differ in their filters each keep their checkpoint", "[I9]") {
  auto book = here.prepared();
  sell(book, "k", 30);
  projection_options cash_only;
  cash_only.filter.account_prefixes = {cash};
  must(must(book.project<first_version>(cash_only)).get());
  must(must(book.project<first_version>({})).get());
  for (auto& options : {cash_only, projection_options{}}) {
    first_version fresh;
    auto applied = fresh.applied;
    CHECK(debits(must(book.project<first_version>(options, fresh))) == 30);
    CHECK(*applied == 0);
  }
}

DAYBOOK_CASE("a projection whose last event is not the last of its unit goes on behind the unit",
             "[I7][I9]") {
  auto book = here.prepared();
  projection_options options;
  options.filter.account_prefixes = {bank};
  must(book.commit_atomic(
      {asked(transfer("a", bank, cash, 7)), asked(sale("b")), asked(sale("c"))}));
  CHECK(debits(must(book.project<first_version>(options))) == 7);
  for (int i = 0; i < 2; ++i) {
    first_version fresh;
    auto applied = fresh.applied;
    auto x = must(book.project<first_version>(options, fresh));
    CHECK(debits(x) == 7);
    CHECK(*applied == 0);
    x.stop();
    here.restart();
    book = here.book();
  }
}

/// Knows whether it was found in a checkpoint. Its name has so many bytes.
template <std::size_t Length>
struct kept {
  static constexpr auto letters = [] {
    std::array<char, Length> x{};
    x.fill('n');
    return x;
  }();
  static constexpr std::string_view name{letters.data(), Length};
  static constexpr std::uint32_t version = 1;
  using value_type = bool;

  bool was_loaded = false;

  void apply(const actors::recorded_event&) {}
  value_type value() const { return was_loaded; }
  std::string save() const { return {}; }
  static result<kept> load(std::string_view) { return kept{true}; }
};

DAYBOOK_CASE("a projection that nothing is for does not look at everything again", "[I9]") {
  auto book = here.prepared();
  sell(book, "k", 200);
  projection_options options;
  options.filter.account_prefixes = {"assets:nothing"};
  {
    auto x = must(book.project<kept<4>>(options));
    auto now = must(x.get());
    CHECK_FALSE(now.value);
    CHECK(now.seq == event_seq{204});
  }
  here.restart();
  auto x = must(here.book().project<kept<4>>(options));
  CHECK(must(x.get()).value);
  sell(here.book(), "l", 10);
  CHECK(must(x.get()).seq == event_seq{214});
}

DAYBOOK_CASE("a checkpoint is due by what was looked at, not by what was wanted", "[I9]") {
  auto book = here.prepared();
  sell(book, "k", 200);
  projection_options options;
  options.filter.account_prefixes = {"assets:nothing"};
  options.checkpoint_every = 100;
  auto x = must(book.project<kept<4>>(options));
  must(x.get());
  // Another one finds what the first has stored while it is at work.
  CHECK(comes_true([&] {
    auto again = book.project<kept<4>>(options);
    return again && must(again->get()).value;
  }));
}

DAYBOOK_CASE("a projection's name leaves room for what its checkpoint's name adds", "") {
  auto book = here.prepared();
  must(must(book.project<kept<238>>({})).get());
  CHECK(must(must(book.project<kept<238>>({})).get()).value);
  refused(book.project<kept<239>>({}), ec::invalid_name);
  refused(book.project<kept<0>>({}), ec::invalid_name);
}

/// Whether a thread of this process waits for something.
bool is_asleep(pid_t thread) {
  std::ifstream file{"/proc/self/task/" + std::to_string(thread) + "/stat"};
  std::string stat{std::istreambuf_iterator<char>{file}, {}};
  auto name_end = stat.rfind(')');
  return name_end != stat.npos && stat.substr(name_end, 3) == ") S";
}

/// Is held up by the test while it applies.
struct slow_count {
  static constexpr std::string_view name = "slow";
  static constexpr std::uint32_t version = 1;
  using value_type = std::uint64_t;

  gate arrived;
  gate may_go_on;
  std::uint64_t events = 0;

  void apply(const actors::recorded_event& event) {
    ++events;
    if (auto* posted = std::get_if<ledger::transaction>(&event.content);
        posted && posted->key == "first of the unit") {
      arrived.open();
      (void)may_go_on.pass();
    }
  }

  value_type value() const { return events; }
  std::string save() const { return {}; }
  static result<slow_count> load(std::string_view) { return fail(ec::corrupt, "nothing"); }
};

DAYBOOK_CASE(
    "a read of what may be stale waits for the delivery that is applied, and sees it whole",
    "[I7]") {
  auto book = here.prepared();
  slow_count initial;
  auto x = must(book.project<slow_count>({}, initial));
  CHECK(must(x.get()).value == 4);
  auto before = must(x.get()).generation;
  must(book.commit_atomic({asked(sale("first of the unit")), asked(sale("second"))}));
  REQUIRE(initial.arrived.pass());
  std::atomic<pid_t> asking{0};
  std::atomic<bool> has_read{false};
  std::vector<std::uint64_t> read;
  std::thread reader{[&] {
    asking = ::gettid();
    auto now = x.get(freshness::may_be_stale);
    has_read = true;
    auto changed = x.if_changed(before);
    if (now && changed && *changed)
      read = {now->value, (*changed)->value};
  }};
  // The reader has its answer, or it waits for one.
  CHECK(comes_true([&] { return has_read || (asking != 0 && is_asleep(asking)); }));
  CHECK_FALSE(has_read);
  initial.may_go_on.open();
  reader.join();
  CHECK(read == std::vector<std::uint64_t>{6, 6});
}

} // namespace

} // namespace daybook::test
