#include "actors/recover_book.hpp"

#include "log/event_list.hpp"
#include "protocol/event_codec.hpp"

#include <string>

namespace daybook::actors {

namespace {

error at(const error& reason, const log::stored_batch& batch) {
  auto where = std::string{batch.file} + " at offset " + std::to_string(batch.offset);
  return error{reason.code(), where + ": " + reason.message(), reason.fields()}
      .with("file", std::string{batch.file})
      .with("offset", std::to_string(batch.offset));
}

/// Applies the batches of a log to a machine, one after the other.
class replay {
public:
  explicit replay(ledger::book_machine& machine) : machine_(&machine) {}

  result<void> operator()(const log::stored_batch& batch) {
    // Also records without events: the next commit is not before any of them [I4].
    ledger::batch_info info{batch.first_seq, batch.epoch, batch.committed_at, batch.chain};
    if (auto begun = machine_->begin_replay(info); !begun)
      return fail(at(std::move(begun.error()), batch));
    log::event_list events{batch.payload};
    while (auto bytes = events.next()) {
      if (auto decoded = protocol::decode(*bytes, event_); !decoded)
        return fail(at(std::move(decoded.error()), batch));
      if (auto applied = machine_->replay(event_); !applied)
        return fail(at(std::move(applied.error()), batch));
    }
    return {};
  }

private:
  ledger::book_machine* machine_;
  ledger::event event_;
};

} // namespace

log::batch_visitor replay_into(ledger::book_machine& machine) { return replay{machine}; }

result<std::shared_ptr<recovered_book>> recover_book(const environment& env,
                                                     const std::string& name, bool create) {
  auto book = std::make_shared<recovered_book>(
      recovered_book{.name = name,
                     .directory = env.directory->book_directory(name),
                     .machine = ledger::book_machine{env.options.bounds},
                     .log = nullptr,
                     .report = {}});
  auto options = env.options.log;
  options.create_if_missing = create;
  auto opened = log::book_log::open(*env.storage, *env.random, env.time->now(), book->directory,
                                    name, options, replay_into(book->machine));
  if (!opened)
    return fail(std::move(opened.error()));
  book->log = std::move(opened->log);
  book->report = std::move(opened->report);
  book->machine.start(book->log->id(), book->log->epoch());
  return book;
}

} // namespace daybook::actors
