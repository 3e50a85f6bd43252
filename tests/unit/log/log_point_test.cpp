#include "log/log_point.hpp"

#include "log/segment_footer.hpp"
#include "log/segment_name.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

/// Several segments, written in several lives, so that epochs start in the middle, at the end and
/// at the beginning of segments.
struct point_fixture : book_fixture {
  point_fixture() {
    options.segment_bytes = 9000;
    for (std::size_t life = 0; life < 8; ++life) {
      auto opened = open();
      for (std::size_t i = 0; i < 3 + life % 3; ++i)
        require(append(*opened.log, 1 + i % 3, 200 + (i * 797 + life * 331) % 900));
    }
    REQUIRE(segments().size() > 4);
  }

  log_point after(std::size_t batches) const {
    if (batches == 0)
      return {};
    auto& x = acknowledged[batches - 1];
    return {event_seq{x.first_seq + x.event_count - 1}, x.chain};
  }

  result<book_log::opened> try_open_after(const log_point& known, kept_batches& found,
                                          storage* through = nullptr,
                                          const live_index* passed = nullptr) {
    return book_log::open(through ? *through : disk, random, timestamp{1000}, directory, "b",
                          options, keep_in(found), known, passed);
  }

  bool contains(const log_point& x) { return require(contains_point(disk, directory, "b", x)); }

  kept_batches batches_after(std::size_t batches) const {
    return {acknowledged.begin() + static_cast<std::ptrdiff_t>(batches), acknowledged.end()};
  }
};

/// Damages the middle of every record of a segment, so that nobody can have read it.
void ruin(memory_storage& disk, const std::string& path) {
  auto bytes = disk.content(path);
  auto salt = load_le<std::uint64_t>(bytes.data() + 16);
  auto trailer =
      decode_footer_trailer(byte_span{bytes}.last(footer_trailer_bytes), salt, bytes.size());
  REQUIRE(trailer);
  for (auto i = header_page_bytes; i < trailer->records_end; i += 64)
    bytes[i] ^= std::byte{0x5a};
  disk.replace(path, bytes);
}

} // namespace

TEST_CASE("a point is found while the next segment's header page is being written") {
  point_fixture book;
  auto path = book.segments().back();
  auto bytes = book.disk.content(path);
  std::fill(bytes.begin() + 100, bytes.begin() + header_page_bytes, std::byte{0x5a});
  book.disk.replace(path, bytes);
  std::size_t found = 0;
  for (std::size_t n = 0; n <= book.acknowledged.size(); ++n)
    if (auto contained = contains_point(book.disk, book.directory, "b", book.after(n)))
      found += *contained;
    else
      CHECK(book.acknowledged.size() - n < 5); // the points of that segment
  CHECK(found + 5 > book.acknowledged.size());
}

TEST_CASE("the end of every batch is in the log, with its own chain only") {
  point_fixture book;
  for (std::size_t n = 0; n <= book.acknowledged.size(); ++n) {
    auto point = book.after(n);
    CAPTURE(n, point.seq.value());
    CHECK(book.contains(point));
    point.chain[7] ^= std::byte{1};
    CHECK(book.contains(point) == (n == 0));
  }
}

TEST_CASE("a point in the middle of a batch or beyond the end is not in the log") {
  point_fixture book;
  for (auto& x : book.acknowledged)
    for (std::uint32_t i = 0; i + 1 < x.event_count; ++i)
      CHECK_FALSE(book.contains({event_seq{x.first_seq + i}, x.chain}));
  auto last = book.after(book.acknowledged.size());
  for (std::uint64_t beyond : {last.seq.value() + 1, last.seq.value() + 1000, ~std::uint64_t{}})
    CHECK_FALSE(book.contains({event_seq{beyond}, last.chain}));
}

TEST_CASE("the writer's index leads to a point in the segment that has no footer", "[I2]") {
  book_fixture book;
  auto writer = book.open().log;
  for (std::size_t i = 0; i < 400; ++i)
    require(book.append(*writer, 1, 9000));
  REQUIRE(book.segments().size() == 1);
  auto& middle = book.acknowledged[390];
  log_point point{event_seq{middle.first_seq}, middle.chain};
  auto cost = [&](const log_point& x, const live_index* live, bool is_there) {
    faulty_storage watched{book.disk};
    CHECK(require(contains_point(watched, book.directory, "b", x, live)) == is_there);
    return watched.bytes_read();
  };
  auto* live = writer->places().get();
  CHECK(cost(point, live, true) <= 4096 + 16 * 1024 + 2 * sparse_index::spacing_bytes + 2 * 9100);
  CHECK(cost(point, nullptr, true) > 1'000'000);
  // It is a hint: what it does not lead to is not in the log, and what is there is found.
  point.chain[3] ^= std::byte{1};
  cost(point, live, false);
  live_index stale;
  sparse_index places;
  places.add(event_seq{1}, 4096 + 8);
  stale.begin(event_seq{1}, places);
  point.chain = middle.chain;
  cost(point, &stale, true);
}

