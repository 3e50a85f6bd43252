#include "tests/support/faulty_storage.hpp"
#include "tests/unit/log/golden_file.hpp"
#include "tests/unit/log/snapshot_fixture.hpp"

#include <rapidcheck.h>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

/// The snapshot of seq 7, cut into its header, its frames with their messages, and its end.
struct snapshot_parts {
  explicit snapshot_parts(byte_span file) : header(file.first(snapshot_header_bytes)) {
    auto rest = file.subspan(snapshot_header_bytes);
    while (!rest.empty()) {
      auto length = snapshot_frame_bytes + load_le<std::uint32_t>(rest.data() + 4);
      frames.emplace_back(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(length));
      rest = rest.subspan(length);
    }
  }

  static byte_buffer join(byte_span header, const std::vector<byte_buffer>& frames) {
    byte_buffer file(header.begin(), header.end());
    for (auto& frame : frames)
      file.insert(file.end(), frame.begin(), frame.end());
    return file;
  }

  byte_span header;
  std::vector<byte_buffer> frames; ///< the last is the end
};

/// A small snapshot that a test damages.
struct damage_fixture : snapshot_fixture {
  damage_fixture() {
    write(7, {"one", "", "three"});
    good = disk.content(path_of(7));
  }

  result<messages> read(byte_buffer damaged) {
    disk.replace(path_of(7), std::move(damaged));
    return try_read(7);
  }

  void check_corrupt(byte_buffer damaged) {
    auto content = read(std::move(damaged));
    REQUIRE_FALSE(content);
    CHECK(content.error().code() == ec::corrupt);
    CHECK(content.error().get("file") == path_of(7));
    CHECK_FALSE(content.error().get("offset").empty());
  }

  byte_buffer good;
};

} // namespace

TEST_CASE("a snapshot is read as it was written") {
  snapshot_fixture book;
  auto large = std::string(3 * atomic_file_writer::buffer_bytes + 17, 'x');
  auto content = GENERATE_COPY(messages{}, messages{""}, messages{"one"},
                               messages{"one", "", "three"}, messages{large, "small", large, large},
                               messages(5000, "a message of some bytes"));
  book.write(7, content);
  CHECK(book.disk.files().size() == 1);
  CHECK(require(book.try_read(7)) == content);
}

