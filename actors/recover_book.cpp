#include "actors/recover_book.hpp"

#include "actors/logging.hpp"
#include "actors/snapshot_builder.hpp"
#include "log/batch_reader.hpp"
#include "log/read_to_end.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace daybook::actors {

namespace {

/// One attempt at opening: what it starts from, and what it has.
struct attempt {
  ledger::machine_options options;
  /// Keys of events up to here are in the index, or left to a reader. Seq zero: none.
  log::log_point keys;
  std::optional<restored_machine> snapshot;
  /// Where in the last segment records were found on the way: nothing is passed over twice.
  log::live_index* passed = nullptr;

  /// Everything at or before this is known.
  log::log_point known() const {
    if (!snapshot)
      return {};
    return keys.seq < snapshot->point.seq ? keys : snapshot->point;
  }

  event_seq snapshot_seq() const { return snapshot ? snapshot->point.seq : event_seq{}; }

  /// The machine to replay into.
  ledger::book_machine take_machine() {
    auto machine = snapshot ? std::move(snapshot->machine) : ledger::book_machine{options};
    if (keys.seq > event_seq{})
      machine.keys_are_indexed(keys.seq);
    return machine;
  }
};

/// Loads a snapshot if it can save reading: the log has to be read from where the keys end.
result<void> find_snapshot(const environment& env, const recovered_book& book, attempt& to) {
  if (to.keys.seq == event_seq{} && !env.options.read_only)
    return {};
  auto found = load_snapshot(env, book.directory, book.name, to.options, to.passed);
  if (!found)
    return fail(std::move(found.error()));
  to.snapshot = std::move(*found);
  if (env.options.read_only && to.snapshot)
    to.keys = to.snapshot->point;
  return {};
}

/// Where the index says that a book's keys end; nothing when it has none of this log. An index that
/// is not to be trusted is made to forget them, for they must never stand beside those that are
/// added from the log now.
result<log::log_point> find_keys(const environment& env, const recovered_book& book, book_id id,
                                 log::live_index& passed) {
  for (;;) {
    auto mark = env.index->keys_mark(id);
    if (!mark)
      return fail(std::move(mark.error()));
    log::log_point end{mark->seq, mark->chain};
    auto known =
        log::contains_point(*env.storage, book.directory, book.name, end, &passed, &passed);
    if (!known)
      return fail(std::move(known.error()));
    if (*known)
      return end;
    auto forgotten = env.index->forget_keys(id, *mark);
    if (!forgotten)
      return fail(std::move(forgotten.error()));
    if (*forgotten) {
      logger()->warn("book={} event=key_index_forgotten seq={}", book.name, end.seq.value());
      return log::log_point{};
    }
  }
}

/// The id in a book's log; nothing when there is no book yet.
result<std::optional<book_id>> find_id(const environment& env, const recovered_book& book) {
  auto reader = log::batch_reader::read_range(*env.storage, book.directory, book.name, event_seq{1},
                                              event_seq{});
  if (reader)
    return reader->book();
  if (reader.error().code() == ec::not_found)
    return std::nullopt;
  return fail(std::move(reader.error()));
}

ledger::key_secret draw_secret(const environment& env) {
  ledger::key_secret secret;
  std::ranges::generate(secret, [&] { return env.random->next(); });
  return secret;
}

recovered_book unopened(const environment& env, const std::string& name) {
  return {.name = name,
          .directory = env.directory->book_directory(name),
          .machine = ledger::book_machine{{}},
          .log = nullptr,
          .report = {},
          .snapshot = {},
          .end = {},
          .last_epoch = {}};
}

void tell_index_unusable(const recovered_book& book, const error& reason) {
  logger()->error("book={} event=opened_without_index reason=\"{}\"", book.name, to_string(reason));
}

/// What contradicts the log may be the snapshot: the log alone decides.
void tell_without_snapshot(const recovered_book& book, const error& reason) {
  logger()->warn("book={} event=opened_without_snapshot reason=\"{}\"", book.name,
                 to_string(reason));
}

/// Opens the log and replays what is not known. Called once for each attempt.
result<void> replay_log(const environment& env, recovered_book& book, attempt from, bool create,
                        const std::function<log::batch_visitor(ledger::book_machine&)>& visitor) {
  auto known = from.known();
  book.snapshot = from.snapshot_seq();
  book.machine = from.take_machine();
  book.end = known;
  auto options = env.options.log;
  options.create_if_missing = create;
  auto replay = visitor(book.machine);
  auto visit = [&](const log::stored_batch& batch) -> result<void> {
    if (batch.event_count > 0)
      book.end = {batch.last_seq(), batch.chain};
    return replay(batch);
  };
  auto opened = log::book_log::open(*env.storage, *env.random, env.time->now(), book.directory,
                                    book.name, options, visit, known, from.passed);
  if (!opened)
    return fail(std::move(opened.error()));
  book.log = std::move(opened->log);
  book.report = std::move(opened->report);
  return {};
}

ledger::machine_options options_with_index(const environment& env) {
  return {.bounds = env.options.bounds,
          .hot_keys_max = env.options.hot_keys_max,
          .secret = env.index->secret(),
          .path_seed = env.random->next()};
}

/// Replays from an attempt's start, and spills. False when the index refused keys.
result<bool> replay_with_index(const environment& env, recovered_book& book, attempt from,
                               book_id id, bool create) {
  std::optional<error> refused;
  auto replayed =
      replay_log(env, book, std::move(from), create, [&](ledger::book_machine& machine) {
        return replay_and_spill(env, machine, id, refused);
      });
  if (replayed)
    return true;
  if (!refused)
    return fail(std::move(replayed.error()));
  tell_index_unusable(book, *refused);
  return false;
}

/// From where the index and perhaps a snapshot end. False when the index is of no use for this
/// book.
result<bool> open_behind(const environment& env, recovered_book& book, book_id id,
                         bool with_snapshot) {
  log::live_index passed;
  attempt from;
  from.options = options_with_index(env);
  from.passed = &passed;
  auto keys = find_keys(env, book, id, passed);
  if (!keys) {
    tell_index_unusable(book, keys.error());
    return false;
  }
  from.keys = *keys;
  if (with_snapshot)
    if (auto found = find_snapshot(env, book, from); !found)
      return fail(std::move(found.error()));
  auto from_snapshot = from.snapshot.has_value();
  auto opened = replay_with_index(env, book, std::move(from), id, false);
  if (opened || opened.error().code() != ec::corrupt || !from_snapshot)
    return opened;
  tell_without_snapshot(book, opened.error());
  return open_behind(env, book, id, false);
}

/// With the keys in the index as far as they go. False when the index is of no use for this book.
result<bool> open_with_index(const environment& env, recovered_book& book, bool create) {
  auto id = find_id(env, book);
  if (!id)
    return fail(std::move(id.error()));
  if (*id)
    return open_behind(env, book, **id, true);
  // A new book has nothing in the index, and nothing to spill: its id is still to be drawn.
  attempt from;
  from.options = options_with_index(env);
  return replay_with_index(env, book, std::move(from), {}, create);
}

/// With all keys in memory.
result<void> open_without_index(const environment& env, recovered_book& book, bool create) {
  attempt from;
  from.options = {.bounds = env.options.bounds,
                  .hot_keys_max = 0,
                  .secret = draw_secret(env),
                  .path_seed = env.random->next()};
  return replay_log(env, book, std::move(from), create, replay_into);
}

result<void> open_to_write(const environment& env, recovered_book& book, bool create) {
  if (env.index) {
    auto opened = open_with_index(env, book, create);
    if (!opened)
      return fail(std::move(opened.error()));
    if (*opened)
      return {};
  }
  return open_without_index(env, book, create);
}

/// Replays what is durable behind `book.end`.
result<void> read_on(const environment& env, recovered_book& book) {
  auto reader =
      log::batch_reader::read_durable(*env.storage, book.directory, book.name, book.end.seq.next());
  if (!reader)
    return fail(std::move(reader.error()));
  book.report.book = reader->book();
  auto apply = replay_into(book.machine);
  auto read = log::read_to_end(*reader, [&](const log::stored_batch& batch) -> result<void> {
    // What has no events was seen before, perhaps, and says nothing to a reader.
    if (batch.event_count == 0)
      return {};
    book.end = {batch.last_seq(), batch.chain};
    return apply(batch);
  });
  if (!read)
    return fail(std::move(read.error()));
  book.last_epoch = reader->position().epoch;
  book.report.batches += *read;
  book.report.last_seq = book.end.seq;
  book.report.chain = book.end.chain;
  return {};
}

result<void> read_from(const environment& env, recovered_book& book, attempt from) {
  book.snapshot = from.snapshot_seq();
  book.end = from.known();
  book.report = {};
  book.machine = from.take_machine();
  return read_on(env, book);
}

attempt attempt_to_read(const environment& env) {
  attempt from;
  from.options = {.bounds = env.options.bounds,
                  .hot_keys_max = 0,
                  .secret = read_only_secret,
                  .path_seed = env.random->next()};
  return from;
}

/// Reads from the attempt's start, and from a snapshot if one fits. `again` makes the same attempt.
template <class Again>
result<void> read_from_snapshot(const environment& env, recovered_book& book, attempt from,
                                Again again) {
  if (auto found = find_snapshot(env, book, from); !found)
    return fail(std::move(found.error()));
  auto from_snapshot = from.snapshot.has_value();
  auto read = read_from(env, book, std::move(from));
  if (!read && read.error().code() == ec::corrupt && from_snapshot) {
    tell_without_snapshot(book, read.error());
    read = read_from(env, book, again());
  }
  return read;
}

result<void> open_to_read(const environment& env, recovered_book& book) {
  auto again = [&env] { return attempt_to_read(env); };
  if (auto read = read_from_snapshot(env, book, again(), again); !read)
    return read;
  book.machine.start(book.report.book, book.machine.last_batch().epoch);
  return {};
}

/// Where the index ends; at the beginning when it is of no use for this book.
result<log::log_point> keys_to_pass_over(const environment& env, const recovered_book& book) {
  auto id = find_id(env, book);
  if (!id)
    return fail(std::move(id.error()));
  log::live_index passed;
  if (!env.index || !*id)
    return log::log_point{};
  auto keys = find_keys(env, book, **id, passed);
  if (!keys)
    tell_index_unusable(book, keys.error());
  return keys.value_or(log::log_point{});
}

log::batch_visitor replay_copy(const environment& env, copied_book& copy,
                               std::optional<error>& refused) {
  auto& machine = copy.book->machine;
  return copy.with_index ? replay_and_spill(env, machine, copy.book->report.book, refused)
                         : replay_into(machine);
}

/// With what the index and a snapshot know of the book already.
result<void> begin_copy(const environment& env, copied_book& copy, bool with_index) {
  auto& book = *copy.book;
  auto id = find_id(env, book);
  if (!id)
    return fail(std::move(id.error()));
  if (!*id)
    return fail(ec::not_found, "there is no log at " + book.directory, {{"what", book.name}});
  attempt from;
  if (with_index) {
    auto keys = find_keys(env, book, **id, copy.passed);
    if (!keys) {
      tell_index_unusable(book, keys.error());
      return begin_copy(env, copy, false);
    }
    copy.with_index = true;
    from.options = options_with_index(env);
    from.keys = *keys;
  } else {
    from.options = {.bounds = env.options.bounds,
                    .hot_keys_max = 0,
                    .secret = draw_secret(env),
                    .path_seed = env.random->next()};
  }
  if (auto found = find_snapshot(env, book, from); !found)
    return fail(std::move(found.error()));
  book.snapshot = from.snapshot_seq();
  book.end = from.known();
  book.machine = from.take_machine();
  book.report.book = **id;
  return {};
}

result<std::unique_ptr<copied_book>> new_copy(const environment& env, const std::string& name,
                                              const std::string& directory, bool with_index) {
  auto copy = std::make_unique<copied_book>();
  copy->book = std::make_shared<recovered_book>(unopened(env, name));
  copy->book->directory = directory;
  if (auto begun = begin_copy(env, *copy, with_index); !begun)
    return fail(std::move(begun.error()));
  return copy;
}

/// What a reader gives goes into the copy's state.
class copy_visitor {
public:
  copy_visitor(const environment& env, copied_book& copy)
      : copy_(copy), replay_(replay_copy(env, copy, refused_)) {}

