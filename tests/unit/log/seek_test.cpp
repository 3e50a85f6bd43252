#include "log/segment_footer.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

/// Several segments with many places in each.
struct seek_fixture : book_fixture {
  seek_fixture() {
    options.segment_bytes = 400'000;
    for (int life = 0; life < 2; ++life) {
      writer.reset();
      writer = open().log;
      for (std::size_t i = 0; i < 90; ++i)
        require(append(*writer, 1 + i % 4, 100 + (i * 7919) % 9000));
    }
    REQUIRE(segments().size() > 3);
  }

  std::uint64_t last() const { return writer->last_seq().value(); }

  result<batch_reader> range(std::uint64_t from, std::uint64_t last, const live_index* live,
                             storage* through = nullptr) {
    return batch_reader::read_range(through ? *through : disk, directory, "b", event_seq{from},
                                    event_seq{last}, live);
  }

  /// Of the first batch of a range.
  std::uint64_t bytes_for(std::uint64_t seq, const live_index* live) {
    faulty_storage watched{disk};
    auto reader = require(range(seq, seq, live, &watched));
    auto found = require(read_rest(reader));
    REQUIRE(found == kept_batches{batch_of(seq)});
    CHECK(reader.bytes_read() == watched.bytes_read());
    return watched.bytes_read();
  }

  const kept_batch& batch_of(std::uint64_t seq) const {
    for (auto& x : acknowledged)
      if (seq < x.first_seq + x.event_count)
        return x;
    FAIL();
    return acknowledged.front();
  }

  /// Changes the sealed segments' footers, with every checksum made right.
  void change_places(const std::function<void(record_place&)>& change) {
    for (auto& path : segments()) {
      auto bytes = disk.content(path);
      auto salt = load_le<std::uint64_t>(bytes.data() + 16);
      auto trailer =
          decode_footer_trailer(byte_span{bytes}.last(footer_trailer_bytes), salt, bytes.size());
      if (!trailer)
        continue;
      auto* at = bytes.data() + trailer->records_end;
      for (std::uint32_t i = 0; i < trailer->place_count; ++i, at += footer_place_bytes) {
        record_place place{event_seq{load_le<std::uint64_t>(at)}, load_le<std::uint64_t>(at + 8)};
        change(place);
        store_le(at, place.first_seq.value());
        store_le(at + 8, place.offset);
      }
      store_le(at + 88,
               checksum({bytes.data() + trailer->records_end, trailer->places_bytes()}, salt));
      store_le(at + 120, checksum({at, 120}, salt));
      disk.replace(path, bytes);
    }
  }

  std::unique_ptr<book_log> writer;
};

} // namespace

TEST_CASE("every batch is found by footer, by the writer's index and by neither", "[I11]") {
  seek_fixture book;
  for (auto* live : {book.writer->places().get(), static_cast<const live_index*>(nullptr)})
    for (std::uint64_t seq = 1; seq <= book.last(); ++seq) {
      CAPTURE(seq, live);
      auto reader = require(book.range(seq, seq, live));
      REQUIRE(require(read_rest(reader)) == kept_batches{book.batch_of(seq)});
    }
}

TEST_CASE("one event costs about one spacing and its own record") {
  seek_fixture book;
  auto cost_max = 4096 + 16 * 1024 + 2 * sparse_index::spacing_bytes + 2 * 4 * 9100;
  std::uint64_t worst = 0;
  for (std::uint64_t seq = 1; seq <= book.last(); ++seq)
    worst = std::max(worst, book.bytes_for(seq, book.writer->places().get()));
  CHECK(worst <= cost_max);
}

