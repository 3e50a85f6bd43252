#include "actors/filter_text.hpp"
#include "actors/keeper.hpp"
#include "log/cursor_file.hpp"
#include "tests/support/book_rig.hpp"
#include "tests/support/faulty_storage.hpp"

#include <catch2/catch_all.hpp>

#include <functional>
#include <stdexcept>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

event_filter transactions_of(std::vector<std::string> prefixes) {
  return {{event_kind::transaction_posted}, std::move(prefixes)};
}

struct keeper_fixture {
  keeper_fixture() { book.set_up(); }

  cursor_job job(std::string name, event_filter filter = {}, std::uint64_t start = 0,
                 std::uint64_t position = 0) {
    return {
        book.scan(), {std::move(name), std::move(filter), event_seq{start}}, event_seq{position}};
  }

  rig_disk disk{false};
  rig_book book{disk};
};

} // namespace

TEST_CASE("filters that say the same have the same text") {
  event_filter x{{event_kind::transaction_posted, event_kind::account_opened},
                 {"b", "a:", "b:", "a"}};
  event_filter y{
      {event_kind::account_opened, event_kind::transaction_posted, event_kind::account_opened},
      {"a", "b"}};
  CHECK(to_text(x) == "kind account_opened\nkind transaction_posted\naccount a\naccount b\n");
  CHECK(to_text(x) == to_text(y));
  CHECK(to_text({}).empty());
  CHECK(to_text({{}, {""}}) != to_text({}));
  CHECK(to_text(must(filter_of_text(to_text(x)))) == to_text(x));
}

TEST_CASE("what is no text of a filter is refused") {
  for (auto* text : {"kind", "kind \n", "kind nothing\n", "account a", "prefix a\n", "\n"}) {
    CAPTURE(text);
    auto read = filter_of_text(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == ec::corrupt);
  }
}

TEST_CASE_METHOD(keeper_fixture, "a cursor begins where it was asked to, and remembers") {
  auto made = must(open_cursor(disk.env(), job("mailer", transactions_of({"assets"}), 7)));
  CHECK(made.position == event_seq{6});
  CHECK(made.stored_at == disk.time.now());
  disk.time.set(timestamp{5'000'000});
  must(store_cursor(disk.env(), job("mailer", {}, 0, 12)));
  auto again = must(open_cursor(disk.env(), job("mailer", transactions_of({"assets:"}), 1)));
  CHECK(again.position == event_seq{12});
  CHECK(again.stored_at == timestamp{5'000'000});
  CHECK(again.filter == transactions_of({"assets"}));
}

TEST_CASE_METHOD(keeper_fixture, "a cursor is durable when it is answered") {
  must(open_cursor(disk.env(), job("mailer", {}, 3)));
  must(store_cursor(disk.env(), job("mailer", {}, 0, 8)));
  book.close();
  disk.storage.crash(1);
  book.open();
  CHECK(must(open_cursor(disk.env(), job("mailer"))).position == event_seq{8});
}

TEST_CASE_METHOD(keeper_fixture, "a cursor is bound to its filter") {
  must(open_cursor(disk.env(), job("mailer", transactions_of({"assets"}))));
  auto other = open_cursor(disk.env(), job("mailer", transactions_of({"income"})));
  REQUIRE_FALSE(other);
  CHECK(other.error().code() == ec::already_exists);
  CHECK(other.error().get("what") == "mailer");
}

TEST_CASE_METHOD(keeper_fixture, "cursors are listed and removed") {
  must(open_cursor(disk.env(), job("b")));
  must(open_cursor(disk.env(), job("a", transactions_of({"assets"}), 5)));
  auto all = must(list_cursors(disk.env(), job("")));
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "a");
  CHECK(all[0].position == event_seq{4});
  CHECK(all[0].filter == transactions_of({"assets"}));
  CHECK(all[1].name == "b");
  must(remove_cursor(disk.env(), job("a")));
  CHECK(must(list_cursors(disk.env(), job(""))).size() == 1);
  CHECK(remove_cursor(disk.env(), job("a")).error().code() == ec::not_found);
  CHECK(store_cursor(disk.env(), job("a")).error().code() == ec::not_found);
}

TEST_CASE_METHOD(keeper_fixture, "a cursor that cannot be is refused") {
  CHECK(open_cursor(disk.env(), job("No/Name")).error().code() == ec::invalid_name);
  CHECK(open_cursor(disk.env(), job("x", transactions_of({"a::b"}))).error().code() ==
        ec::invalid_argument);
}

