// What a book answers from its durable state, and what it has a reader find in the log.

#include "actors/book_asking.hpp"
#include "actors/errors.hpp"
#include "actors/event_matcher.hpp"
#include "base/names.hpp"

#include <algorithm>

namespace daybook::actors {

namespace {

std::uint32_t page_size(std::uint32_t asked) {
  return std::clamp<std::uint32_t>(asked, 1, page_items_max);
}

} // namespace

account_view book_state::view_of(account_no n) const {
  auto [value, updated_seq] = machine_.balance_of(n);
  return {chart_->definition_of(n), chart_->asset_of(n).definition.precision, value, updated_seq, n,
          machine_.is_closed(n)};
}

caf::result<account_view> book_state::on_balance(const std::string& path) const {
  auto n = machine_.find_account(path);
  if (!n)
    return to_caf(std::move(n.error()));
  return view_of(*n);
}

caf::result<accounts_page> book_state::on_balances(const std::vector<std::string>& paths) const {
  if (paths.size() > page_items_max)
    return to_caf({ec::limit_exceeded,
                   "at most " + std::to_string(page_items_max) + " accounts at a time",
                   {{"what", "accounts"},
                    {"limit", std::to_string(page_items_max)},
                    {"would_be", std::to_string(paths.size())}}});
  accounts_page page{{}, {}, machine_.durable_seq()};
  page.items.reserve(paths.size());
  for (auto& path : paths) {
    auto n = machine_.find_account(path);
    if (!n)
      return to_caf(std::move(n.error()));
    page.items.push_back(view_of(*n));
  }
  return page;
}

/// Memory has the accounts as they are. What has changed since the moment is found by a reader.
caf::result<accounts_page> book_state::on_accounts(const accounts_query& query) {
  auto end = std::min<std::uint64_t>(machine_.accounts(),
                                     std::uint64_t{query.from.value()} + page_size(query.limit));
  std::vector<account_no> wanted;
  for (auto n = query.from; n.value() < end; n = n.next())
    if (path_is_within(query.prefix, (*chart_)[n].path()))
      wanted.push_back(n);
  std::optional<account_no> next;
  if (end < machine_.accounts())
    next = account_no{static_cast<std::uint32_t>(end)};
  if (query.at.is_now() || (query.at.seq == machine_.durable_seq() && !query.at.time)) {
    accounts_page page{{}, next, machine_.durable_seq()};
    for (auto n : wanted)
      page.items.push_back(view_of(n));
    return page;
  }
  accounts_job job{here(), {}, next, query.at};
  for (auto n : wanted) {
    auto now = view_of(n);
    auto changed_at = std::max(now.updated_seq, machine_.lifecycle_of(n).changed_at);
    job.rows.push_back({std::move(now), changed_at});
  }
  return ask_when_indexed<accounts_page>(atom::accounts_v, std::move(job));
}

std::vector<ledger::asset_definition> book_state::on_assets() const {
  std::vector<ledger::asset_definition> assets;
  for (asset_no n; n.value() < machine_.assets(); n = n.next())
    assets.push_back((*chart_)[n].definition);
  return assets;
}

std::vector<trial_balance_view> book_state::on_trial_balance() const {
  std::vector<trial_balance_view> rows;
  for (auto& row : machine_.trial_balance()) {
    auto& asset = (*chart_)[row.asset].definition;
    rows.push_back({asset.id, asset.precision, row.debit_turnover, row.credit_turnover,
                    row.debit_balances, row.credit_balances});
  }
  return rows;
}

// -- the past -----------------------------------------------------------------------------------

caf::result<account_view> book_state::on_balance_at(const std::string& path, const moment& at) {
  if (at.is_now())
    return on_balance(path);
  auto account = machine_.find_account(path);
  if (!account)
    return to_caf(std::move(account.error()));
  return ask_when_indexed<account_view>(atom::balance_v, balance_job{here(), *account, at});
}

caf::result<std::vector<trial_balance_view>> book_state::on_trial_balance_at(const moment& at) {
  if (at.is_now())
    return on_trial_balance();
  auto assets = static_cast<std::uint32_t>(machine_.assets());
  return ask_when_indexed<std::vector<trial_balance_view>>(atom::trial_balance_v,
                                                           trial_balance_job{here(), assets, at});
}

error book_state::yet_to_come(const char* field, event_seq asked) const {
  auto durable = std::to_string(machine_.durable_seq().value());
  return {ec::invalid_argument,
          "event " + std::to_string(asked.value()) + " is yet to come: the last one is " + durable,
          {{"field", field}, {"durable", durable}}};
}

caf::result<events_page> book_state::on_events(const events_query& query) {
  auto from = std::max(query.from, event_seq{1});
  auto end = machine_.durable_seq().next();
  if (from > end)
    return to_caf(yet_to_come("from", from));
  if (from == end)
    return events_page{};
  return ask_reader<events_page>(atom::events_v, events_job{here(), from, page_size(query.limit)});
}

caf::result<history_page> book_state::on_history(const history_query& query) {
  auto account = machine_.find_account(query.account);
  if (!account)
    return to_caf(std::move(account.error()));
  if (query.after > machine_.durable_seq())
    return to_caf(yet_to_come("after", query.after));
  return ask_when_indexed<history_page>(
      atom::history_v, history_job{here(), *account, query.after, page_size(query.limit)});
}

result<event_seq> book_state::own_event(const transaction_id& id) const {
  if (id.book != machine_.id() || id.seq == event_seq{} || id.seq > machine_.durable_seq())
    return fail(ec::not_found, "there is no event " + to_string(id) + " in this book",
                {{"what", to_string(id)}});
  return id.seq;
}

caf::result<recorded_event> book_state::on_transaction(const transaction_id& id) {
  auto seq = own_event(id);
  if (!seq)
    return to_caf(std::move(seq.error()));
  auto token = admit_read();
  if (!token)
    return to_caf(std::move(token.error()));
  auto promise = self_->make_response_promise<recorded_event>();
  find_event(promise, *seq, std::move(*token));
  return promise;
}

caf::result<recorded_event> book_state::on_transaction_by_key(const std::string& key) {
  if (auto valid = check_label("key", key); !valid)
    return to_caf(std::move(valid.error()));
  auto token = admit_read();
  if (!token)
    return to_caf(std::move(token.error()));
  auto promise = self_->make_response_promise<recorded_event>();
  auto hash = machine_.hash_of_key(key);
  auto answer = [this, promise, key, token = *token](const ledger::first_use* found) mutable {
    if (found && found->seq <= machine_.durable_seq())
      return find_event(promise, found->seq, std::move(token));
    promise.deliver(to_caf({ec::not_found,
                            "no transaction has the key '" + printable(key) + "'",
                            {{"what", printable(key)}}}));
  };
  if (auto* found = machine_.find_key(hash)) {
    answer(found);
    return promise;
  }
  auto asked = std::make_shared<ledger::questions>();
  asked->keys.push_back(hash);
  self_
      ->request(neighbours_.reader, caf::infinite, atom::facts_v,
                facts_job{here(), asked, machine_.keys_gone()})
      .then(
          [answer, hash](const facts_answer& x) mutable {
            auto found = x.known->keys.find(hash);
            auto is_known = found != x.known->keys.end() && found->second;
            answer(is_known ? &*found->second : nullptr);
          },
          [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

/// One event, not the rest of its unit.
void book_state::find_event(caf::typed_response_promise<recorded_event> promise, event_seq seq,
                            std::shared_ptr<void> token) {
  self_
      ->request(neighbours_.reader, caf::infinite, atom::events_v,
                events_job{scan_to(seq), seq, 1, true})
      .then(
          [promise, seq, token](events_page& page) mutable {
            if (!page.items.empty())
              return promise.deliver(std::move(page.items.front()));
            promise.deliver(
                to_caf({ec::corrupt,
                        "event " + std::to_string(seq.value()) + " is durable and not in the log",
                        {{"seq", std::to_string(seq.value())}}}));
          },
          [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
}

caf::result<std::vector<recorded_event>> book_state::on_ancestors(const transaction_id& id,
                                                                  std::uint32_t limit) {
  if (limit > ancestors_max)
    return to_caf({ec::limit_exceeded,
                   "at most " + std::to_string(ancestors_max) +
                       " ancestors at a time: ask for those of the last one then",
                   {{"what", "ancestors"},
                    {"limit", std::to_string(ancestors_max)},
                    {"would_be", std::to_string(limit)}}});
  auto seq = own_event(id);
  if (!seq)
    return to_caf(std::move(seq.error()));
  return ask_reader<std::vector<recorded_event>>(atom::ancestors_v,
                                                 ancestors_job{here(), *seq, limit});
}

// -- asking others ------------------------------------------------------------------------------

result<std::shared_ptr<void>> book_state::admit_read() {
  if (auto token = reads_.take())
    return token;
  return fail(ec::overloaded,
              "too many questions wait for this book's reader: ask again when some are answered",
              {{"what", "reads"}, {"limit", std::to_string(reads_.max())}});
}

template <class Answer, class Word, class Job>
caf::result<Answer> book_state::ask_reader(Word word, Job job) {
  auto token = admit_read();
  if (!token)
    return to_caf(std::move(token.error()));
  return have_done<Answer>(neighbours_.reader, word, std::move(job), std::move(*token));
}

/// Never a stale answer: the index has come to where the book was when it was asked.
template <class Answer, class Word, class Job>
caf::result<Answer> book_state::ask_when_indexed(Word word, Job job) {
  auto token = admit_read();
  if (!token)
    return to_caf(std::move(token.error()));
  auto promise = self_->make_response_promise<Answer>();
  when_indexed(job.scan.last, [this, promise, word, job, token = *token]() mutable {
    job.scan.indexed = has_index_ ? indexed_ : event_seq{};
    forward(promise, neighbours_.reader, word, std::move(job), std::move(token));
  });
  return promise;
}

void book_state::when_indexed(event_seq seq, std::function<void()> run) {
  if (!has_index_ || indexed_ >= seq)
    run();
  else
    waiting_for_index_.push_back({seq, std::move(run)});
}

/// Zero says that there is no index for now: the log has everything.
void book_state::on_indexed(event_seq seq) {
  has_index_ = seq != event_seq{};
  indexed_ = seq;
  gauges_->set_indexed(seq);
  for (auto& read : std::exchange(waiting_for_index_, {}))
    when_indexed(read.seq, std::move(read.run));
}

// -- positions ----------------------------------------------------------------------------------

book_status book_state::on_status() const {
  auto status = counters_;
  auto now = on_frontier();
  status.accepted = now.accepted;
  status.durable = machine_.durable_seq();
  status.accounts = machine_.accounts();
  status.assets = machine_.assets();
  status.indexed = indexed_;
  status.snapshot = snapshot_;
  status.hot_keys = machine_.hot_keys();
  status.subscriptions = subscriptions_.size();
  status.subscription_lag = gauges_->followers_lag().events_max;
  for (auto& mark : now.applied)
    if (mark.seq < now.durable)
      status.applied_lag = std::max(status.applied_lag, now.durable.value() - mark.seq.value());
  status.read_only = env_->options.read_only;
  if (is_fenced())
    status.fence_until = fence_->until;
  return status;
}

/// The bounds are those of `admit`.
book_pressure book_state::on_pressure() const {
  auto& bounds = env_->options.batch;
  book_pressure fullest;
  auto look_at = [&fullest](const char* what, std::uint64_t queued, std::uint64_t capacity) {
    auto share = static_cast<double>(queued) / static_cast<double>(capacity);
    if (fullest.what.empty() || share > fullest.share)
      fullest = {what, queued, capacity, share};
  };
  look_at("events", machine_.staged_events() + queue_.items(), bounds.events_max);
  look_at("bytes", staging_->payload.size(), bounds.bytes_max);
  look_at("answers", waiting_answers(), answers_per_event * bounds.events_max);
  return fullest;
}

std::size_t book_state::waiting_answers() const {
  return staging_replies_.items() + in_flight_replies_.items() + queue_.items() + repeats_;
}

log_scan book_state::here() const { return scan_to(machine_.durable_seq()); }

log_scan book_state::scan_to(event_seq last) const {
  return {.directory = book_->directory,
          .name = book_->name,
          .chart = chart_,
          .id = machine_.id(),
          .last = last,
          .indexed = has_index_ ? indexed_ : event_seq{},
          .live = book_->log ? book_->log->places() : nullptr};
}

} // namespace daybook::actors
