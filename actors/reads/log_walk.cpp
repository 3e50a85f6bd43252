#include "actors/reads/log_walk.hpp"

#include "log/event_list.hpp"
#include "protocol/event_codec.hpp"

#include <algorithm>
#include <string>

namespace daybook::actors {

namespace {

/// Events that are at most so far apart are read with one pass over what is between them: about as
/// much of the log as a seek reads anyway.
constexpr std::uint64_t near_events = 512;

/// The first of them that are read with one pass.
std::span<const event_seq> cluster_of(std::span<const event_seq> wanted) {
  std::size_t near = 1;
  while (near < wanted.size() && wanted[near].value() - wanted[near - 1].value() <= near_events)
    ++near;
  return wanted.first(near);
}

/// Gives the events of a batch that `wants` wants to `visit`. False when that is to be the end.
template <class Wants>
result<bool> visit_batch(const log::stored_batch& batch, event_seq last, const Wants& wants,
                         ledger::stored_event& event, const event_visitor& visit) {
  auto seq = batch.first_seq;
  log::event_list events{batch.payload};
  for (auto bytes = events.next(); bytes && seq <= last; bytes = events.next(), seq = seq.next()) {
    if (!wants(seq))
      continue;
    if (auto decoded = protocol::decode(*bytes, event); !decoded)
      return fail(at_record(decoded.error(), batch));
    auto go_on = visit(event, event_place{seq, bytes->size(), batch});
    if (!go_on || !*go_on)
      return go_on;
  }
  return true;
}

/// To the end of the reader's range. Whether to go on after `last`.
template <class Wants>
result<bool> walk(log::batch_reader& reader, event_seq last, const Wants& wants,
                  const event_visitor& visit) {
  ledger::stored_event event;
  for (;;) {
    auto batch = reader.next();
    if (!batch)
      return fail(std::move(batch.error()));
    if (!*batch)
      return true;
    auto go_on = visit_batch(**batch, last, wants, event, visit);
    if (!go_on || !*go_on)
      return go_on;
  }
}

result<void> done(result<bool> x) {
  if (!x)
    return fail(std::move(x.error()));
  return {};
}

} // namespace

ledger::batch_info info_of(const log::stored_batch& batch) {
  return {batch.first_seq, batch.epoch, batch.committed_at, batch.chain};
}

error at_record(const error& reason, const log::stored_batch& batch) {
  auto where = std::string{batch.file} + " at offset " + std::to_string(batch.offset);
  return error{reason.code(), where + ": " + reason.message(), reason.fields()}
      .with("file", std::string{batch.file})
      .with("offset", std::to_string(batch.offset));
}

result<log::batch_reader> read_batches(const environment& env, const log_scan& scan, event_seq from,
                                       event_seq last) {
  return log::batch_reader::read_range(*env.storage, scan.directory, scan.name, from,
                                       std::min(last, scan.last), scan.live.get());
}

result<void> each_event(const environment& env, const log_scan& scan, event_seq from,
                        event_seq last, const event_visitor& visit) {
  last = std::min(last, scan.last);
  if (from > last)
    return {};
  auto reader = read_batches(env, scan, from, last);
  if (!reader)
    return fail(std::move(reader.error()));
  auto from_there_on = [from](event_seq seq) { return seq >= from; };
  return done(walk(*reader, last, from_there_on, visit));
}

result<void> each_event_of(const environment& env, const log_scan& scan,
                           std::span<const event_seq> wanted, const event_visitor& visit) {
  if (wanted.empty())
    return {};
  // One reader for all: a new one would list the directory for each cluster.
  auto reader = read_batches(env, scan, wanted.front(), cluster_of(wanted).back());
  if (!reader)
    return fail(std::move(reader.error()));
  for (auto is_first = true; !wanted.empty(); is_first = false) {
    auto cluster = cluster_of(wanted);
    if (!is_first)
      if (auto gone = reader->go_to(cluster.front(), cluster.back(), scan.live.get()); !gone)
        return gone;
    auto next = cluster.begin();
    auto is_wanted = [&](event_seq seq) {
      while (next != cluster.end() && *next < seq)
        ++next;
      return next != cluster.end() && *next == seq;
    };
    auto go_on = walk(*reader, cluster.back(), is_wanted, visit);
    if (!go_on || !*go_on)
      return done(std::move(go_on));
    wanted = wanted.subspan(cluster.size());
  }
  return {};
}

} // namespace daybook::actors
