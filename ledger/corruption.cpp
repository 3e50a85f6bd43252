#include "ledger/corruption.hpp"

#include <fmt/format.h>

#include <string>

namespace daybook::ledger {

tl::unexpected<error> contradiction(event_seq seq, std::string_view why) {
  return fail(ec::corrupt,
              fmt::format("event {} contradicts what comes before it: {}; restore the book from a "
                          "copy",
                          seq.value(), why),
              {{"seq", std::to_string(seq.value())}});
}

} // namespace daybook::ledger