TEST_CASE("what was passed over on the way to a point is not read again") {
  book_fixture book;
  {
    auto writer = book.open().log;
    for (std::size_t i = 0; i < 4000; ++i)
      require(book.append(*writer, 1, 2000));
  }
  auto point = [&](std::size_t i) {
    auto& x = book.acknowledged[i];
    return log_point{event_seq{x.first_seq}, x.chain};
  };
  live_index passed;
  auto cost = [&](const log_point& x) {
    faulty_storage watched{book.disk};
    CHECK(require(contains_point(watched, book.directory, "b", x, &passed, &passed)));
    return watched.bytes_read();
  };
  auto open = [&](const live_index* hints) {
    faulty_storage watched{book.disk};
    auto opened = require(book_log::open(watched, book.random, timestamp{1000}, book.directory, "b",
                                         book.options, {}, point(3800), hints));
    return std::pair{watched.bytes_read(), opened.log->places()->index()};
  };
  CHECK(cost(point(2500)) > 4'000'000);
  CHECK(cost(point(3800)) < 4'000'000);
  CHECK(cost(point(3800)) < 500'000);
  auto [cost_anew, places_anew] = open(nullptr);
  auto [cost_again, places_again] = open(&passed);
  CHECK(cost_again + 3'000'000 < cost_anew);
  CHECK(places_again == places_anew);
}

TEST_CASE("an empty log has the first point alone") {
  book_fixture book;
  book.open();
  CHECK(require(contains_point(book.disk, book.directory, "b", {})));
  CHECK_FALSE(require(contains_point(book.disk, book.directory, "b", {event_seq{1}, {}})));
  CHECK(contains_point(book.disk, "/books/x", "x", {}).error().code() == ec::not_found);
}

TEST_CASE("looking for a point writes nothing, needs no lock and does not mind a torn tail") {
  point_fixture book;
  auto path = book.segments().back();
  auto bytes = book.disk.content(path);
  auto last = book.after(book.acknowledged.size());
  auto before_last = book.after(book.acknowledged.size() - 1);
  auto reader = require(batch_reader::read_all(book.disk, book.directory, "b"));
  std::uint64_t offset = 0;
  while (auto batch = require(reader.next()))
    offset = batch->offset;
  bytes.resize(offset + 150);
  book.disk.replace(path, bytes);
  auto held = require(book.disk.lock(book.directory));
  faulty_storage watched{book.disk};
  auto changes = 0;
  watched.on_change([&](operation) { ++changes; });
  CHECK_FALSE(require(contains_point(watched, book.directory, "b", last)));
  CHECK(require(contains_point(watched, book.directory, "b", before_last)));
  CHECK(changes == 0);
}

TEST_CASE("a point that lives in the page cache only is not in the log", "[I2]") {
  book_fixture book;
  faulty_storage faulty{book.disk};
  auto opened = require(book.try_open(faulty));
  require(book.append(*opened.log, 1, 600));
  auto reader_sees = [&] {
    auto reader = require(batch_reader::read_all(book.disk, book.directory, "b"));
    return require(read_rest(reader));
  };
  faulty.on_failed_sync([&](auto& path) { book.disk.drop_dirty(path, 2); });
  faulty.set({operation::sync, 1});
  REQUIRE_FALSE(book.append(*opened.log, 1, 600));
  REQUIRE(reader_sees().size() == 2);
  CHECK(require(contains_point(book.disk, book.directory, "b",
                               {event_seq{1}, book.acknowledged.front().chain})));
  CHECK_FALSE(require(
      contains_point(book.disk, book.directory, "b", {event_seq{2}, reader_sees().back().chain})));
}

TEST_CASE("opening from any point gives the batches behind it, and the writer goes on",
          "[I3][I11]") {
  point_fixture whole;
  auto hinted = GENERATE(false, true);
  for (std::size_t n = 0; n <= whole.acknowledged.size(); ++n) {
    CAPTURE(n, hinted);
    point_fixture book;
    kept_batches found;
    live_index passed;
    if (hinted)
      require(contains_point(book.disk, book.directory, "b", book.after(n), &passed, &passed));
    auto opened = require(book.try_open_after(book.after(n), found, nullptr, &passed));
    CHECK(found == book.batches_after(n));
    CHECK(opened.report.batches == found.size());
    CHECK(opened.report.last_seq == book.after(book.acknowledged.size()).seq);
    CHECK(opened.report.chain == opened.log->chain());
    CHECK(opened.report.book == opened.log->id());
    CHECK(opened.log->epoch() == writer_epoch{9});
    for (std::size_t i = 0; i < 12; ++i)
      require(book.append(*opened.log, 1 + i % 2, 700));
    opened.log.reset();
    found.clear();
    CHECK_FALSE(require(book.verify(&found)).torn);
    CHECK(found == book.acknowledged);
  }
}

TEST_CASE("opening from a point reads no records of the segments before") {
  point_fixture book;
  auto paths = book.segments();
  auto count = book.acknowledged.size();
  kept_batches found;
  auto all = require(book.try_open_after({}, found)).report;
  CHECK(all.segments_read == paths.size());
  for (std::size_t i = 0; i + 1 < paths.size(); ++i)
    ruin(book.disk, paths[i]);
  REQUIRE_FALSE(book.try_open());
  found.clear();
  faulty_storage watched{book.disk};
  auto opened = require(book.try_open_after(book.after(count - 1), found, &watched));
  CHECK(found == book.batches_after(count - 1));
  CHECK(opened.report.segments_read == 1);
  CHECK(opened.report.bytes_read < all.bytes_read);
  CHECK(opened.report.bytes_read == watched.bytes_read());
}

TEST_CASE("opening from a point that is not in the log is refused and changes nothing") {
  point_fixture book;
  auto before = book.disk.files();
  auto foreign = book.after(5);
  foreign.chain[0] ^= std::byte{1};
  auto ahead = book.after(book.acknowledged.size());
  ahead.seq = ahead.seq.next();
  kept_batches found;
  for (auto& point : {foreign, ahead}) {
    auto opened = book.try_open_after(point, found);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code() == ec::invalid_argument);
    CHECK(opened.error().get("field") == "known");
  }
  CHECK(found.empty());
  CHECK(book.disk.files() == before);
}

