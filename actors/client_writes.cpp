// What a client writes.

#include "actors/client_core.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace daybook {

using namespace actors;

using write_result = book_client::write_result;

result<std::vector<write_result>> to_results(std::vector<outcome> xs) {
  std::vector<write_result> results;
  results.reserve(xs.size());
  for (auto& x : xs) {
    if (auto* accepted = std::get_if<ledger::receipt>(&x))
      results.emplace_back(std::move(*accepted));
    else
      results.emplace_back(fail(std::move(std::get<error>(x))));
  }
  return results;
}

result<std::vector<ledger::receipt>> to_receipts(std::vector<outcome> xs) {
  std::vector<ledger::receipt> receipts;
  receipts.reserve(xs.size());
  for (auto& x : xs) {
    if (auto* refused = std::get_if<error>(&x))
      return fail(std::move(*refused));
    receipts.push_back(std::move(std::get<ledger::receipt>(x)));
  }
  return receipts;
}

namespace {

ledger::write plain(ledger::command x) {
  ledger::write asked;
  asked.what = std::move(x);
  return asked;
}

} // namespace

namespace detail {

bool is_repeatable(const ledger::command& x) { return !is_lifecycle_change(x); }

bool is_repeatable(const ledger::write& x) { return is_repeatable(x.what); }

bool is_repeatable(const std::vector<ledger::command>& xs) {
  return std::ranges::all_of(xs, [](auto& x) { return is_repeatable(x); });
}

/// An atomic batch is known by any key in it.
bool is_repeatable(const actors::write_batch& x) {
  auto has_key = [](const ledger::write& item) { return key_of(item.what) != nullptr; };
  return (x.atomic && std::ranges::any_of(x.items, has_key)) ||
         std::ranges::all_of(x.items, [](auto& item) { return is_repeatable(item); });
}

} // namespace detail

// -- one ----------------------------------------------------------------------------------------

write_result book_client::commit(ledger::transaction x) const {
  return commit_async(std::move(x)).get();
}

write_result book_client::commit(ledger::write x) const {
  return core_->write<ledger::receipt>(1, book_, atom::commit_v, std::move(x)).get();
}

write_result book_client::register_asset(ledger::asset_definition x) const {
  return core_->write<ledger::receipt>(1, book_, atom::commit_v, std::move(x)).get();
}

write_result book_client::open_account(ledger::account_definition x) const {
  return core_->write<ledger::receipt>(1, book_, atom::commit_v, std::move(x)).get();
}

write_result book_client::close_account(ledger::account_closing x) const {
  return commit(plain(std::move(x)));
}

write_result book_client::reopen_account(ledger::account_reopening x) const {
  return commit(plain(std::move(x)));
}

write_result book_client::reverse(ledger::reversal x) const { return commit(plain(std::move(x))); }

std::future<write_result> book_client::commit_async(ledger::transaction x) const {
  return core_->commit(book_, std::move(x));
}

// -- several ------------------------------------------------------------------------------------

result<std::vector<write_result>> book_client::commit(std::vector<ledger::command> xs) const {
  return commit_async(std::move(xs)).get();
}

std::future<result<std::vector<write_result>>>
book_client::commit_async(std::vector<ledger::command> xs) const {
  auto items = xs.size();
  return core_->write_as<std::vector<outcome>>(to_results, items, book_, atom::commit_v,
                                               std::move(xs));
}

result<std::vector<write_result>>
book_client::commit_batch(std::vector<ledger::write> items) const {
  return submit_batch(std::move(items)).wait();
}

result<std::vector<ledger::receipt>>
book_client::commit_atomic(std::vector<ledger::write> items) const {
  return submit_atomic(std::move(items)).wait();
}

result<std::vector<write_result>> book_client::rehearse(std::vector<ledger::write> items,
                                                        bool atomic) const {
  auto count = items.size();
  return core_
      ->rehearse_as<std::vector<outcome>>(to_results, count, book_, atom::rehearse_v,
                                          write_batch{std::move(items), atomic})
      .get();
}

// -- without waiting ----------------------------------------------------------------------------

namespace {

/// Whether so many items more are within the share of the client's queue that is meant for this.
/// When nothing is in flight they are, as in `in_flight_items::admit`.
result<void> check_pressure(const client::core& core, std::size_t items) {
  auto capacity = core.in_flight().capacity();
  auto share = core.options().pressure_share;
  // All of a very large capacity is more than a double can be turned back from.
  auto limit =
      share < 1 ? static_cast<std::size_t>(static_cast<double>(capacity) * share) : capacity;
  auto queued = core.in_flight().count();
  if (queued == 0 || (queued <= limit && items <= limit - queued))
    return {};
  return fail(client::core::overloaded(limit));
}

} // namespace

ticket book_client::submit(ledger::transaction x) const {
  return ticket{commit_async(std::move(x))};
}

ticket book_client::submit(ledger::write x) const {
  return ticket{core_->write<ledger::receipt>(1, book_, atom::commit_v, std::move(x))};
}

batch_ticket book_client::submit_batch(std::vector<ledger::write> items) const {
  auto count = items.size();
  return batch_ticket{core_->write_as<std::vector<outcome>>(
      to_results, count, book_, atom::commit_v, write_batch{std::move(items), false})};
}

atomic_ticket book_client::submit_atomic(std::vector<ledger::write> items) const {
  auto count = items.size();
  return atomic_ticket{core_->write_as<std::vector<outcome>>(
      to_receipts, count, book_, atom::commit_v, write_batch{std::move(items), true})};
}

result<ticket> book_client::try_submit(ledger::transaction x) const {
  return check_pressure(*core_, 1).map([&] { return submit(std::move(x)); });
}

result<ticket> book_client::try_submit(ledger::write x) const {
  return check_pressure(*core_, 1).map([&] { return submit(std::move(x)); });
}

result<batch_ticket> book_client::try_submit_batch(std::vector<ledger::write> items) const {
  return check_pressure(*core_, items.size()).map([&] { return submit_batch(std::move(items)); });
}

result<atomic_ticket> book_client::try_submit_atomic(std::vector<ledger::write> items) const {
  return check_pressure(*core_, items.size()).map([&] { return submit_atomic(std::move(items)); });
}

} // namespace daybook