  copy_visitor(const copy_visitor&) = delete;
  copy_visitor& operator=(const copy_visitor&) = delete;

  result<void> operator()(const log::stored_batch& batch) {
    if (auto replayed = replay_(batch); !replayed) {
      is_state_lost_ = true;
      return replayed;
    }
    if (batch.event_count == 0)
      return {};
    copy_.book->end = {batch.last_seq(), batch.chain};
    copy_.segment = batch.file;
    copy_.offset = batch.offset;
    return {};
  }

  /// Something was taken in by half.
  bool is_state_lost() const { return is_state_lost_; }
  /// What the index said, if that is why.
  const std::optional<error>& refused() const { return refused_; }

private:
  copied_book& copy_;
  std::optional<error> refused_;
  log::batch_visitor replay_;
  bool is_state_lost_ = false;
};

/// From where the copy ends; false when the index refused keys, and it begins anew without.
result<bool> read_on(const environment& env, copied_book& copy) {
  auto& book = *copy.book;
  // Of its last record the owner may have cut off a part that was never durable there.
  auto known = log::contains_point(*env.storage, book.directory, book.name, book.end, &copy.passed,
                                   &copy.passed);
  if (!known)
    return fail(std::move(known.error()));
  if (!*known)
    return fail(ec::corrupt,
                "the copy of the book '" + book.name + "' is not the one that was read",
                {{"what", book.name}});
  auto reader =
      log::batch_reader::read_durable(*env.storage, book.directory, book.name, book.end.seq.next());
  if (!reader)
    return fail(std::move(reader.error()));
  copy_visitor visit{env, copy};
  auto read = log::read_to_end(*reader, std::ref(visit));
  if (!read && visit.refused()) {
    tell_index_unusable(book, *visit.refused());
    return false;
  }
  // Behind what was read there may be half of something: it comes again.
  if (!read &&
      (visit.is_state_lost() || read.error().code() != ec::corrupt || copy.segment.empty()))
    return fail(std::move(read.error()));
  copy.passed.begin(reader->segment().first_seq, reader->places());
  if (copy.segment.empty()) {
    // Nothing is new: it begins at the last place that is known to lie before the end.
    auto place = copy.passed.find(reader->segment().first_seq, book.end.seq);
    copy.segment = reader->segment().path;
    copy.offset = place ? place->offset : 0;
  }
  return true;
}

} // namespace

