#include "protocol/history_codec.hpp"

#include "protocol/records.hpp"

#include <utility>

// Field numbers are those of ledger.proto.

namespace daybook::protocol {

void encode(const history_entry& x, byte_buffer& out) {
  DAYBOOK_CHECK(!x.postings.empty());
  auto size = amount_size_max + 3 * wire::field_size_max + x.key.size() +
              x.postings.size() * posted_size_max;
  wire::append(out, size, [&](wire::writer& to) {
    write_amount(to, 1, x.balance_after);
    to.number(2, wire::zigzag(x.committed_at.us()));
    write_time(to, 3, x.occurred_at);
    to.text(4, x.key);
    for (auto& posting : x.postings)
      to.message(5, [&] { write_posted(to, 1, posting.direction, posting.value); });
  });
}

void encode(const asset_sums& x, byte_buffer& out) {
  wire::append(out, 4 * amount_size_max, [&](wire::writer& to) {
    write_amount(to, 1, x.debit_turnover);
    write_amount(to, 2, x.credit_turnover);
    write_amount(to, 3, x.debit_balances);
    write_amount(to, 4, x.credit_balances);
  });
}

result<history_entry> decode_history_entry(byte_span bytes) {
  wire::reader in{bytes};
  history_entry x;
  x.balance_after = read_required_amount(in, 1);
  x.committed_at = timestamp{wire::unzigzag(in.number(2))};
  x.occurred_at = read_time(in, 3);
  in.text(4, x.key);
  read_all(in, 5, x.postings, [](wire::reader& fields, history_posting& posting) {
    read_posted(fields, 1, posting.direction, posting.value);
  });
  in.expect_end();
  if (x.postings.empty())
    in.fail("it has no posting");
  return finish(in, bytes, "a history entry").map([&] { return std::move(x); });
}

result<asset_sums> decode_asset_sums(byte_span bytes) {
  wire::reader in{bytes};
  asset_sums x;
  x.debit_turnover = read_required_amount(in, 1);
  x.credit_turnover = read_required_amount(in, 2);
  x.debit_balances = read_required_amount(in, 3);
  x.credit_balances = read_required_amount(in, 4);
  in.expect_end();
  return finish(in, bytes, "an asset's sums").map([&] { return x; });
}

} // namespace daybook::protocol
