#include "tests/simulation/interposing.hpp"

#include "actors/errors.hpp"

namespace daybook::simulation {

using namespace actors;

namespace {

/// Asks the real one, and answers what `change` makes of its answer. `on_error` answers the promise
/// when there is none.
template <class Answer, class Self, class Real, class Word, class Job, class Change, class OnError>
caf::result<Answer> ask_and_change(Self* self, const Real& real, Word word, const Job& job,
                                   Change change, OnError on_error) {
  auto promise = self->template make_response_promise<Answer>();
  self->request(real, caf::infinite, word, job)
      .then(
          [promise, change](Answer& x) mutable {
            change(x);
            promise.deliver(std::move(x));
          },
          [promise, on_error](caf::error& reason) mutable { on_error(promise, reason); });
  return promise;
}

template <class Answer, class Self, class Real, class Word, class Job, class Change>
caf::result<Answer> ask_and_change(Self* self, const Real& real, Word word, const Job& job,
                                   Change change) {
  return ask_and_change<Answer>(self, real, word, job, change, [](auto& promise, auto& reason) {
    promise.deliver(std::move(reason));
  });
}

} // namespace

disk_actor lying_disk(caf::actor_system& system, const disk_actor& real, disk_lies lies) {
  return system.spawn([=](disk_actor::pointer self) -> disk_actor::behavior_type {
    self->link_to(real);
    return {
        [=](atom::open, const open_job& job) -> caf::result<opened_book> {
          if (!lies.opened)
            return self->delegate(real, atom::open_v, job);
          return ask_and_change<opened_book>(self, real, atom::open_v, job, lies.opened);
        },
        [=](atom::append, const append_job& job) -> caf::result<appended> {
          if (lies.append)
            return lies.append(self, real, job);
          if (!lies.no_append)
            return self->delegate(real, atom::append_v, job);
          return ask_and_change<appended>(
              self, real, atom::append_v, job, [](appended&) {},
              [=](auto& promise, caf::error&) {
                auto lie = lies.no_append(job);
                lie ? promise.deliver(*lie) : promise.deliver(to_caf(std::move(lie.error())));
              });
        },
        [=](atom::close, const close_job& job) -> caf::result<void> {
          return lies.close ? lies.close(self, real, job)
                            : self->delegate(real, atom::close_v, job);
        },
        [=](atom::refresh, const refresh_job& job) -> caf::result<void> {
          return self->delegate(real, atom::refresh_v, job);
        },
        [=](atom::probe, const probe_job& job) -> caf::result<void> {
          if (lies.probe)
            return to_caf(*lies.probe);
          return self->delegate(real, atom::probe_v, job);
        },
    };
  });
}

reader_actor lying_reader(caf::actor_system& system, const reader_actor& real, reader_lies lies) {
  return system.spawn([=](reader_actor::pointer self) -> reader_actor::behavior_type {
    self->link_to(real);
    return {
        [=](atom::events, const events_job& job) -> caf::result<events_page> {
          return ask_and_change<events_page>(self, real, atom::events_v, job, [=](auto& x) {
            if (lies.events)
              lies.events(job, x);
          });
        },
        [=](atom::history, const history_job& job) -> caf::result<history_page> {
          return ask_and_change<history_page>(self, real, atom::history_v, job, [=](auto& x) {
            if (lies.history)
              lies.history(job, x);
          });
        },
        [=](atom::facts, const facts_job& job) -> caf::result<facts_answer> {
          auto change = [=](facts_answer& x) {
            if (lies.facts)
              lies.facts(x);
          };
          return ask_and_change<facts_answer>(
              self, real, atom::facts_v, job, change, [=](auto& promise, caf::error& reason) {
                auto lie = lies.no_facts ? lies.no_facts(job) : std::nullopt;
                lie ? promise.deliver(std::move(*lie)) : promise.deliver(std::move(reason));
              });
        },
        [=](atom::receipts, const receipts_job& job) -> caf::result<std::vector<ledger::receipt>> {
          return self->delegate(real, atom::receipts_v, job);
        },
        [=](atom::balance, const balance_job& job) -> caf::result<account_view> {
          auto asked = job;
          if (lies.balance)
            lies.balance(asked);
          return self->delegate(real, atom::balance_v, asked);
        },
        [=](atom::accounts, const accounts_job& job) -> caf::result<accounts_page> {
          return self->delegate(real, atom::accounts_v, job);
        },
        [=](atom::trial_balance,
            const trial_balance_job& job) -> caf::result<std::vector<trial_balance_view>> {
          return self->delegate(real, atom::trial_balance_v, job);
        },
        [=](atom::ancestors, const ancestors_job& job) -> caf::result<std::vector<recorded_event>> {
          return self->delegate(real, atom::ancestors_v, job);
        },
    };
  });
}

indexer_actor lying_indexer(caf::actor_system& system, const indexer_actor& real, spill_lie lie) {
  return system.spawn([=](indexer_actor::pointer self) -> indexer_actor::behavior_type {
    self->link_to(real);
    return {
        [=](atom::follow, const follow_job& job) -> caf::result<void> {
          return self->delegate(real, atom::follow_v, job);
        },
        [=](atom::spill, const spill_job& job) -> caf::result<void> {
          if (!lie(job))
            return caf::unit;
          return self->delegate(real, atom::spill_v, job);
        },
        [=](atom::load_checkpoint, const checkpoint_job& job) -> caf::result<checkpoint> {
          return self->delegate(real, atom::load_checkpoint_v, job);
        },
        [=](atom::store_checkpoint, const checkpoint_job& job) -> caf::result<void> {
          return self->delegate(real, atom::store_checkpoint_v, job);
        },
    };
  });
}

keeper_actor lying_keeper(caf::actor_system& system, const keeper_actor& real, keeper_lies lies) {
  return system.spawn([=](keeper_actor::pointer self) -> keeper_actor::behavior_type {
    self->link_to(real);
    return {
        [=](atom::snapshot, const snapshot_job& job) -> caf::result<snapshot_info> {
          return ask_and_change<snapshot_info>(self, real, atom::snapshot_v, job, [=](auto&) {
            if (lies.written)
              lies.written(job);
          });
        },
        [=](atom::open_cursor, const cursor_job& job) -> caf::result<cursor_info> {
          return self->delegate(real, atom::open_cursor_v, job);
        },
        [=](atom::store_cursor, const cursor_job& job) -> caf::result<void> {
          if (lies.store_cursor && !lies.store_cursor(job))
            return caf::unit;
          return self->delegate(real, atom::store_cursor_v, job);
        },
        [=](atom::remove_cursor, const cursor_job& job) -> caf::result<void> {
          return self->delegate(real, atom::remove_cursor_v, job);
        },
        [=](atom::cursors, const cursor_job& job) -> caf::result<std::vector<cursor_info>> {
          return self->delegate(real, atom::cursors_v, job);
        },
    };
  });
}

subscriber_actor lying_subscription(caf::actor_system& system, const subscriber_actor& real,
                                    delivery_lie lie) {
  return system.spawn([=](subscriber_actor::pointer self) -> subscriber_actor::behavior_type {
    self->link_to(real);
    return {
        [=](atom::deliver, const delivery& x) -> caf::result<void> {
          for (auto& told : lie(x))
            self->send(real, atom::deliver_v, told);
          return caf::unit;
        },
        [=](atom::ended, const error& x) { self->send(real, atom::ended_v, x); },
    };
  });
}

} // namespace daybook::simulation
