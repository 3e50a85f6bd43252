#include "protocol/snapshot_codec.hpp"

#include "protocol/records.hpp"

#include <algorithm>
#include <string>
#include <utility>

// Field numbers are those of ledger.proto.

namespace daybook::protocol {

namespace {

// -- writing --------------------------------------------------------------------------------------

constexpr std::size_t asset_fixed_size_max = 3 * wire::field_size_max + 2 * amount_size_max;
constexpr std::size_t account_fixed_size_max = 6 * wire::field_size_max + amount_size_max;

void write(wire::writer& out, const ledger::asset_state& x) {
  out.message(7, [&] {
    out.message(1, [&] { write_fields(out, x.definition); });
    out.number(2, x.registered_at.value());
    write_amount(out, 3, x.debit_turnover);
    write_amount(out, 4, x.credit_turnover);
  });
}

void write(wire::writer& out, const ledger::account_state& x) {
  out.message(2, [&] {
    out.message(1, [&] { write_fields(out, x.definition); });
    out.number(2, x.opened_at.value());
    write_amount(out, 3, x.balance);
    out.number(4, x.updated_seq.value());
    out.number(5, x.closed);
    out.number(6, x.changed_at.value());
  });
}

// -- reading --------------------------------------------------------------------------------------

template <class Definition>
void read_definition(wire::reader& in, Definition& to) {
  if (!in.message(1, [&](wire::reader& fields) { read_fields(fields, to); }))
    in.fail("a definition is missing");
}

void read_fields(wire::reader& in, ledger::asset_state& to) {
  read_definition(in, to.definition);
  to.registered_at = event_seq{in.number(2)};
  to.debit_turnover = read_required_amount(in, 3);
  to.credit_turnover = read_required_amount(in, 4);
}

void read_fields(wire::reader& in, ledger::account_state& to) {
  read_definition(in, to.definition);
  to.opened_at = event_seq{in.number(2)};
  to.balance = read_required_amount(in, 3);
  to.updated_seq = event_seq{in.number(4)};
  to.closed = in.number(5, 1) != 0;
  to.changed_at = event_seq{in.number(6)};
}

void read_chain(wire::reader& in, unsigned field, chain_hash& to) {
  std::string bytes;
  in.text(field, bytes);
  if (bytes.size() == to.size())
    std::ranges::copy(as_bytes(bytes), to.begin());
  else
    in.fail("a chain hash is not 32 bytes");
}

} // namespace

void encode(const ledger::book_state_header& x, byte_buffer& out) {
  auto size = 7 * wire::field_size_max + x.chain.size();
  for (auto& asset : x.assets)
    size += asset_fixed_size_max + fields_size_bound(asset.definition);
  wire::append(out, size, [&](wire::writer& to) {
    to.number(1, x.book.value());
    to.number(2, x.epoch.value());
    to.number(3, x.seq.value());
    to.text(4, as_text(x.chain));
    to.number(5, wire::zigzag(x.committed_at.us()));
    to.number(6, x.accounts);
    for (auto& asset : x.assets)
      write(to, asset);
  });
}

void encode(const snapshot_chunk& x, byte_buffer& out) {
  encode_chunk_begin(x.first, out);
  for (auto& account : x.accounts)
    encode_next(account, out);
}

void encode_chunk_begin(account_no first, byte_buffer& out) {
  wire::append(out, wire::field_size_max, [&](wire::writer& to) { to.number(1, first.value()); });
}

void encode_next(const ledger::account_state& x, byte_buffer& out) {
  wire::append(out, account_fixed_size_max + fields_size_bound(x.definition),
               [&](wire::writer& to) { write(to, x); });
}

result<ledger::book_state_header> decode_snapshot_header(byte_span bytes) {
  wire::reader in{bytes};
  ledger::book_state_header x;
  x.book = book_id{in.number(1)};
  x.epoch = writer_epoch{in.number(2)};
  x.seq = event_seq{in.number(3)};
  read_chain(in, 4, x.chain);
  x.committed_at = timestamp{wire::unzigzag(in.number(5))};
  x.accounts = in.number(6);
  read_all(in, 7, x.assets, [](auto& fields, auto& to) { read_fields(fields, to); });
  in.expect_end();
  return finish(in, bytes, "a snapshot's header").map([&] { return std::move(x); });
}

result<void> decode(byte_span bytes, snapshot_chunk& to) {
  wire::reader in{bytes};
  to.first = read_account_no(in, 1);
  read_all(in, 2, to.accounts, [](auto& fields, auto& x) { read_fields(fields, x); });
  in.expect_end();
  return finish(in, bytes, "a snapshot's accounts");
}

} // namespace daybook::protocol
