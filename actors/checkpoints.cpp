#include "actors/checkpoints.hpp"

#include "actors/reads/log_walk.hpp"
#include "actors/reads/unit_border.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

namespace daybook::actors {

namespace {

// A checkpoint in the index: format (1 byte), version (4), seq (8), chain (32), then the state.
constexpr std::byte format{1};
constexpr std::size_t version_at = 1;
constexpr std::size_t seq_at = 5;
constexpr std::size_t chain_at = 13;
constexpr std::size_t state_at = 45;

byte_buffer encode(const checkpoint& x) {
  byte_buffer bytes(state_at + x.state.size());
  bytes[0] = format;
  store_le(bytes.data() + version_at, x.version);
  store_le(bytes.data() + seq_at, x.seq.value());
  std::ranges::copy(x.chain, bytes.begin() + chain_at);
  std::ranges::copy(as_bytes(x.state), bytes.begin() + state_at);
  return bytes;
}

/// Nothing for bytes of another format: a checkpoint can be made again.
std::optional<checkpoint> decode(std::string name, byte_span bytes) {
  if (bytes.size() < state_at || bytes[0] != format)
    return std::nullopt;
  checkpoint x;
  x.name = std::move(name);
  x.version = load_le<std::uint32_t>(bytes.data() + version_at);
  x.seq = event_seq{load_le<std::uint64_t>(bytes.data() + seq_at)};
  std::ranges::copy(bytes.subspan(chain_at, x.chain.size()), x.chain.begin());
  x.state = as_text(bytes.subspan(state_at));
  return x;
}

/// Whether the batch that holds the checkpoint's event left the checkpoint's chain.
result<bool> is_of_log(const environment& env, const log_scan& scan, const checkpoint& x) {
  if (x.seq == event_seq{})
    return true;
  if (x.seq > scan.last)
    return false;
  auto reader = read_batches(env, scan, x.seq, x.seq);
  if (!reader)
    return fail(std::move(reader.error()));
  auto batch = reader->next();
  // The record of an epoch may stand before the batch, and holds no event.
  while (batch && *batch && (*batch)->event_count == 0)
    batch = reader->next();
  if (!batch)
    return fail(std::move(batch.error()));
  return *batch && (*batch)->chain == x.chain;
}

tl::unexpected<error> no_index() {
  return fail(ec::not_found, "this node has no index to keep checkpoints in", {{"what", "index"}});
}

tl::unexpected<error> no_checkpoint(const std::string& name, const char* why) {
  return fail(ec::not_found, "the projection '" + name + "' has no checkpoint" + why,
              {{"what", name}});
}

} // namespace

result<checkpoint> load_checkpoint(const environment& env, const checkpoint_job& job) {
  if (!env.index)
    return no_index();
  auto stored = env.index->checkpoint(job.scan.id, job.what.name);
  if (!stored)
    return fail(std::move(stored.error()));
  if (!*stored)
    return no_checkpoint(job.what.name, "");
  auto found = decode(job.what.name, **stored);
  if (!found)
    return no_checkpoint(job.what.name, " that this version can read");
  auto fits = is_of_log(env, job.scan, *found);
  if (!fits)
    return fail(std::move(fits.error()));
  if (!*fits)
    return no_checkpoint(job.what.name, " of this log");
  // The rest of its unit was looked at too, and held back by the projection's filter.
  auto end = end_of_unit(env, job.scan, found->seq);
  if (!end)
    return fail(std::move(end.error()));
  found->seq = *end;
  return std::move(*found);
}

result<void> store_checkpoint(const environment& env, const checkpoint_job& job) {
  if (!env.index)
    return no_index();
  auto fits = is_of_log(env, job.scan, job.what);
  if (!fits)
    return fail(std::move(fits.error()));
  if (!*fits)
    return fail(ec::invalid_argument,
                "the checkpoint of '" + job.what.name +
                    "' is of another log, or of an event that is yet to come",
                {{"field", job.what.seq > job.scan.last ? "seq" : "chain"}});
  return env.index->put_checkpoint(job.scan.id, job.what.name, encode(job.what));
}

} // namespace daybook::actors
