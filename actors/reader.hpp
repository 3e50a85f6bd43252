#pragma once

#include "actors/interfaces.hpp"
#include "actors/node_options.hpp"
#include "ledger/chart.hpp"
#include "ledger/to_command.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace daybook::actors {

/// What a reader needs to read a book's log beside its writer: where it is, how far it is durable,
/// and the names behind the numbers.
struct log_scan {
  std::string directory;
  std::string name;
  std::shared_ptr<const ledger::chart> chart;
  book_id id;
  event_seq last; ///< nothing after it is read [I7]
};

struct events_job {
  log_scan scan;
  event_seq from;
  std::uint32_t limit = 0;
};

struct history_job {
  log_scan scan;
  account_no account;
  event_seq after;
  std::uint32_t limit = 0; ///< transactions
};

/// A reader (interfaces.hpp). Spawned detached, for every job blocks.
class reader_state {
public:
  static inline const char* name = "daybook.reader";

  reader_state(reader_actor::pointer self, std::shared_ptr<const environment> env);

  reader_actor::behavior_type make_behavior();

private:
  std::shared_ptr<const environment> env_;
};

/// A page of a book's events. Blocks. Errors: corrupt, io.
result<events_page> read_events(const environment& env, const events_job& job);

/// A page of an account's postings. Reads the log from its beginning, for the running balance.
/// Blocks. Errors: corrupt, io.
result<history_page> read_history(const environment& env, const history_job& job);

} // namespace daybook::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::events_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::history_job)
