#include "protocol/json_lines.hpp"

#include "protocol/command_json.hpp"
#include "protocol/line_reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace daybook::protocol {

std::size_t line_bytes_max(const limits& bounds) {
  // Escaping at most doubles a name, which has no control characters; metadata is JSON already.
  // The rest is field names, punctuation and an amount.
  constexpr std::size_t object_bytes_max = 128;
  auto name = 2 * bounds.name_bytes_max;
  auto postings = bounds.postings_max * (2 * name + object_bytes_max);
  auto refs = bounds.refs_max * (2 * name + object_bytes_max);
  auto rest = 3 * name + 4 * object_bytes_max;
  return postings + refs + bounds.metadata_bytes_max + rest;
}

result<ledger::write> parse_write(std::string_view line, const precision_source& precisions,
                                  const limits& bounds) {
  if (auto limit = line_bytes_max(bounds); line.size() > limit)
    return fail(ec::limit_exceeded,
                fmt::format("the line has {} bytes; the limit is {}", line.size(), limit),
                {{"what", "line"},
                 {"limit", std::to_string(limit)},
                 {"would_be", std::to_string(line.size())}});
  line_reader reader{precisions, bounds};
  return read_json(line, "line", 0, reader).and_then([&] { return reader.take(); });
}

result<ledger::command> parse_line(std::string_view line, const precision_source& precisions,
                                   const limits& bounds) {
  auto asked = parse_write(line, precisions, bounds);
  if (!asked)
    return fail(std::move(asked).error());
  if (!asked->correlation_id.empty() || !asked->causation_id.empty())
    return refuse(
        name_of(asked->correlation_id.empty() ? field::causation_id : field::correlation_id),
        "only a transaction can have links here");
  return std::move(asked->what);
}

std::string to_json_line(const ledger::command& x, const precision_source& precisions,
                         const ledger::event_links& links) {
  json_object out;
  add_command(out, x, precisions, links);
  return out.take();
}

result<std::string> compact_metadata(std::string_view json, const limits& bounds) {
  json_compactor compactor{bounds.metadata_bytes_max};
  auto name = name_of(field::metadata);
  if (auto read = read_json(json, name, 1, compactor); !read)
    return fail(std::move(read).error());
  if (!compactor.is_object())
    return refuse(name, "the metadata must be a JSON object such as {\"note\":\"rent\"}");
  return compactor.take();
}

} // namespace daybook::protocol
