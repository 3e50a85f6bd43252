#include "actors/keeper.hpp"

#include "actors/event_matcher.hpp"
#include "actors/filter_text.hpp"
#include "actors/guarded.hpp"
#include "actors/logging.hpp"
#include "actors/reads/unit_border.hpp"
#include "actors/snapshot_builder.hpp"
#include "base/names.hpp"
#include "log/cursor_file.hpp"

#include <algorithm>
#include <string>

namespace daybook::actors {

namespace {

caf::result<void> to_void_answer(result<void> x) {
  if (!x)
    return to_caf(std::move(x.error()));
  return caf::unit;
}

tl::unexpected<error> no_cursor(const std::string& name) {
  return fail(ec::not_found, "there is no cursor '" + printable(name) + "'", {{"what", name}});
}

result<cursor_info> info_of(const log::cursor_record& x) {
  auto filter = filter_of_text(x.filter);
  if (!filter)
    return fail(std::move(filter.error()).with("cursor", x.name));
  cursor_info info;
  info.name = x.name;
  info.filter = std::move(*filter);
  info.position = x.seq;
  info.stored_at = x.stored_at;
  return info;
}

/// A cursor's record, if there is one, of the right book.
result<std::optional<log::cursor_record>> load(const environment& env, const cursor_job& job,
                                               const std::string& name) {
  auto found = log::load_cursor(*env.storage, job.scan.directory, name);
  if (found && *found && (*found)->book != job.scan.id)
    return fail(ec::corrupt,
                "the cursor '" + name + "' is of another book: remove its file from " +
                    job.scan.directory,
                {{"file", job.scan.directory}, {"offset", "0"}});
  return found;
}

result<std::optional<cursor_info>> find_cursor(const environment& env, const cursor_job& job,
                                               const std::string& name) {
  auto found = load(env, job, name);
  if (!found)
    return fail(std::move(found.error()));
  if (!*found)
    return std::nullopt;
  return info_of(**found);
}

} // namespace

keeper_state::keeper_state(keeper_actor::pointer, std::shared_ptr<const environment> env)
    : env_(std::move(env)) {}

keeper_actor::behavior_type keeper_state::make_behavior() {
  return {
      [this](atom::snapshot, const snapshot_job& job) {
        return guarded([&] {
          return to_answer(env_->in_background([&] { return write_snapshot(*env_, job.scan); }));
        });
      },
      [this](atom::open_cursor, const cursor_job& job) {
        return guarded([&] { return to_answer(open_cursor(*env_, job)); });
      },
      [this](atom::store_cursor, const cursor_job& job) {
        return guarded([&] { return to_void_answer(store_cursor(*env_, job)); });
      },
      [this](atom::remove_cursor, const cursor_job& job) {
        return guarded([&] { return to_void_answer(remove_cursor(*env_, job)); });
      },
      [this](atom::cursors, const cursor_job& job) {
        return guarded([&] { return to_answer(list_cursors(*env_, job)); });
      },
  };
}

result<cursor_info> open_cursor(const environment& env, const cursor_job& job) {
  if (auto checked = check(job.asked.filter); !checked)
    return fail(std::move(checked.error()));
  auto found = load(env, job, job.asked.name);
  if (!found)
    return fail(std::move(found.error()));
  auto filter = to_text(job.asked.filter);
  if (*found && (*found)->filter != filter)
    return fail(ec::already_exists,
                "the cursor '" + job.asked.name +
                    "' is bound to another filter: take another name, or remove it first",
                {{"what", job.asked.name}});
  if (*found)
    return info_of(**found);
  auto start = std::max(job.asked.start, event_seq{1});
  if (auto begins = check_start(env, job.scan, start); !begins)
    return fail(std::move(begins.error()).with("field", "start"));
  log::cursor_record fresh{.name = job.asked.name,
                           .book = job.scan.id,
                           .seq = event_seq{start.value() - 1},
                           .filter = std::move(filter),
                           .stored_at = env.time->now()};
  if (auto stored = log::store_cursor(*env.storage, job.scan.directory, fresh); !stored)
    return fail(std::move(stored.error()));
  return info_of(fresh);
}

result<void> store_cursor(const environment& env, const cursor_job& job) {
  auto found = load(env, job, job.asked.name);
  if (!found)
    return fail(std::move(found.error()));
  if (!*found)
    return no_cursor(job.asked.name);
  if (auto ends = check_border(env, job.scan, job.position); !ends)
    return ends;
  (*found)->seq = job.position;
  (*found)->stored_at = env.time->now();
  return log::store_cursor(*env.storage, job.scan.directory, **found);
}

result<void> remove_cursor(const environment& env, const cursor_job& job) {
  auto removed = log::remove_cursor(*env.storage, job.scan.directory, job.asked.name);
  if (!removed)
    return fail(std::move(removed.error()));
  if (!*removed)
    return no_cursor(job.asked.name);
  return {};
}

result<std::vector<cursor_info>> list_cursors(const environment& env, const cursor_job& job) {
  auto names = log::list_cursors(*env.storage, job.scan.directory);
  if (!names)
    return fail(std::move(names.error()));
  std::vector<cursor_info> cursors;
  for (auto& name : *names) {
    auto info = find_cursor(env, job, name);
    if (!info && info.error().code() == ec::io)
      return fail(std::move(info.error()));
    if (!info)
      logger()->warn("cursor={} event=cursor_passed_over reason=\"{}\"", name,
                     to_string(info.error()));
    else if (*info) // else it was removed meanwhile
      cursors.push_back(std::move(**info));
  }
  return cursors;
}

} // namespace daybook::actors
