#pragma once

#include "log/batch_reader.hpp"
#include "log/book_log.hpp"
#include "log/event_list.hpp"
#include "log/verify.hpp"
#include "tests/support/memory_storage.hpp"

#include <catch2/catch_all.hpp>

#include <string>
#include <vector>

namespace daybook::test {

/// Gives 1, 2, 3, … spread over 64 bits, so that salts have no zero bytes.
class counting_random final : public random_source {
public:
  std::uint64_t next() override { return ++count_ * 0x9e3779b97f4a7c15; }

private:
  std::uint64_t count_ = 0;
};

/// A batch of `count` events of `event_bytes` bytes each, told apart by their seq. No byte is zero.
inline byte_buffer make_payload(std::uint64_t first_seq, std::uint32_t count,
                                std::size_t event_bytes) {
  byte_buffer payload;
  for (std::uint32_t i = 0; i < count; ++i) {
    byte_buffer event(event_bytes);
    for (std::size_t k = 0; k < event_bytes; ++k)
      event[k] = static_cast<std::byte>((first_seq + i + k * 7) % 255 + 1);
    log::append_event(payload, event);
  }
  return payload;
}

/// What a test remembers of a batch.
struct kept_batch {
  std::uint64_t first_seq = 0;
  std::uint32_t event_count = 0;
  std::int64_t committed_at = 0;
  chain_hash chain{};
  byte_buffer payload;

  friend bool operator==(const kept_batch&, const kept_batch&) = default;
};

using kept_batches = std::vector<kept_batch>;

inline log::batch_visitor keep_in(kept_batches& kept) {
  return [&kept](const log::stored_batch& x) -> result<void> {
    if (x.kind == log::record_kind::events)
      kept.push_back({x.first_seq.value(), x.event_count, x.committed_at.us(), x.chain,
                      byte_buffer(x.payload.begin(), x.payload.end())});
    return {};
  };
}

template <class T>
T require(result<T> x) {
  if (!x)
    FAIL(to_string(x.error()));
  return std::move(*x);
}

inline void require(result<void> x) {
  if (!x)
    FAIL(to_string(x.error()));
}

/// Reads to the end; an error of the reader is handed on.
inline result<kept_batches> read_rest(log::batch_reader& reader) {
  kept_batches kept;
  auto keep = keep_in(kept);
  for (;;) {
    auto batch = reader.next();
    if (!batch)
      return fail(batch.error());
    if (!*batch)
      return kept;
    require(keep(**batch));
  }
}

/// A book `b` in `/books/b` of a memory storage.
struct book_fixture {
  book_fixture() {
    require(disk.create_directory("/books"));
    require(disk.sync_directory("/"));
    options.create_if_missing = true;
  }

  result<log::book_log::opened> try_open(log::storage& through, kept_batches* found = nullptr) {
    kept_batches ignored;
    auto* kept = found ? found : &ignored;
    kept->clear();
    return log::book_log::open(through, random, timestamp{1000}, directory, "b", options,
                               keep_in(*kept));
  }

  result<log::book_log::opened> try_open(kept_batches* found = nullptr) {
    return try_open(disk, found);
  }

  log::book_log::opened open(kept_batches* found = nullptr) { return require(try_open(found)); }

  /// Appends a batch after the last one and remembers it when it is acknowledged.
  result<log::appended> append(log::book_log& to, std::uint32_t count, std::size_t event_bytes) {
    auto first = to.last_seq().value() + 1;
    pending = {first,
               count,
               static_cast<std::int64_t>(2000 + first),
               {},
               make_payload(first, count, event_bytes)};
    auto done =
        to.append({event_seq{first}, count, timestamp{pending.committed_at}, pending.payload});
    if (done) {
      pending.chain = done->chain;
      acknowledged.push_back(pending);
    }
    return done;
  }

  result<log::verify_report> verify(kept_batches* found = nullptr) {
    kept_batches ignored;
    return log::verify(disk, directory, "b", keep_in(found ? *found : ignored));
  }

  /// The segments' paths, in order.
  std::vector<std::string> segments() {
    std::vector<std::string> paths;
    for (auto& entry : require(log::list_segments(disk, directory)))
      paths.push_back(entry.path);
    return paths;
  }

  memory_storage disk;
  counting_random random;
  log::log_options options;
  std::string directory = "/books/b";
  kept_batches acknowledged;
  kept_batch pending; ///< the last batch that was tried
};

} // namespace daybook::test
