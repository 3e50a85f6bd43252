#pragma once

#include "actors/batch_buffer.hpp"
#include "actors/interfaces.hpp"
#include "actors/node_options.hpp"
#include "actors/recover_book.hpp"
#include "base/ids.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace daybook::actors {

/// The log passes from its book to its disk and back with every job: one of them uses it at a time.
struct append_job {
  std::shared_ptr<recovered_book> book;
  std::shared_ptr<const batch_buffer> batch;
};

struct appended {
  chain_hash chain{};
  std::uint64_t bytes = 0; ///< written, with framing
  std::uint64_t syncs = 0;
};

struct open_job {
  std::string name;
  bool create = false;  ///< if there is none; a book that is known to exist is not made anew
  bool to_read = false; ///< is enough, when it cannot be written
};

struct opened_book {
  std::shared_ptr<recovered_book> book;
};

struct close_job {
  std::shared_ptr<recovered_book> book; ///< null: only answer, when all jobs before are done with
};

struct refresh_job {
  std::shared_ptr<recovered_book> book;
};

struct probe_job {
  std::string directory; ///< of the book
};

/// A disk (interfaces.hpp). Spawned detached, for every job blocks.
class disk_state {
public:
  static inline const char* name = "daybook.disk";

  disk_state(disk_actor::pointer self, std::shared_ptr<const environment> env);

  disk_actor::behavior_type make_behavior();

private:
  caf::result<opened_book> on_open(const open_job& job);
  caf::result<appended> on_append(const append_job& job);
  caf::result<void> on_close(const close_job& job);
  caf::result<void> on_refresh(const refresh_job& job);
  caf::result<void> on_probe(const probe_job& job);

  std::shared_ptr<const environment> env_;
};

} // namespace daybook::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::append_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::appended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::open_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::opened_book)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::close_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::refresh_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::probe_job)
