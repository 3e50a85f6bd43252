#include "actors/client_core.hpp"

#include "actors/node_system.hpp"

#include <caf/io/all.hpp>

#include <algorithm>
#include <utility>

namespace daybook {

using namespace actors;

namespace {

/// A client with a system of its own.
class owning_core final : public client::core {
public:
  owning_core(std::unique_ptr<node_system> system, supervisor_actor node, client_options options,
              bool stops_node)
      : core(system->get(), std::move(node), options),
        system_(std::move(system)),
        stops_node_(stops_node) {}

  ~owning_core() override {
    if (stops_node_)
      ask<void>(ec::io, node(), atom::stop_v).wait();
    disconnect();
  }

private:
  std::unique_ptr<node_system> system_;
  bool stops_node_;
};

result<std::vector<book_client::write_result>> to_results(std::vector<outcome> xs) {
  std::vector<book_client::write_result> results;
  results.reserve(xs.size());
  for (auto& x : xs) {
    if (auto* accepted = std::get_if<ledger::receipt>(&x))
      results.emplace_back(std::move(*accepted));
    else
      results.emplace_back(fail(std::move(std::get<error>(x))));
  }
  return results;
}

} // namespace

// -- core ---------------------------------------------------------------------------------------

client::core::core(caf::actor_system& system, supervisor_actor node, client_options options)
    : node_(std::move(node)),
      options_(options),
      gateway_(system.spawn<gateway_actor::stateful_impl<gateway_state>>()) {}

client::core::~core() { disconnect(); }

void client::core::disconnect() {
  if (gateway_)
    caf::anon_send_exit(gateway_, caf::exit_reason::user_shutdown);
  gateway_ = nullptr;
  node_ = nullptr;
}

void client::core::post(std::function<void(gateway_state&)> run) const {
  caf::anon_send(gateway_, client_call{std::move(run)});
}

// -- client -------------------------------------------------------------------------------------

result<client> client::open(node_options options, client_options client_opts) {
  auto system = node_system::start();
  auto node = spawn_node(system->get(), std::move(options));
  if (!node)
    return fail(std::move(node.error()));
  return client{std::make_shared<owning_core>(std::move(system), *node, client_opts, true)};
}

result<client> client::connect(const std::string& host, std::uint16_t port,
                               client_options options) {
  auto system = node_system::start();
  auto node = connect_node(system->get(), host, port);
  if (!node)
    return fail(std::move(node.error()));
  return client{std::make_shared<owning_core>(std::move(system), *node, options, false)};
}

client::client(caf::actor_system& system, supervisor_actor node, client_options options)
    : core_(std::make_shared<core>(system, std::move(node), options)) {}

result<book_client> client::book(const std::string& name, open_mode mode) const {
  auto handle = core_->ask<book_actor>(ec::io, core_->node(), atom::open_v, name, mode).get();
  if (!handle)
    return fail(std::move(handle.error()));
  return book_client{core_, std::move(*handle)};
}

result<std::vector<book_info>> client::books() const {
  return core_->ask<std::vector<book_info>>(ec::io, core_->node(), atom::books_v).get();
}

result<void> client::stop_book(const std::string& name) const {
  return core_->ask<void>(ec::io, core_->node(), atom::stop_v, name).get();
}

// -- one book: writing --------------------------------------------------------------------------

book_client::write_result book_client::commit(ledger::transaction x) const {
  return commit_async(std::move(x)).get();
}

book_client::write_result book_client::register_asset(ledger::asset_definition x) const {
  return core_->ask<ledger::receipt>(ec::outcome_unknown, book_, atom::commit_v, std::move(x))
      .get();
}

book_client::write_result book_client::open_account(ledger::account_definition x) const {
  return core_->ask<ledger::receipt>(ec::outcome_unknown, book_, atom::commit_v, std::move(x))
      .get();
}

std::future<book_client::write_result> book_client::commit_async(ledger::transaction x) const {
  return core_->ask<ledger::receipt>(ec::outcome_unknown, book_, atom::commit_v, std::move(x));
}

result<std::vector<book_client::write_result>>
book_client::commit(std::vector<ledger::command> xs) const {
  return commit_async(std::move(xs)).get();
}

std::future<result<std::vector<book_client::write_result>>>
book_client::commit_async(std::vector<ledger::command> xs) const {
  return core_->ask_as<std::vector<outcome>>(to_results, ec::outcome_unknown, book_, atom::commit_v,
                                             std::move(xs));
}

// -- one book: reading --------------------------------------------------------------------------

result<account_view> book_client::balance(const std::string& path) const {
  return core_->ask<account_view>(ec::io, book_, atom::balance_v, path).get();
}

result<std::vector<account_view>> book_client::accounts(const std::string& prefix) const {
  std::vector<account_view> all;
  for (std::optional<account_no> from{0}; from;) {
    accounts_query query{prefix, *from, page_items_max};
    auto page = core_->ask<accounts_page>(ec::io, book_, atom::accounts_v, query).get();
    if (!page)
      return fail(std::move(page.error()));
    std::ranges::move(page->items, std::back_inserter(all));
    from = page->next;
  }
  std::ranges::sort(all, {}, [](auto& x) -> auto& { return x.definition.path; });
  return all;
}

result<std::vector<ledger::asset_definition>> book_client::assets() const {
  return core_->ask<std::vector<ledger::asset_definition>>(ec::io, book_, atom::assets_v).get();
}

result<std::vector<trial_balance_view>> book_client::trial_balance() const {
  return core_->ask<std::vector<trial_balance_view>>(ec::io, book_, atom::trial_balance_v).get();
}

result<events_page> book_client::events(events_query query) const {
  return core_->ask<events_page>(ec::io, book_, atom::events_v, query).get();
}

result<history_page> book_client::history(history_query query) const {
  return core_->ask<history_page>(ec::io, book_, atom::history_v, std::move(query)).get();
}

result<book_status> book_client::status() const {
  return core_->ask<book_status>(ec::io, book_, atom::status_v).get();
}

} // namespace daybook
