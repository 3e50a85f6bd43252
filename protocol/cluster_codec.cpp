#include "protocol/cluster_codec.hpp"

#include "protocol/wire.hpp"

#include <limits>
#include <string>
#include <utility>

// Field numbers are those of ledger.proto.

namespace daybook::protocol {

namespace {

// -- writing --------------------------------------------------------------------------------------

constexpr std::size_t fixed_size_max = 8 * wire::field_size_max;

std::size_t size_bound(const cluster_record& x) {
  auto size = fixed_size_max + x.node.size();
  for (auto& member : x.map.members)
    size += fixed_size_max + member.node.size() + member.at.host.size();
  for (auto& [book, node] : x.map.pins)
    size += fixed_size_max + book.size() + node.size();
  for (auto& report : x.reports) {
    size += fixed_size_max + report.node.size();
    for (auto& book : report.strays)
      size += wire::field_size_max + book.size();
  }
  return size;
}

void write(wire::writer& out, const shard_map& x) {
  out.number(1, x.cluster);
  out.number(2, x.version);
  out.number(3, x.nonce);
  for (auto& member : x.members)
    out.message(4, [&] {
      out.text(1, member.node);
      out.text(2, member.at.host);
      out.number(3, member.at.port);
      out.number(4, member.leaving);
    });
  for (auto& [book, node] : x.pins)
    out.message(5, [&] {
      out.text(1, book);
      out.text(2, node);
    });
}

void write(wire::writer& out, const node_report& x) {
  out.text(1, x.node);
  out.number(2, x.map_rank.first);
  out.number(3, x.map_rank.second);
  out.number(4, x.number);
  for (auto& book : x.strays)
    out.text(5, book);
}

// -- reading --------------------------------------------------------------------------------------

cluster_member read_member(wire::reader& in) {
  cluster_member x;
  in.text(1, x.node);
  in.text(2, x.at.host);
  x.at.port = static_cast<std::uint16_t>(in.number(3, std::numeric_limits<std::uint16_t>::max()));
  x.leaving = in.number(4, 1) != 0;
  return x;
}

void read_pin(wire::reader& in, shard_map& to) {
  std::string book;
  std::string node;
  in.text(1, book);
  in.text(2, node);
  if (!to.pins.emplace(std::move(book), std::move(node)).second)
    in.fail("a book is pinned twice");
}

void read_map(wire::reader& in, shard_map& to) {
  to.cluster = in.number(1);
  to.version = in.number(2);
  to.nonce = in.number(3);
  while (in.message(4, [&](wire::reader& fields) { to.members.push_back(read_member(fields)); })) {
  }
  while (in.message(5, [&](wire::reader& fields) { read_pin(fields, to); })) {
  }
}

node_report read_report(wire::reader& in) {
  node_report x;
  in.text(1, x.node);
  x.map_rank.first = in.number(2);
  x.map_rank.second = in.number(3);
  x.number = in.number(4);
  while (in.has(5, wire::kind::bytes))
    in.text(5, x.strays.emplace_back());
  return x;
}

} // namespace

void encode(const cluster_record& x, byte_buffer& out) {
  wire::append(out, size_bound(x), [&](wire::writer& to) {
    to.text(1, x.node);
    to.message(2, [&] { write(to, x.map); });
    for (auto& report : x.reports)
      to.message(3, [&] { write(to, report); });
  });
}

result<cluster_record> decode_cluster_record(byte_span bytes) {
  cluster_record x;
  wire::reader in{bytes};
  in.text(1, x.node);
  if (!in.message(2, [&](wire::reader& fields) { read_map(fields, x.map); }))
    in.fail("the shard map is missing");
  while (in.message(3, [&](wire::reader& fields) { x.reports.push_back(read_report(fields)); })) {
  }
  in.expect_end();
  if (in.failure())
    return fail(ec::corrupt, std::string{"the cluster's record does not read: "} + in.failure());
  return x;
}

// -- books on their way ---------------------------------------------------------------------------

void encode(const std::vector<handover>& xs, byte_buffer& out) {
  std::size_t bound = 0;
  for (auto& x : xs)
    bound += fixed_size_max + x.book.size() + x.from.size() + x.to.size();
  wire::append(out, bound, [&](wire::writer& to) {
    for (auto& x : xs)
      to.message(1, [&] {
        to.text(1, x.book);
        to.text(2, x.from);
        to.text(3, x.to);
        to.number(4, x.nonce);
      });
  });
}

result<std::vector<handover>> decode_handovers(byte_span bytes) {
  std::vector<handover> xs;
  wire::reader in{bytes};
  while (in.message(1, [&](wire::reader& fields) {
    auto& x = xs.emplace_back();
    fields.text(1, x.book);
    fields.text(2, x.from);
    fields.text(3, x.to);
    x.nonce = fields.number(4);
  })) {
  }
  in.expect_end();
  if (in.failure())
    return fail(ec::corrupt, std::string{"the list of handovers does not read: "} + in.failure());
  return xs;
}

} // namespace daybook::protocol
