#include "node/states.hpp"

namespace daybook::node {

const char* to_string(actors::book_phase x) {
  switch (x) {
  case actors::book_phase::closed:
    return "closed";
  case actors::book_phase::opening:
    return "opening";
  case actors::book_phase::running:
    return "running";
  case actors::book_phase::restarting:
    return "restarting";
  case actors::book_phase::no_space:
    return "no_space";
  case actors::book_phase::failed:
    break;
  }
  return "failed";
}

const char* state_of(const node_overview& x) {
  if (!x.is_up)
    return "down";
  if (!x.is_ready)
    return "ending";
  return x.member.leaving ? "leaving" : "up";
}

} // namespace daybook::node
