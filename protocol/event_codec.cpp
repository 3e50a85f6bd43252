#include "protocol/event_codec.hpp"

#include "base/check.hpp"
#include "protocol/records.hpp"

#include <limits>

namespace daybook::protocol {

namespace {

// -- writing: field numbers are those of ledger.proto ---------------------------------------------

void write(wire::writer& out, const ledger::asset_registered& x) {
  out.message(1, [&] { write_fields(out, x.definition); });
}

void write(wire::writer& out, const ledger::account_opened& x) {
  out.message(2, [&] { write_fields(out, x.definition); });
}

void write(wire::writer& out, const ledger::posted_entry& x) {
  DAYBOOK_CHECK(x.value.is_positive());
  auto magnitude = split(x.value);
  out.message(2, [&] {
    out.number(1, x.account.value());
    out.number(2, x.direction == ledger::side::credit);
    out.number(3, magnitude.low);
    out.number(4, magnitude.high);
  });
}

void write(wire::writer& out, const ledger::transaction_posted& x) {
  out.message(3, [&] {
    out.text(1, x.key);
    for (auto& entry : x.entries)
      write(out, entry);
    if (x.occurred_at)
      out.present_number(3, wire::zigzag(x.occurred_at->us()));
    for (auto& ref : x.refs)
      out.message(4, [&] {
        out.text(1, ref.kind);
        out.text(2, ref.value);
      });
    out.text(5, x.metadata);
    out.text(6, x.correlation_id);
    out.text(7, x.causation_id);
  });
}

// -- bounds on the size, so that writing needs no checks ------------------------------------------

/// Tag and length, account, direction, and two halves of the amount.
constexpr std::size_t posting_size_max = 2 + 6 + 2 + 11 + 11;

std::size_t size_bound(const ledger::asset_registered& x) {
  return wire::field_size_max + fields_size_bound(x.definition);
}

std::size_t size_bound(const ledger::account_opened& x) {
  return wire::field_size_max + fields_size_bound(x.definition);
}

std::size_t size_bound(const ledger::transaction_posted& x) {
  auto size = 7 * wire::field_size_max + x.key.size() + x.metadata.size() +
              x.correlation_id.size() + x.causation_id.size() + x.entries.size() * posting_size_max;
  for (auto& ref : x.refs)
    size += 3 * wire::field_size_max + ref.kind.size() + ref.value.size();
  return size;
}

// -- reading --------------------------------------------------------------------------------------

/// Makes `to` hold a T, the one it has where it can.
template <class T>
T& as(ledger::event& to) {
  auto* same = std::get_if<T>(&to);
  return same ? *same : to.emplace<T>();
}

void read(wire::reader& in, ledger::posted_entry& to) {
  using rep = account_no::rep;
  to.account = account_no{static_cast<rep>(in.number(1, std::numeric_limits<rep>::max()))};
  to.direction = in.number(2, 1) ? ledger::side::credit : ledger::side::debit;
  auto low = in.number(3);
  to.value = join({.low = low, .high = in.number(4, amount_high_max)});
  if (!to.value.is_positive())
    in.fail("a posting has no amount");
}

void read(wire::reader& in, ledger::external_ref& to) {
  in.text(1, to.kind);
  in.text(2, to.value);
}

void read(wire::reader& in, ledger::transaction_posted& to) {
  in.text(1, to.key);
  read_all(in, 2, to.entries, [](auto& fields, auto& x) { read(fields, x); });
  to.occurred_at.reset();
  if (in.has(3, wire::kind::varint))
    to.occurred_at = timestamp{wire::unzigzag(in.present_number())};
  read_all(in, 4, to.refs, [](auto& fields, auto& x) { read(fields, x); });
  in.text(5, to.metadata);
  in.text(6, to.correlation_id);
  in.text(7, to.causation_id);
}

void read(wire::reader& in, ledger::event& to) {
  using namespace ledger;
  auto found = in.message(1, [&](auto& fields) {
    read_fields(fields, as<asset_registered>(to).definition);
  }) || in.message(2, [&](auto& fields) {
    read_fields(fields, as<account_opened>(to).definition);
  }) || in.message(3, [&](auto& fields) { read(fields, as<transaction_posted>(to)); });
  in.expect_end();
  if (!found)
    in.fail("it is empty");
}

} // namespace

void encode(const ledger::event& x, byte_buffer& out) {
  std::visit(
      [&](auto& content) {
        wire::append(out, size_bound(content), [&](wire::writer& to) { write(to, content); });
      },
      x);
}

result<void> decode(byte_span bytes, ledger::event& to) {
  wire::reader in{bytes};
  read(in, to);
  return finish(in, bytes, "an event");
}

result<ledger::event> decode(byte_span bytes) {
  ledger::event x;
  if (auto done = decode(bytes, x); !done)
    return fail(std::move(done).error());
  return x;
}

} // namespace daybook::protocol
