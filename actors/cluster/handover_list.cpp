#include "actors/cluster/handover_list.hpp"

#include "log/small_file.hpp"
#include "protocol/cluster_codec.hpp"

#include <algorithm>
#include <utility>

namespace daybook::actors {

namespace {

result<std::vector<handover>> load(const environment& env, std::string_view file) {
  auto bytes = log::read_small_file(*env.storage, env.directory->cluster_directory(), file);
  if (!bytes)
    return fail(std::move(bytes.error()));
  return *bytes ? protocol::decode_handovers(**bytes) : std::vector<handover>{};
}

} // namespace

std::vector<handover> handover_list::all() const {
  std::lock_guard guard{mutex_};
  return all_;
}

std::optional<handover> handover_list::of_book(const std::string& book) const {
  std::lock_guard guard{mutex_};
  auto found = std::ranges::find(all_, book, &handover::book);
  return found == all_.end() ? std::nullopt : std::optional{*found};
}

bool handover_list::contains(const handover& x) const {
  std::lock_guard guard{mutex_};
  return std::ranges::find(all_, x) != all_.end();
}

result<void> handover_list::add(const environment& env, handover x) {
  auto next = all();
  if (next.size() >= length_max)
    return fail(ec::limit_exceeded, "too many books are on their way",
                {{"what", "handovers"}, {"limit", std::to_string(length_max)}});
  next.push_back(std::move(x));
  return store(env, std::move(next));
}

result<void> handover_list::remove(const environment& env, const handover& x) {
  auto next = all();
  if (std::erase(next, x) == 0)
    return {};
  return store(env, std::move(next));
}

result<void> handover_list::store(const environment& env, std::vector<handover> next) {
  byte_buffer bytes;
  protocol::encode(next, bytes);
  auto written =
      log::write_small_file(*env.storage, env.directory->cluster_directory(), file_, bytes);
  if (!written)
    return written;
  std::lock_guard guard{mutex_};
  all_ = std::move(next);
  return {};
}

result<std::shared_ptr<known_handovers>> load_handovers(const environment& env,
                                                        const std::vector<std::string>& books) {
  auto offers = load(env, handover_list::offers);
  if (!offers)
    return fail(std::move(offers.error()));
  auto arrivals = load(env, handover_list::arrivals);
  if (!arrivals)
    return fail(std::move(arrivals.error()));
  // A book that is named here and is there may have come with a rename that nobody synced.
  if (!arrivals->empty())
    if (auto synced = env.storage->sync_directory(env.directory->books_directory()); !synced)
      return fail(std::move(synced.error()));
  std::shared_ptr<known_handovers> known{new known_handovers{
      {handover_list::offers, std::move(*offers)}, {handover_list::arrivals, *arrivals}}};
  for (auto& x : *arrivals)
    if (std::ranges::find(books, x.book) == books.end())
      if (auto removed = known->arrivals.remove(env, x); !removed)
        return fail(std::move(removed.error()));
  return known;
}

} // namespace daybook::actors