TEST_CASE("one event out of 128 MiB of small ones costs little") {
  book_fixture book;
  auto writer = book.open().log;
  auto payload = make_payload(1, 300, 200);
  event_seq next{1};
  for (; require(book.disk.kind(book.directory)) == entry_kind::directory &&
         book.segments().size() == 1;
       next = next.plus(300))
    require(writer->append({next, 300, timestamp{1}, payload}));
  for (auto seq :
       {event_seq{150'000}, event_seq{next.value() - 301}, event_seq{next.value() - 1}}) {
    faulty_storage watched{book.disk};
    auto reader = require(
        batch_reader::read_range(watched, book.directory, "b", seq, seq, writer->places().get()));
    auto batch = require(reader.next());
    REQUIRE(batch);
    CHECK(batch->first_seq <= seq);
    CHECK(batch->last_seq() >= seq);
    CHECK(watched.bytes_read() <= 4096 + 33 * 1024 + 64 * 1024 + 2 * record_bytes(payload.size()));
  }
}

TEST_CASE("a reader goes to any other range without listing the directory again") {
  seek_fixture book;
  faulty_storage watched{book.disk};
  auto* live = book.writer->places().get();
  auto reader = require(book.range(1, 1, live, &watched));
  CHECK(require(read_rest(reader)) == kept_batches{book.batch_of(1)});
  for (std::uint64_t n = 1; n <= book.last(); ++n) {
    auto seq = n * 61 % book.last() + 1;
    CAPTURE(seq);
    require(reader.go_to(event_seq{seq}, event_seq{seq}, n % 2 == 0 ? live : nullptr));
    REQUIRE(require(read_rest(reader)) == kept_batches{book.batch_of(seq)});
  }
  CHECK(watched.lists() == 1);
  // What is left unread is left behind, and the end of a segment is none.
  require(reader.go_to(event_seq{1}, event_seq{book.last()}));
  require(reader.next());
  require(reader.go_to(event_seq{2}, event_seq{book.last()}));
  CHECK(require(read_rest(reader)).size() == book.acknowledged.size() - 1);
}

TEST_CASE("a reader goes to what was written since the directory was listed") {
  seek_fixture book;
  auto reader = require(book.range(1, 1, nullptr));
  auto segments = book.segments().size();
  while (book.segments().size() < segments + 2)
    require(book.append(*book.writer, 2, 5000));
  require(reader.go_to(event_seq{book.last()}, event_seq{book.last()}));
  CHECK(require(read_rest(reader)) == kept_batches{book.batch_of(book.last())});
}

TEST_CASE("a writer that reopens knows its segment's places") {
  seek_fixture book;
  book.writer.reset();
  book.writer = book.open().log;
  auto live = book.writer->places();
  auto first_of_last = require(list_segments(book.disk, book.directory)).back().first_seq;
  CHECK(live->index().places().size() > 1);
  CHECK(live->index().places().front().first_seq == first_of_last);
  CHECK(live->find(first_of_last, event_seq{book.last()}));
  // The index stays when the writer goes.
  book.writer.reset();
  CHECK(live->find(first_of_last, event_seq{~std::uint64_t{}}));
}

TEST_CASE("a footer that leads astray is passed over") {
  seek_fixture book;
  auto whole = book.disk.files();
  auto change = GENERATE(0, 1, 2, 3);
  book.change_places([&](record_place& x) {
    switch (change) {
    case 0: // to where no record begins
      x.offset += 8;
      break;
    case 1: // to another record
      x.first_seq = event_seq{x.first_seq.value() - 1};
      break;
    case 2: // behind the file
      x.offset += std::uint64_t{1} << 40;
      break;
    case 3: // to the header page
      x.offset = 0;
      break;
    }
  });
  REQUIRE(book.disk.files() != whole);
  for (std::uint64_t seq = 1; seq <= book.last(); seq += 5) {
    auto reader = require(book.range(seq, seq, nullptr));
    CHECK(require(read_rest(reader)) == kept_batches{book.batch_of(seq)});
  }
  CHECK_FALSE(require(book.verify()).torn);
}

TEST_CASE("a stale index of a writer is passed over") {
  seek_fixture book;
  live_index stale;
  sparse_index places;
  places.add(event_seq{1}, 5000);
  places.add(event_seq{10}, 100'000);
  stale.begin(event_seq{1}, places);
  auto reader = require(book.range(12, 12, &stale));
  CHECK(require(read_rest(reader)) == kept_batches{book.batch_of(12)});
}

TEST_CASE("a log without footers is read as before") {
  seek_fixture book;
  for (auto& path : book.segments()) {
    auto bytes = book.disk.content(path);
    auto salt = load_le<std::uint64_t>(bytes.data() + 16);
    if (auto trailer = decode_footer_trailer(byte_span{bytes}.last(footer_trailer_bytes), salt,
                                             bytes.size())) {
      bytes.resize(trailer->records_end);
      book.disk.replace(path, bytes);
    }
  }
  for (std::uint64_t seq = 1; seq <= book.last(); seq += 3) {
    auto reader = require(book.range(seq, seq, nullptr));
    CHECK(require(read_rest(reader)) == kept_batches{book.batch_of(seq)});
  }
  book.writer.reset();
  kept_batches found;
  book.open(&found);
  CHECK(found == book.acknowledged);
}

TEST_CASE("a footer that cannot be written fails nothing") {
  book_fixture book;
  book.options.segment_bytes = 20'000;
  faulty_storage faulty{book.disk};
  auto opened = require(book.try_open(faulty));
  auto what = GENERATE(operation::truncate, operation::write);
  faulty.on_change([&](operation now) {
    // The first change after the new segment's directory was synced is the old one's cut.
    static operation before = operation::change;
    if (before == operation::sync_directory && now == operation::truncate)
      faulty.set({what, 1, ENOSPC});
    before = now;
  });
  while (book.segments().size() < 3)
    require(book.append(*opened.log, 1, 900));
  CHECK(faulty.has_failed());
  faulty.on_change({});
  opened.log.reset();
  book.disk.crash(3);
  kept_batches found;
  book.open(&found);
  CHECK(found == book.acknowledged);
}