TEST_CASE("opening from a point still refuses damage behind it, and cuts a torn tail", "[I8]") {
  point_fixture book;
  auto count = book.acknowledged.size();
  auto reader = require(batch_reader::read_all(book.disk, book.directory, "b"));
  std::uint64_t offset = 0;
  while (auto batch = require(reader.next()))
    offset = batch->offset;
  auto path = book.segments().back();
  auto whole = book.disk.content(path);
  kept_batches found;

  auto bytes = whole;
  bytes[offset + 140] ^= std::byte{1};
  book.disk.replace(path, bytes);
  auto damaged = book.try_open_after(book.after(count - 1), found);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().code() == ec::corrupt);
  CHECK(damaged.error().get("offset") == std::to_string(offset));

  bytes = whole;
  bytes.resize(offset + 140);
  book.disk.replace(path, bytes);
  auto opened = require(book.try_open_after(book.after(count - 1), found));
  CHECK(found.empty());
  CHECK(opened.report.cut->offset == offset);
  CHECK(opened.report.last_seq == book.after(count - 1).seq);
}

TEST_CASE("segments that were passed by are still of this book, in order and complete", "[I8]") {
  point_fixture book;
  auto paths = book.segments();
  auto count = book.acknowledged.size();
  SECTION("a missing one") { require(book.disk.remove(paths[2])); }
  SECTION("a damaged header page") {
    auto bytes = book.disk.content(paths[1]);
    bytes[100] ^= std::byte{1};
    book.disk.replace(paths[1], bytes);
  }
  SECTION("under another's name") { book.disk.replace(paths[1], book.disk.content(paths[2])); }
  SECTION("renamed, where no footer tells") {
    auto bytes = book.disk.content(paths[0]);
    bytes.resize(bytes.size() - 1);
    book.disk.replace(paths[0], bytes);
    auto seq = require(list_segments(book.disk, book.directory))[1].first_seq.next();
    require(book.disk.rename(paths[1], join(book.directory, segment_name(seq))));
  }
  SECTION("of another book") {
    point_fixture other;
    auto opened = require(
        book_log::open(other.disk, book.random, timestamp{}, "/books/c", "b", other.options, {}));
    opened.log.reset();
    book.disk.replace(paths[0], other.disk.content("/books/c/segment-00000000000000000001.log"));
  }
  auto before = book.disk.files();
  kept_batches found;
  auto opened = book.try_open_after(book.after(count), found);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ec::corrupt);
  CHECK(book.disk.files() == before);
}
