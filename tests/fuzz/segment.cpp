#include "base/check.hpp"
#include "log/book_log.hpp"
#include "log/chain.hpp"
#include "log/event_list.hpp"
#include "log/format.hpp"
#include "log/verify.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/support/memory_storage.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace daybook::fuzz {

namespace {

using namespace daybook::log;

enum class shape : std::uint8_t { records = 0, whole_file = 1, repaired = 2 };

const std::string directory = "/books/b";
const std::string path = directory + "/segment-00000000000000000001.log";
constexpr std::uint64_t salt = 0x8877665544332211;
constexpr book_id book{0x0123456789abcdef};

class fixed_random final : public random_source {
public:
  std::uint64_t next() override { return salt; }
};

header_page first_page() {
  segment_header header;
  header.first_seq = event_seq{1};
  header.first_index = log_index{1};
  header.previous_chain = chain_hasher{}.first(book);
  header.salt = salt;
  header.book = book;
  header.created_at = timestamp{1};
  header.book_name = "b";
  return encode_segment_header(header);
}

/// Makes checksums and chain right, as far as there is one record behind the other.
void repair(byte_buffer& file) {
  constexpr std::size_t length_at = 8, chain_at = 56, payload_checksum_at = 88;
  constexpr std::size_t zero_sectors_at = 96, header_checksum_at = 120;
  chain_hasher hasher;
  auto chain = hasher.first(book);
  for (std::uint64_t at = header_page_bytes; at + record_header_bytes <= file.size();) {
    auto* header = file.data() + at;
    auto length = load_le<std::uint64_t>(header + length_at);
    if (length > file.size() || at + record_bytes(length) > file.size())
      return;
    auto payload = byte_span{file}.subspan(at + record_header_bytes, length);
    std::ranges::copy(chain, header + chain_at);
    store_le(header + payload_checksum_at, checksum(payload, salt));
    store_le(header + zero_sectors_at,
             count_zero_sectors(byte_span{file}.subspan(at, record_bytes(length)), at));
    store_le(header + header_checksum_at, checksum({header, header_checksum_at}, salt));
    chain = hasher.next(byte_span{header, chained_header_bytes}, payload);
    at += record_bytes(length);
  }
}

byte_buffer file_of(byte_span input) {
  auto how = static_cast<shape>(input[0]);
  auto rest = input.subspan(1);
  byte_buffer file;
  if (how != shape::whole_file) {
    auto page = first_page();
    file.assign(page.begin(), page.end());
  }
  file.insert(file.end(), rest.begin(), rest.end());
  if (how == shape::repaired)
    repair(file);
  return file;
}

/// What a reader was given of a batch.
struct seen_batch {
  std::uint64_t first_seq = 0;
  std::uint32_t count = 0;
  byte_buffer payload;

  friend bool operator==(const seen_batch&, const seen_batch&) = default;
};

using seen_batches = std::vector<seen_batch>;

batch_visitor look(seen_batches& seen) {
  seen.clear();
  return [&seen, next = std::uint64_t{1}](const stored_batch& x) mutable -> result<void> {
    DAYBOOK_CHECK(x.first_seq.value() == next);
    next += x.event_count;
    DAYBOOK_CHECK(count_events(x.payload) == x.event_count);
    if (x.kind == record_kind::events)
      seen.push_back({x.first_seq.value(), x.event_count, {x.payload.begin(), x.payload.end()}});
    return {};
  };
}

auto open(test::memory_storage& disk, seen_batches& seen) {
  static fixed_random random;
  return book_log::open(disk, random, timestamp{1}, directory, "b", {}, look(seen));
}

void check_refusal(ec code) {
  DAYBOOK_CHECK(code == ec::corrupt || code == ec::invalid_argument || code == ec::not_found);
}

/// A writer goes on behind what was accepted, and all of it is there again afterwards.
void write_on(test::memory_storage& disk, seen_batches seen) {
  seen_batches again;
  auto first = open(disk, again);
  DAYBOOK_CHECK(first && again == seen);
  byte_buffer payload;
  append_event(payload, as_bytes("event"));
  auto& log = *first->log;
  // The clock is not behind the log; a log that ends at the last seq or time takes no more.
  if (seen.size() > 1'000 || log.last_seq().value() > ~std::uint64_t{0} / 2)
    return;
  timestamp never_before{std::numeric_limits<std::int64_t>::max()};
  auto appended = log.append({log.last_seq().next(), 1, never_before, payload});
  DAYBOOK_CHECK(appended);
  seen.push_back({log.last_seq().value(), 1, payload});
  first->log.reset();
  DAYBOOK_CHECK(open(disk, again) && again == seen);
}

} // namespace

void segment(byte_span input) {
  if (input.empty())
    return;
  test::memory_storage disk;
  DAYBOOK_CHECK(disk.create_directory("/books") && disk.create_directory(directory));
  DAYBOOK_CHECK(disk.sync_directory("/") && disk.sync_directory("/books"));
  DAYBOOK_CHECK(disk.open(path, open_mode::create_new) && disk.sync_directory(directory));
  disk.replace(path, file_of(input));
  auto before = disk.files();
  seen_batches verified;
  auto report = verify(disk, directory, "b", look(verified));
  if (!report)
    check_refusal(report.error().code());
  DAYBOOK_CHECK(disk.files() == before);
  seen_batches seen;
  auto opened = open(disk, seen);
  DAYBOOK_CHECK(opened.has_value() == report.has_value());
  if (!opened) {
    check_refusal(opened.error().code());
    DAYBOOK_CHECK(disk.files() == before); // refused: nothing is changed [I8]
    return;
  }
  DAYBOOK_CHECK(seen == verified);
  DAYBOOK_CHECK(opened->report.cut.has_value() == report->torn.has_value());
  opened->log.reset();
  write_on(disk, std::move(seen));
}

} // namespace daybook::fuzz
