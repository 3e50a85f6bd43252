#pragma once

#include "actors/follow_messages.hpp"
#include "actors/inspect.hpp"

// How CAF reads and writes the messages of those who follow a book.

namespace daybook::actors {

template <class Inspector>
bool inspect(Inspector& f, event_kind& x) {
  return detail::inspect_enum<event_kind::account_reopened>(f, x);
}

template <class Inspector>
bool inspect(Inspector& f, delivery_mode& x) {
  return detail::inspect_enum<delivery_mode::lossy>(f, x);
}

template <class Inspector>
bool inspect(Inspector& f, watermark& x) {
  return detail::inspect_enum<watermark::applied>(f, x);
}

template <class Inspector>
bool inspect(Inspector& f, event_filter& x) {
  return f.object(x).fields(f.field("kinds", x.kinds),
                            f.field("account_prefixes", x.account_prefixes));
}

template <class Inspector>
bool inspect(Inspector& f, subscription& x) {
  return f.object(x).fields(f.field("from", x.from), f.field("mode", x.mode),
                            f.field("credit", x.credit), f.field("filter", x.filter));
}

template <class Inspector>
bool inspect(Inspector& f, delivery& x) {
  return f.object(x).fields(f.field("events", x.events), f.field("first", x.first),
                            f.field("last", x.last), f.field("durable", x.durable),
                            f.field("dropped", x.dropped), f.field("epoch", x.epoch),
                            detail::hash_field(f, x.chain));
}

template <class Inspector>
bool inspect(Inspector& f, cursor_request& x) {
  return f.object(x).fields(f.field("name", x.name), f.field("filter", x.filter),
                            f.field("start", x.start));
}

template <class Inspector>
bool inspect(Inspector& f, cursor_info& x) {
  return f.object(x).fields(f.field("name", x.name), f.field("filter", x.filter),
                            f.field("position", x.position), f.field("durable", x.durable),
                            f.field("stored_at", x.stored_at), f.field("held", x.held));
}

template <class Inspector>
bool inspect(Inspector& f, checkpoint& x) {
  return f.object(x).fields(f.field("name", x.name), f.field("version", x.version),
                            f.field("seq", x.seq), detail::hash_field(f, x.chain),
                            f.field("state", x.state));
}

template <class Inspector>
bool inspect(Inspector& f, applied_mark& x) {
  return f.object(x).fields(f.field("name", x.name), f.field("seq", x.seq));
}

template <class Inspector>
bool inspect(Inspector& f, frontier& x) {
  return f.object(x).fields(f.field("accepted", x.accepted), f.field("written", x.written),
                            f.field("durable", x.durable), f.field("applied", x.applied));
}

} // namespace daybook::actors
