#include "tests/support/book_rig.hpp"
#include "tests/support/faulty_storage.hpp"

#include <catch2/catch_all.hpp>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

ledger::transaction sale(std::string key) {
  return transfer(std::move(key), "assets:cash", "income:sales", 5);
}

struct walk_fixture {
  void fill(std::size_t sales) {
    book.set_up();
    for (std::size_t i = 0; i < sales; ++i) {
      must(book.write(sale(std::to_string(i))));
      if (i % 4 == 3)
        book.commit();
    }
    book.commit();
  }

  rig_disk disk{false};
  rig_book book{disk};
};

} // namespace

TEST_CASE_METHOD(walk_fixture, "events far apart are read after one look at the directory") {
  fill(2'000);
  faulty_storage watched{disk.storage};
  disk.env().storage = &watched;
  std::vector<event_seq> wanted{event_seq{4},     event_seq{5},     event_seq{600},
                                event_seq{1'200}, event_seq{1'201}, event_seq{2'003}};
  std::vector<event_seq> found;
  must(each_event_of(disk.env(), book.scan(), wanted, [&](auto&, auto& at) -> result<bool> {
    found.push_back(at.seq);
    return true;
  }));
  CHECK(found == wanted);
  CHECK(watched.lists() == 1);
  must(each_event_of(disk.env(), book.scan(), {},
                     [](auto&, auto&) -> result<bool> { return true; }));
  CHECK(watched.lists() == 1);
}

TEST_CASE("a snapshot does not read its segment from the beginning") {
  rig_disk disk{false};
  disk.env().options.log.segment_bytes = 64 * 1024 * 1024;
  rig_book book{disk};
  book.set_up();
  auto sell = [&](int from, int count) {
    for (auto i = from; i < from + count; ++i) {
      must(book.write(sale(std::to_string(i))));
      book.commit();
    }
  };
  sell(0, 8'000);
  must(write_snapshot(disk.env(), book.scan()));
  sell(8'000, 1);
  faulty_storage watched{disk.storage};
  disk.env().storage = &watched;
  auto written = must(write_snapshot(disk.env(), book.scan()));
  CHECK(written.seq == event_seq{8'004});
  CHECK(watched.bytes_read() < 600'000);
}
