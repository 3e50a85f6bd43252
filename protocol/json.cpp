#include "protocol/json.hpp"

#include "base/bytes.hpp"
#include "protocol/command_json.hpp"

#include <fmt/format.h>

namespace daybook::protocol {

namespace {

void add_identity(json_object& out, const transaction_id& id, writer_epoch epoch,
                  timestamp committed_at) {
  out.add("seq", id.seq.value())
      .add("transaction_id", to_hex(id))
      .add("epoch", epoch.value())
      .add("committed_at", to_string(committed_at));
}

} // namespace

std::string to_hex(const transaction_id& x) { return daybook::to_string(x); }

std::string to_hex(const chain_hash& x) {
  std::string text;
  for (auto byte : x)
    text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

std::string to_json(const event_envelope& envelope, const ledger::command& x,
                    const precision_source& precisions, const ledger::event_links& links) {
  json_object out;
  add_identity(out, envelope.id, envelope.epoch, envelope.committed_at);
  add_command(out, x, precisions, links);
  return out.take();
}

std::string to_json(const ledger::receipt& x) {
  json_object out;
  add_identity(out, x.id, x.epoch, x.committed_at);
  return out.add("deduplicated", x.deduplicated).add("chain", to_hex(x.chain)).take();
}

std::string to_json(const error& x) {
  json_object out;
  out.add("error", to_string(x.code()));
  out.add("message", x.message().empty() ? description(x.code()) : std::string_view{x.message()});
  for (auto& [name, value] : x.fields())
    out.add(name, value);
  return out.take();
}

} // namespace daybook::protocol