result<void> read_copy(const environment& env, const std::string& name,
                       const std::string& directory, std::unique_ptr<copied_book>& copy) {
  auto now = std::exchange(copy, nullptr);
  for (auto with_index : {env.index != nullptr, false}) {
    if (!now) {
      auto begun = new_copy(env, name, directory, with_index);
      if (!begun)
        return fail(std::move(begun.error()));
      now = std::move(*begun);
    }
    auto read = read_on(env, *now);
    if (!read)
      return fail(std::move(read.error()));
    if (*read)
      break;
    now.reset();
  }
  copy = std::move(now);
  return {};
}

result<void> open_copy(const environment& env, const std::string& name,
                       const std::string& directory, std::unique_ptr<copied_book>& copy) {
  if (!copy)
    if (auto read = read_copy(env, name, directory, copy); !read)
      return read;
  auto now = std::exchange(copy, nullptr);
  auto& book = *now->book;
  copy_visitor visit{env, *now};
  auto opened = log::book_log::open(*env.storage, *env.random, env.time->now(), directory, name,
                                    env.options.log, std::ref(visit), book.end, &now->passed);
  if (!opened)
    return fail(std::move(opened.error()));
  book.directory = directory;
  book.log = std::move(opened->log);
  book.report = std::move(opened->report);
  copy = std::move(now);
  return {};
}