TEST_CASE_METHOD(keeper_fixture, "a cursor of another book is corrupt") {
  log::cursor_record foreign{"mailer", book_id{77}, event_seq{1}, "", timestamp{1}};
  must(log::store_cursor(disk.storage, book.book().directory, foreign));
  CHECK(open_cursor(disk.env(), job("mailer")).error().code() == ec::corrupt);
  CHECK(store_cursor(disk.env(), job("mailer")).error().code() == ec::corrupt);
}

TEST_CASE_METHOD(keeper_fixture, "a damaged cursor hides no other") {
  for (auto* name : {"a", "bad", "foreign", "strange", "z"})
    must(open_cursor(disk.env(), job(name)));
  auto& directory = book.book().directory;
  auto path = log::join(directory, "cursor-bad.pos");
  auto bytes = disk.storage.content(path);
  bytes[bytes.size() / 2] ^= std::byte{1};
  disk.storage.replace(path, bytes);
  must(log::store_cursor(disk.storage, directory,
                         {"foreign", book_id{77}, event_seq{1}, "", timestamp{1}}));
  must(log::store_cursor(disk.storage, directory,
                         {"strange", book.machine().id(), event_seq{1}, "kind", timestamp{1}}));
  auto all = must(list_cursors(disk.env(), job("")));
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "a");
  CHECK(all[1].name == "z");
  for (auto* name : {"bad", "foreign"})
    CHECK(open_cursor(disk.env(), job(name)).error().code() == ec::corrupt);
}

TEST_CASE_METHOD(keeper_fixture, "a cursor is not left out because the disk fails") {
  must(open_cursor(disk.env(), job("a")));
  faulty_storage faulty{disk.storage};
  faulty.set({operation::read, 1});
  disk.env().storage = &faulty;
  CHECK(list_cursors(disk.env(), job("")).error().code() == ec::io);
}

TEST_CASE_METHOD(keeper_fixture, "snapshots are written in the background, cursors are not") {
  struct open_fixture : actor_fixture {
    using actor_fixture::system_;
  } system;
  auto env = std::make_shared<environment>(disk.env());
  int works = 0;
  bool fails = false;
  env->background = [&](const std::function<void()>& work) {
    ++works;
    if (fails)
      throw std::runtime_error{"there is no memory"};
    work();
  };
  auto keeper = system.system_.spawn<keeper_actor::stateful_impl<keeper_state>>(env);
  auto opened = system.ask<cursor_info>(keeper, atom::open_cursor_v, job("mailer"));
  system.run();
  CHECK(opened->arrived());
  CHECK(works == 0);
  auto written = system.ask<snapshot_info>(keeper, atom::snapshot_v, snapshot_job{book.scan()});
  system.run();
  CHECK(written->value().written);
  CHECK(works == 1);
  fails = true;
  auto failed = system.ask<snapshot_info>(keeper, atom::snapshot_v, snapshot_job{book.scan()});
  system.run();
  CHECK(failed->refused().code() == ec::internal);
  CHECK_THAT(failed->refused().message(), Catch::Matchers::ContainsSubstring("no memory"));
  caf::anon_send_exit(keeper, caf::exit_reason::user_shutdown);
  system.run();
}

TEST_CASE_METHOD(keeper_fixture, "a keeper answers for all of it") {
  actor_fixture actors;
  struct open_fixture : actor_fixture {
    using actor_fixture::system_;
  } system;
  auto keeper = system.system_.spawn<keeper_actor::stateful_impl<keeper_state>>(
      std::make_shared<environment>(disk.env()));
  auto opened = system.ask<cursor_info>(keeper, atom::open_cursor_v, job("mailer"));
  auto written = system.ask<snapshot_info>(keeper, atom::snapshot_v, snapshot_job{book.scan()});
  system.run();
  CHECK(opened->value().name == "mailer");
  CHECK(written->value().seq == event_seq{3});
  CHECK(written->value().written);
  auto listed = system.ask<std::vector<cursor_info>>(keeper, atom::cursors_v, job(""));
  system.run();
  CHECK(listed->value().size() == 1);
  caf::anon_send_exit(keeper, caf::exit_reason::user_shutdown);
  system.run();
}
