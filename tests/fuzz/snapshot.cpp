#include "actors/snapshot_source.hpp"
#include "base/check.hpp"
#include "ledger/book_machine.hpp"
#include "log/snapshot_catalog.hpp"
#include "log/snapshot_writer.hpp"
#include "protocol/snapshot_codec.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/support/memory_storage.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace daybook::fuzz {

namespace {

const std::string directory = "/b";

void write_file(test::memory_storage& disk, byte_span content) {
  constexpr std::size_t last_seq_at = 32;
  auto seq = content.size() >= last_seq_at + 8
                 ? event_seq{load_le<std::uint64_t>(content.data() + last_seq_at)}
                 : event_seq{};
  auto path = log::join(directory, log::snapshot_name(seq));
  DAYBOOK_CHECK(disk.open(path, log::open_mode::create_new));
  disk.replace(path, {content.begin(), content.end()});
}

std::vector<byte_span> messages_of(byte_span input) {
  std::vector<byte_span> messages;
  while (input.size() >= 2) {
    auto length = std::min<std::size_t>(load_le<std::uint16_t>(input.data()), input.size() - 2);
    messages.push_back(input.subspan(2, length));
    input = input.subspan(2 + length);
  }
  return messages;
}

/// In a file that says of itself what its first message says, where that can be read.
void write_messages(test::memory_storage& disk, byte_span input) {
  auto messages = messages_of(input);
  ledger::book_state_header header;
  if (!messages.empty())
    if (auto read = protocol::decode_snapshot_header(messages.front()))
      header = *read;
  auto writer = log::snapshot_writer::create(disk, directory, header.seq, header.book, 1);
  DAYBOOK_CHECK(writer);
  for (auto& message : messages)
    DAYBOOK_CHECK(writer->add(message));
  DAYBOOK_CHECK(writer->finish());
}

/// What is accepted is what it is written from.
void check_round_trip(const ledger::book_state_header& x) {
  byte_buffer bytes;
  protocol::encode(x, bytes);
  DAYBOOK_CHECK(protocol::decode_snapshot_header(bytes) == x);
}

void check_round_trip(const protocol::snapshot_chunk& x) {
  byte_buffer bytes;
  protocol::encode(x, bytes);
  protocol::snapshot_chunk again;
  DAYBOOK_CHECK(protocol::decode(bytes, again));
  DAYBOOK_CHECK(again == x);
}

/// Of all that can be read of it.
void check_round_trips(actors::snapshot_source source) {
  check_round_trip(source.header());
  for (auto chunk = source.next(); chunk && *chunk; chunk = source.next())
    check_round_trip(**chunk);
}

/// A machine is restored whole, or the snapshot is refused.
result<void> load(const actors::environment& env, const log::snapshot_entry& entry,
                  result<actors::snapshot_source>& source, ledger::book_machine& machine) {
  if (!source)
    return fail(source.error());
  check_round_trips(std::move(*actors::snapshot_source::open(env, entry)));
  return actors::restore(*source, machine);
}

} // namespace

void snapshot(byte_span input) {
  if (input.empty())
    return;
  test::memory_storage disk;
  DAYBOOK_CHECK(disk.create_directory(directory));
  if (input[0] == std::byte{1})
    write_file(disk, input.subspan(1));
  else
    write_messages(disk, input.subspan(1));
  auto entries = log::list_snapshots(disk, directory);
  DAYBOOK_CHECK(entries && entries->size() == 1);
  // Without metrics, which would need CAF.
  actors::environment env{.options = {},
                          .directory = {},
                          .storage = nullptr,
                          .time = nullptr,
                          .random = nullptr,
                          .index = {},
                          .cluster = {},
                          .metrics = nullptr,
                          .on_step = {},
                          .background = {}};
  env.storage = &disk;
  auto source = actors::snapshot_source::open(env, entries->front());
  ledger::book_machine machine{{}};
  auto loaded = load(env, entries->front(), source, machine);
  if (!loaded) {
    auto code = loaded.error().code();
    DAYBOOK_CHECK(code == ec::corrupt || code == ec::invalid_argument);
    return;
  }
  DAYBOOK_CHECK(machine.durable_seq() == source->header().seq);
  DAYBOOK_CHECK(machine.accounts() == source->header().accounts);
  for (auto& row : machine.trial_balance())
    DAYBOOK_CHECK(row.debit_turnover == row.credit_turnover);
}

} // namespace daybook::fuzz