result<std::shared_ptr<recovered_book>> recover_book(const environment& env,
                                                     const std::string& name, bool create) {
  auto book = std::make_shared<recovered_book>(unopened(env, name));
  if (env.options.read_only) {
    if (auto opened = open_to_read(env, *book); !opened)
      return fail(std::move(opened.error()));
  } else {
    if (auto opened = open_to_write(env, *book, create); !opened)
      return fail(std::move(opened.error()));
    book->machine.start(book->log->id(), book->log->epoch());
  }
  return book;
}

result<std::shared_ptr<recovered_book>> read_book(const environment& env, const std::string& name) {
  auto book = std::make_shared<recovered_book>(unopened(env, name));
  auto keys = keys_to_pass_over(env, *book);
  if (!keys)
    return fail(std::move(keys.error()));
  auto again = [&] {
    attempt from;
    from.options = {.bounds = env.options.bounds,
                    .hot_keys_max = 0,
                    .secret = env.index ? env.index->secret() : draw_secret(env),
                    .path_seed = env.random->next()};
    from.keys = *keys;
    return from;
  };
  if (auto read = read_from_snapshot(env, *book, again(), again); !read)
    return fail(std::move(read.error()));
  // As if it could write: a subscriber that outlives incarnations refuses one that goes back.
  book->machine.start(book->report.book, book->last_epoch.next());
  return book;
}

result<void> refresh(const environment& env, recovered_book& book) {
  if (book.end.seq == event_seq{})
    return read_on(env, book);
  auto known = log::contains_point(*env.storage, book.directory, book.name, book.end);
  if (!known)
    return fail(std::move(known.error()));
  if (!*known)
    return fail(ec::corrupt, "the log of the book '" + book.name + "' is not the one that was read",
                {{"what", book.name}});
  return read_on(env, book);
}

} // namespace daybook::actors
