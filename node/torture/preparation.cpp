#include "node/torture/preparation.hpp"

#include "node/torture/transfers.hpp"

#include <algorithm>
#include <deque>
#include <future>
#include <utility>
#include <vector>

namespace daybook::node::torture {

namespace {

constexpr std::uint64_t message_items = 1'000;
constexpr std::size_t in_flight_max = 8;

using answers = result<std::vector<book_client::write_result>>;

/// Messages on their way to a book, answered in order.
class pipeline {
public:
  pipeline(book_client book, const std::function<bool(std::uint64_t)>& on_progress)
      : book_(std::move(book)), on_progress_(on_progress) {}

  result<void> send(std::vector<ledger::command> xs) {
    waiting_.push_back(book_.commit_async(std::move(xs)));
    return waiting_.size() < in_flight_max ? result<void>{} : take();
  }

  result<void> drain() {
    while (!waiting_.empty())
      if (auto taken = take(); !taken)
        return taken;
    return {};
  }

private:
  result<void> take() {
    auto all = waiting_.front().get();
    waiting_.pop_front();
    if (!all)
      return fail(std::move(all.error()));
    for (auto& x : *all)
      if (!x)
        return fail(std::move(x.error()));
    if (!on_progress_(all->size()))
      return fail(ec::timed_out, "interrupted while the books were prepared");
    return {};
  }

  book_client book_;
  const std::function<bool(std::uint64_t)>& on_progress_;
  std::deque<std::future<answers>> waiting_;
};

/// Sends what `make` makes of the numbers from 0 to below `count`.
template <class Make>
result<void> send_all(pipeline& messages, std::uint64_t count, Make make) {
  for (std::uint64_t first = 0; first < count; first += message_items) {
    std::vector<ledger::command> xs;
    for (auto n = first; n < std::min(count, first + message_items); ++n)
      xs.emplace_back(make(n));
    if (auto sent = messages.send(std::move(xs)); !sent)
      return sent;
  }
  return messages.drain();
}

} // namespace

result<void> prepare_book(const client& node, const std::string& name,
                          const torture_options& options,
                          const std::function<bool(std::uint64_t)>& on_progress) {
  auto book = node.book(name);
  if (!book)
    return fail(std::move(book.error()));
  pipeline messages{*book, on_progress};
  ledger::asset_definition asset{asset_id, ledger::asset_class::other, 2, "torture"};
  if (auto registered = book->register_asset(asset); !registered)
    return fail(std::move(registered.error()));
  auto opened = send_all(messages, options.accounts,
                         [](std::uint64_t n) { return account_of(static_cast<std::uint32_t>(n)); });
  if (!opened)
    return opened;
  return send_all(messages, options.transactions, [&](std::uint64_t n) {
    key_id key{key_id::preloader, n};
    return transaction_of(key, transfer_of(options.seed, key, options.accounts));
  });
}

} // namespace daybook::node::torture
