#pragma once

#include "base/result.hpp"
#include "node/torture/report.hpp"

#include <cstdint>
#include <functional>

namespace daybook::node::torture {

/// What is tortured: a node by itself, or a cluster. Owned by one thread. In order: `prepare`,
/// `begin`, `end_faults`, `settle`, `check`.
class tortured {
public:
  virtual ~tortured() = default;

  /// Starts everything; creates and fills the books. `on_progress` is told how many more events are
  /// durable, and says whether to go on. Errors: as `prepare_book`; `io` when a node does not
  /// start.
  virtual result<void> prepare(const std::function<bool(std::uint64_t)>& on_progress) = 0;

  /// The clients write and read, the faults begin.
  virtual void begin() = 0;
  /// The nodes run, and go on running; the clients go on too.
  virtual void end_faults() = 0;
  /// The clients ask for every outcome that they do not know, and end.
  virtual void settle() = 0;
  /// Judges the books; ends the nodes in good order and verifies their logs.
  virtual void check(torture_report& report) = 0;

protected:
  tortured() = default;
  tortured(const tortured&) = default;
  tortured& operator=(const tortured&) = default;
};

} // namespace daybook::node::torture
