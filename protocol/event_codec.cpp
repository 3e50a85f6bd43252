#include "protocol/event_codec.hpp"

#include "protocol/records.hpp"

#include <utility>
#include <variant>

namespace daybook::protocol {

namespace {

// -- writing: field numbers are those of ledger.proto ---------------------------------------------

constexpr unsigned joined_field = 15;

/// Two fields from `first` on.
void write(wire::writer& out, unsigned first, const ledger::event_links& x) {
  out.text(first, x.correlation_id);
  out.text(first + 1, x.causation_id);
}

void write(wire::writer& out, const ledger::asset_registered& x) {
  out.message(1, [&] {
    write_fields(out, x.definition);
    write(out, 5, x.links);
  });
}

void write(wire::writer& out, const ledger::account_opened& x) {
  out.message(2, [&] {
    write_fields(out, x.definition);
    write(out, 7, x.links);
  });
}

void write(wire::writer& out, const ledger::posted_entry& x) {
  out.message(2, [&] {
    out.number(1, x.account.value());
    write_posted(out, 2, x.direction, x.value);
  });
}

void write(wire::writer& out, const ledger::transaction_posted& x) {
  out.message(3, [&] {
    out.text(1, x.key);
    for (auto& entry : x.entries)
      write(out, entry);
    write_time(out, 3, x.occurred_at);
    for (auto& ref : x.refs)
      out.message(4, [&] {
        out.text(1, ref.kind);
        out.text(2, ref.value);
      });
    out.text(5, x.metadata);
    out.text(6, x.correlation_id);
    out.text(7, x.causation_id);
    out.number(8, x.reverses.value());
  });
}

void write_lifecycle(wire::writer& out, unsigned field, account_no account,
                     const ledger::event_links& links) {
  out.message(field, [&] {
    out.number(1, account.value());
    write(out, 2, links);
  });
}

void write(wire::writer& out, const ledger::account_closed& x) {
  write_lifecycle(out, 4, x.account, x.links);
}

void write(wire::writer& out, const ledger::account_reopened& x) {
  write_lifecycle(out, 5, x.account, x.links);
}

// -- bounds on the size, so that writing needs no checks ------------------------------------------

/// An entry is an account number and what is posted there.
constexpr std::size_t entry_size_max = 6 + posted_size_max;

std::size_t size_bound(const ledger::event_links& x) {
  return 2 * wire::field_size_max + x.correlation_id.size() + x.causation_id.size();
}

std::size_t size_bound(const ledger::asset_registered& x) {
  return wire::field_size_max + fields_size_bound(x.definition) + size_bound(x.links);
}

std::size_t size_bound(const ledger::account_opened& x) {
  return wire::field_size_max + fields_size_bound(x.definition) + size_bound(x.links);
}

std::size_t size_bound(const ledger::transaction_posted& x) {
  auto size = 8 * wire::field_size_max + x.key.size() + x.metadata.size() +
              x.correlation_id.size() + x.causation_id.size() + x.entries.size() * entry_size_max;
  for (auto& ref : x.refs)
    size += 3 * wire::field_size_max + ref.kind.size() + ref.value.size();
  return size;
}

std::size_t size_bound(const ledger::account_closed& x) {
  return 2 * wire::field_size_max + size_bound(x.links);
}

std::size_t size_bound(const ledger::account_reopened& x) {
  return 2 * wire::field_size_max + size_bound(x.links);
}

// -- reading --------------------------------------------------------------------------------------

/// Makes `to` hold a T, the one it has where it can.
template <class T>
T& as(ledger::event& to) {
  auto* same = std::get_if<T>(&to);
  return same ? *same : to.emplace<T>();
}

void read(wire::reader& in, unsigned first, ledger::event_links& to) {
  in.text(first, to.correlation_id);
  in.text(first + 1, to.causation_id);
}

void read(wire::reader& in, ledger::asset_registered& to) {
  read_fields(in, to.definition);
  read(in, 5, to.links);
}

void read(wire::reader& in, ledger::account_opened& to) {
  read_fields(in, to.definition);
  read(in, 7, to.links);
}

void read(wire::reader& in, ledger::posted_entry& to) {
  to.account = read_account_no(in, 1);
  read_posted(in, 2, to.direction, to.value);
}

void read(wire::reader& in, ledger::external_ref& to) {
  in.text(1, to.kind);
  in.text(2, to.value);
}

void read(wire::reader& in, ledger::transaction_posted& to) {
  in.text(1, to.key);
  read_all(in, 2, to.entries, [](auto& fields, auto& x) { read(fields, x); });
  to.occurred_at = read_time(in, 3);
  read_all(in, 4, to.refs, [](auto& fields, auto& x) { read(fields, x); });
  in.text(5, to.metadata);
  in.text(6, to.correlation_id);
  in.text(7, to.causation_id);
  to.reverses = event_seq{in.number(8)};
}

void read(wire::reader& in, ledger::account_closed& to) {
  to.account = read_account_no(in, 1);
  read(in, 2, to.links);
}

void read(wire::reader& in, ledger::account_reopened& to) {
  to.account = read_account_no(in, 1);
  read(in, 2, to.links);
}

template <class T>
bool read_kind(wire::reader& in, unsigned field, ledger::event& to) {
  return in.message(field, [&](wire::reader& fields) { read(fields, as<T>(to)); });
}

/// In the order of the fields; an event has one of them.
bool read(wire::reader& in, ledger::event& to) {
  return read_kind<ledger::asset_registered>(in, 1, to) ||
         read_kind<ledger::account_opened>(in, 2, to) ||
         read_kind<ledger::transaction_posted>(in, 3, to) ||
         read_kind<ledger::account_closed>(in, 4, to) ||
         read_kind<ledger::account_reopened>(in, 5, to);
}

void read(wire::reader& in, ledger::stored_event& to) {
  auto found = read(in, to.content);
  to.joined = in.number(joined_field, 1) != 0;
  in.expect_end();
  if (!found)
    in.fail("it has no content");
}

} // namespace

void encode(const ledger::event& x, bool joined, byte_buffer& out) {
  std::visit(
      [&](auto& content) {
        auto size = size_bound(content) + wire::field_size_max;
        wire::append(out, size, [&](wire::writer& to) {
          write(to, content);
          to.number(joined_field, joined);
        });
      },
      x);
}

result<void> decode(byte_span bytes, ledger::stored_event& to) {
  wire::reader in{bytes};
  read(in, to);
  return finish(in, bytes, "an event");
}

result<ledger::stored_event> decode(byte_span bytes) {
  ledger::stored_event x;
  if (auto done = decode(bytes, x); !done)
    return fail(std::move(done).error());
  return x;
}

} // namespace daybook::protocol
