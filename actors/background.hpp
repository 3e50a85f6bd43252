#pragma once

#include <functional>

namespace daybook::actors {

/// How much less of a busy processor background work gets: about a third of what a book gets
/// (decision 20). With much less, a book that is opened beside books that use all of the processors
/// would be away for long.
inline constexpr int background_niceness = 5;

/// Runs `work` on a thread of its own whose priority is lowered, waits for it, and throws what it
/// throws. On the calling thread, at its priority, when there can be no more threads. Any thread
/// that may block calls it.
///
/// A thread of its own, for a priority that was lowered cannot be raised again without a privilege,
/// and CAF's threads work for one actor after the other.
void run_in_background(const std::function<void()>& work);

} // namespace daybook::actors
