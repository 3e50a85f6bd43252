#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace daybook::actors {

/// Steps of a node that its storage does not see: what a book decides, and what goes to the index.
/// Between any two of them, as between any two calls of the storage, the process may die.
enum class step : std::uint8_t {
  batch_durable,    ///< a batch is durable, and nobody has been told
  fence_commit,     ///< a fence is to be committed, and nothing of it has gone to the disk
  spill_begins,     ///< keys are on their way, and the index has none of them
  spill_written,    ///< the index has the keys, and did not flush them
  spill_flushed,    ///< they are durable, and the book does not know
  spill_answered,   ///< memory may forget the keys, and has not
  history_begins,   ///< history is gathered, and the index has none of it
  history_written,  ///< the index has the history, and the book does not know
  pack_begins,      ///< a window of a history is full, and the database has none of it
  pack_written,     ///< the database has it, and memory too
  merge_made,       ///< runs of keys are merged, and the directory names the old ones
  merge_named,      ///< the directory names the new one, and the old ones are there
  merge_removed,    ///< they are gone
  book_released,    ///< a book that moves is closed where it was
  offer_noted,      ///< it may be taken over from here on
  arrival_noted,    ///< all of it is there, and is no book yet
  book_taken,       ///< it is one there, and nobody has been told
  book_known_taken, ///< who had it knows, and still has its files
  book_let_go       ///< its files are gone where it was
};

inline constexpr std::array all_steps{
    step::batch_durable, step::fence_commit,     step::spill_begins,   step::spill_written,
    step::spill_flushed, step::spill_answered,   step::history_begins, step::history_written,
    step::pack_begins,   step::pack_written,     step::merge_made,     step::merge_named,
    step::merge_removed, step::book_released,    step::offer_noted,    step::arrival_noted,
    step::book_taken,    step::book_known_taken, step::book_let_go};

constexpr std::string_view to_string(step x) {
  constexpr std::array<std::string_view, all_steps.size()> names{
      "batch durable",  "fence commit",   "spill begins",     "spill written", "spill flushed",
      "spill answered", "history begins", "history written",  "pack begins",   "pack written",
      "merge made",     "merge named",    "merge removed",    "book released", "offer noted",
      "arrival noted",  "book taken",     "book known taken", "book let go"};
  return names[static_cast<std::size_t>(x)];
}

/// Called when a step is reached, on the thread that takes it; may be called from several threads
/// at once.
using step_callback = std::function<void(step)>;

} // namespace daybook::actors
