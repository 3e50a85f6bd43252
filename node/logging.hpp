#pragma once

namespace daybook::node {

/// Where the rooms' log lines go: standard error, in both cases.
///
/// A command reports its own failure in one line, so only warnings of its embedded node are news.
void log_for_command();

/// A node that serves others logs what it does, failures included.
void log_for_server();

} // namespace daybook::node
