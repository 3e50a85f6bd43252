#include "node/cursor_rows.hpp"

#include "base/names.hpp"
#include "node/event_kinds.hpp"
#include "protocol/json_text.hpp"

#include <algorithm>
#include <string_view>

namespace daybook::node {

namespace {

void append_item(std::string& list, std::string_view item) {
  list += list.size() > 1 ? "," : "";
  protocol::append_json_string(list, item);
}

std::string kinds_of(const actors::event_filter& x) {
  std::string list = "[";
  for (auto& [name, kind] : event_kinds)
    if (std::ranges::find(x.kinds, kind) != x.kinds.end())
      append_item(list, name);
  return list + "]";
}

std::string prefixes_of(const actors::event_filter& x) {
  std::string list = "[";
  for (auto& prefix : x.account_prefixes)
    append_item(list, prefix);
  return list + "]";
}

} // namespace

std::uint64_t lag_of(const actors::cursor_info& x) {
  return x.durable > x.position ? x.durable.value() - x.position.value() : 0;
}

std::string to_json(const actors::cursor_info& x) {
  return protocol::json_object{}
      .add("cursor", x.name)
      .add("position", x.position.value())
      .add("lag", lag_of(x))
      .add("held", x.held)
      .add("stored_at", daybook::to_string(x.stored_at))
      .add_json("kinds", kinds_of(x.filter))
      .add_json("prefixes", prefixes_of(x.filter))
      .take();
}

void print(output& out, const actors::cursor_info& x) {
  if (out.json())
    return out.line(to_json(x));
  out.row({x.name, std::to_string(x.position.value()), std::to_string(lag_of(x)),
           x.held ? "held" : "free", daybook::to_string(x.stored_at),
           printable(describe(x.filter))});
}

} // namespace daybook::node
