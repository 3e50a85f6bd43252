#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/timestamp.hpp"
#include "index/history_update.hpp"
#include "index/index_step.hpp"
#include "index/records.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rocksdb {
class Env;
}

namespace daybook::index {

class database;
class history_store;
class key_store;

struct index_options {
  /// Created when missing; its parent exists. Nothing else is in it.
  std::string directory;
  /// For blocks of all books together: data and the tables' own indexes.
  std::size_t cache_bytes = 64 * 1024 * 1024;
  /// For what is not written to the disk yet, of all books together: half of it for the tails of
  /// histories and half for RocksDB. One write may pass it.
  std::size_t write_buffer_bytes = 64 * 1024 * 1024;
  /// For filters that know which keys are new without a look at the disk, of all books together: 13
  /// bits a key, at worst about four times that. The keys of a book that has no room are looked
  /// for.
  std::size_t key_filter_bytes = 128 * 1024 * 1024;
  /// Where RocksDB finds its files and threads; it outlives the index. Null: the real ones. For
  /// tests that must not touch a disk.
  rocksdb::Env* env = nullptr;
  /// For tests that end the process there.
  index_step_callback on_step{};
};

/// The side index of a node: spilled idempotency keys, account history, and the checkpoints of
/// projections, of all its books. All of it can be rebuilt from the logs [I9].
///
/// A write is one unit, with its mark. It becomes durable some time later. After a crash the keys
/// and checkpoints are as they were between two writes, with nothing of the later ones, and a
/// history as it was after some update of it: a mark may be behind the log and behind what was
/// written, but never ahead of its data.
///
/// Any thread may call the const methods, beside one writer for each book. Every call may block on
/// the disk, and is for disk actors, but for `find_key` with `effort::memory`.
///
/// Errors of every method that returns a result: `corrupt` with `file` (the index's directory) for
/// a part that does not verify: it stays so, and the next opening throws the index away, so that it
/// is made again from the logs. `io` with `path`, `operation` and mostly `errno`; when the disk was
/// full, writes succeed again some seconds after there is room. What a failed write wrote is not
/// there.
class side_index {
public:
  struct opened;

  /// Opens or creates. A database that is damaged (also one of which only a part was found to be,
  /// by an earlier call), incomplete or of another format is thrown away and created empty.
  /// `random` gives the key secret of a new one and is not kept. Errors: `locked` with `path` when
  /// another object or process has it, and then nothing changes; the data directory's lock should
  /// keep them apart. `io` with `path`, `operation` and `errno`.
  static result<opened> open(const index_options& options, random_source& random);

  /// Writes what is in memory to the disk. What fails then is missing at the next opening.
  ~side_index();

  side_index(const side_index&) = delete;
  side_index& operator=(const side_index&) = delete;

  /// Drawn when the database was created. Lost with it, and then no key is in it.
  const key_secret& secret() const;

  // -- idempotency keys --------------------------------------------------------------------------

  result<mark> keys_mark(book_id book) const;

  /// Adds all keys of the events after `after` up to `up_to`, and moves the mark. What a book sent
  /// before it failed may come after what its next incarnation did: when the mark is at `up_to`
  /// already, or further on, the keys are there too and nothing changes; when it is before `after`,
  /// because the keys were forgotten meanwhile, or cannot be of the same log, that is
  /// `invalid_argument`. About 100 bytes of memory for each key.
  result<void> add_keys(book_id book, std::span<const key_use> keys, event_seq after,
                        const mark& up_to);

  /// Absent means: no event up to the mark used the key. What cannot be read is an error or
  /// unknown, never absent [I5].
  result<key_answer> find_key(book_id book, const hash128& key, effort allowed) const;

  /// Removes the book's keys and their mark, if that is the one that was seen: another incarnation
  /// may have begun anew meanwhile. False when it is not.
  result<bool> forget_keys(book_id book, const mark& seen);

  /// Does a little of what keeps keys cheap to look for: fills the filter of a book that was there
  /// at the opening, and makes fewer and larger pieces of what was added. True when there is more
  /// to do. For whoever adds keys, now and then; never necessary.
  result<bool> tidy_keys(book_id book);

  // -- history -----------------------------------------------------------------------------------

  result<mark> history_mark(book_id book) const;

  /// Adds what `update` gathered, of events after the present mark and not after `up_to`, and moves
  /// the mark. `up_to.seq` becomes a boundary.
  result<void> add_history(book_id book, const history_update& update, const mark& up_to);

  /// The last value of an account at or before an event.
  result<std::optional<history_value>> last_posting(book_id book, account_no account,
                                                    event_seq at_or_before) const;

  /// Gives a value of an account, valid during the call; false ends the reading.
  using posting_visitor = std::function<bool(event_seq, byte_span)>;

  /// The values of an account with `after` < seq <= `last`, in order of seq.
  result<void> each_posting(book_id book, account_no account, event_seq after, event_seq last,
                            const posting_visitor& visit) const;

  /// The last value of an asset's sums at or before an event.
  result<std::optional<history_value>> last_sums(book_id book, asset_no asset,
                                                 event_seq at_or_before) const;

  /// Where the last `add_history` ended, at or before an event. Zero when none did.
  result<event_seq> last_boundary(book_id book, event_seq at_or_before) const;

  /// The last event committed at or before a time. Zero when there is none.
  result<event_seq> last_at(book_id book, timestamp at_or_before) const;

  /// Removes the book's history, boundaries and mark.
  result<void> forget_history(book_id book);

  // -- checkpoints of projections ----------------------------------------------------------------

  // A name has 1 to 255 bytes, of any kind; another one is `invalid_argument` with `field`.

  /// Replaces the one of that name.
  result<void> put_checkpoint(book_id book, std::string_view name, byte_span value);
  result<std::optional<byte_buffer>> checkpoint(book_id book, std::string_view name) const;

  // -- all ---------------------------------------------------------------------------------------

  /// When it returns, the keys and checkpoints of every write that returned before are durable. The
  /// ends of histories are not: small pieces would make them slow to read.
  result<void> flush();

private:
  side_index(std::unique_ptr<database> db, const index_options& options);

  std::unique_ptr<database> db_;
  std::unique_ptr<key_store> keys_;
  std::unique_ptr<history_store> history_;
};

struct side_index::opened {
  std::unique_ptr<side_index> index;
  /// There was a database, and it is gone.
  bool rebuilt = false;
  /// A sentence that says why; empty when nothing was thrown away.
  std::string why;
};

} // namespace daybook::index