TEST_CASE("messages of any sizes come back") {
  REQUIRE(rc::check([] {
    snapshot_fixture book;
    messages content;
    for (auto size : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 600'000)))
      content.emplace_back(static_cast<std::size_t>(size), static_cast<char>(size));
    book.write(1, content);
    RC_ASSERT(require(book.try_read(1)) == content);
  }));
}

TEST_CASE("a snapshot says whose it is") {
  snapshot_fixture book;
  book.write(7, {"one"});
  auto reader = require(snapshot_reader::open(book.disk, book.path_of(7)));
  CHECK(reader.header() == snapshot_header{event_seq{7}, book.book, book.salt});
  require(reader.next());
  CHECK_FALSE(require(reader.next()));
  CHECK_FALSE(require(reader.next()));
}

TEST_CASE("a snapshot of a seq that has one takes its place") {
  snapshot_fixture book;
  book.write(7, {"old"});
  book.write(7, {"new"});
  CHECK(require(book.try_read(7)) == messages{"new"});
}

TEST_CASE("a snapshot is not there before it is finished") {
  snapshot_fixture book;
  auto unfinished = book.directory + "/" + unfinished_snapshot_name(event_seq{7});
  {
    auto writer = require(book.create(book.disk, 7));
    require(writer.add(as_bytes("one")));
    CHECK(book.list().empty());
    CHECK(book.disk.files().contains(unfinished));
  }
  CHECK(book.disk.files().empty());
}

TEST_CASE("what an interrupted snapshot left is replaced") {
  snapshot_fixture book;
  auto unfinished = book.directory + "/" + unfinished_snapshot_name(event_seq{7});
  require(require(book.disk.open(unfinished, open_mode::create_new))
              ->write_at(0, byte_buffer(100'000, std::byte{1})));
  book.write(7, {"one"});
  CHECK(require(book.try_read(7)) == messages{"one"});
}

TEST_CASE("a writer that failed stays failed, and publishes nothing", "[I2]") {
  snapshot_fixture book;
  faulty_storage faulty{book.disk};
  auto writer = require(book.create(faulty, 7));
  faulty.set({operation::write, 1});
  auto failed = writer.add(byte_buffer(atomic_file_writer::buffer_bytes));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code() == ec::io);
  CHECK(writer.add(as_bytes("one")).error() == failed.error());
  CHECK(writer.finish().error() == failed.error());
  CHECK(book.list().empty());
}

TEST_CASE("a message over the limit is refused and spoils nothing", "[I12]") {
  snapshot_fixture book;
  auto writer = require(book.create(book.disk, 7));
  require(writer.add(as_bytes("one")));
  auto refused = writer.add(byte_buffer(snapshot_message_bytes_max + 1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::limit_exceeded);
  CHECK(refused.error().get("limit") == "67108864");
  CHECK(refused.error().get("would_be") == "67108865");
  require(writer.finish());
  CHECK(require(book.try_read(7)) == messages{"one"});
}

TEST_CASE("the reader's window does not grow with the file", "[I12]") {
  snapshot_fixture book;
  book.write(7, messages(100, std::string(100'000, 'x')));
  faulty_storage watched{book.disk};
  CHECK(require(book.try_read(watched, book.path_of(7))).size() == 100);
  CHECK(watched.largest_read() <= file_window::read_ahead);
}

TEST_CASE("a length that passes the end takes no memory", "[I12]") {
  damage_fixture book;
  snapshot_parts parts{book.good};
  auto frame = encode_snapshot_frame(
      {frame_kind::message, static_cast<std::uint32_t>(snapshot_message_bytes_max), 1, 0},
      book.salt);
  book.disk.replace(book.path_of(7),
                    snapshot_parts::join(parts.header, {byte_buffer(frame.begin(), frame.end())}));
  faulty_storage watched{book.disk};
  auto content = book.try_read(watched, book.path_of(7));
  REQUIRE_FALSE(content);
  CHECK(content.error().code() == ec::corrupt);
  CHECK(watched.largest_read() <= file_window::read_ahead);
}

TEST_CASE("a snapshot that was cut short is refused at every length") {
  damage_fixture book;
  for (std::size_t length = 0; length < book.good.size(); ++length) {
    CAPTURE(length);
    book.check_corrupt(
        {book.good.begin(), book.good.begin() + static_cast<std::ptrdiff_t>(length)});
  }
}

TEST_CASE("a snapshot with one wrong byte is refused") {
  damage_fixture book;
  for (std::size_t at = 0; at < book.good.size(); ++at)
    for (auto flip : {std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}) {
      CAPTURE(at, flip);
      auto damaged = book.good;
      damaged[at] ^= flip;
      book.check_corrupt(std::move(damaged));
    }
}

TEST_CASE("a snapshot with anything behind its end is refused") {
  damage_fixture book;
  auto longer = book.good;
  longer.push_back(std::byte{0});
  book.check_corrupt(std::move(longer));
}

TEST_CASE("messages that are missing, twice or in another order are refused") {
  damage_fixture book;
  snapshot_parts parts{book.good};
  auto& all = parts.frames;
  REQUIRE(all.size() == 4);
  REQUIRE(book.read(snapshot_parts::join(parts.header, all)));
  using list = std::vector<byte_buffer>;
  auto frames = GENERATE_COPY(list{all[1], all[2], all[3]}, list{all[0], all[1], all[3]},
                              list{all[0], all[0], all[1], all[2], all[3]},
                              list{all[1], all[0], all[2], all[3]}, list(1, all[3]),
                              list{all[0], all[1], all[2], all[3], all[3]});
  book.check_corrupt(snapshot_parts::join(parts.header, frames));
}

TEST_CASE("a snapshot under the name of another seq is refused") {
  snapshot_fixture book;
  book.write(7, {"one"});
  require(book.disk.rename(book.path_of(7), book.path_of(8)));
  auto content = book.try_read(8);
  REQUIRE_FALSE(content);
  CHECK(content.error().code() == ec::corrupt);
}

TEST_CASE("a snapshot of a newer format is told from a bad one") {
  damage_fixture book;
  auto newer = book.good;
  store_le(newer.data() + 8, std::uint32_t{2});
  store_le(newer.data() + 56, checksum(byte_span{newer}.first(56), book.salt));
  auto content = book.read(std::move(newer));
  REQUIRE_FALSE(content);
  CHECK(content.error().code() == ec::invalid_argument);
  CHECK(content.error().get("file") == book.path_of(7));
}

TEST_CASE("a snapshot that is not there is no corrupt one") {
  snapshot_fixture book;
  auto content = book.try_read(7);
  REQUIRE_FALSE(content);
  CHECK(content.error().get("errno") == "ENOENT");
}

TEST_CASE("a snapshot's bytes on disk are the golden file's") {
  snapshot_fixture book;
  book.write(7, {"header", "accounts"});
  check_golden(book.disk.content(book.path_of(7)), "snapshot.hex");
}
