#include "actors/disk.hpp"

#include "actors/guarded.hpp"
#include "actors/logging.hpp"
#include "actors/node_metrics.hpp"
#include "base/check.hpp"
#include "log/space_probe.hpp"

#include <chrono>

namespace daybook::actors {

namespace {

using steady = std::chrono::steady_clock;

} // namespace

disk_state::disk_state(disk_actor::pointer, std::shared_ptr<const environment> env)
    : env_(std::move(env)) {}

disk_actor::behavior_type disk_state::make_behavior() {
  return {
      [this](atom::open, const open_job& job) { return guarded([&] { return on_open(job); }); },
      [this](atom::append, const append_job& job) {
        return guarded([&] { return on_append(job); });
      },
      [this](atom::close, const close_job& job) { return guarded([&] { return on_close(job); }); },
      [this](atom::refresh, const refresh_job& job) {
        return guarded([&] { return on_refresh(job); });
      },
      [this](atom::probe, const probe_job& job) { return guarded([&] { return on_probe(job); }); },
  };
}

caf::result<opened_book> disk_state::on_open(const open_job& job) {
  auto began = steady::now();
  auto book = env_->in_background([&] { return recover_book(*env_, job.name, job.create); });
  // Beside another writer what is read would be out of date soon, and nobody would say so.
  if (!book && job.to_read && book.error().code() != ec::locked)
    if (auto readable = env_->in_background([&] { return read_book(*env_, job.name); })) {
      logger()->warn("book={} event=opened_to_be_read reason=\"{}\"", job.name,
                     to_string(book.error()));
      book = std::move(readable);
    }
  if (!book)
    return to_caf(std::move(book.error()));
  if (auto& cut = (*book)->report.cut)
    logger()->warn("book={} event=cut_incomplete_batch file={} offset={} bytes={}", job.name,
                   cut->file, cut->offset, cut->bytes);
  env_->metrics->on_opened(steady::now() - began);
  return opened_book{std::move(*book)};
}

caf::result<appended> disk_state::on_append(const append_job& job) {
  DAYBOOK_INVARIANT(job.book->log != nullptr);
  auto& batch = *job.batch;
  auto began = steady::now();
  auto written = job.book->log->append(
      {batch.info.first_seq, batch.events, batch.info.committed_at, batch.payload});
  if (!written) {
    env_->metrics->on_append_failed();
    return to_caf(std::move(written.error()));
  }
  env_->metrics->on_appended(steady::now() - began);
  return appended{written->chain, written->bytes, written->syncs};
}

caf::result<void> disk_state::on_close(const close_job& job) {
  if (job.book && job.book->log)
    job.book->log->close();
  return caf::unit;
}

caf::result<void> disk_state::on_refresh(const refresh_job& job) {
  if (auto refreshed = refresh(*env_, *job.book); !refreshed)
    return to_caf(std::move(refreshed.error()));
  return caf::unit;
}

caf::result<void> disk_state::on_probe(const probe_job& job) {
  if (auto probed = log::probe_space(*env_->storage, job.directory); !probed)
    return to_caf(std::move(probed.error()));
  return caf::unit;
}

} // namespace daybook::actors
