#include "ledger/path_index.hpp"

#include "ledger/chart.hpp"

#include <xxhash.h>

namespace daybook::ledger {

bool path_index::equal::operator()(const slot& x, const wanted& y) const {
  return x.hash == y.hash && (*entries)[x.account.value()].path() == y.path;
}

path_index::path_index(const stable_vector<account_entry>& entries, std::uint64_t seed)
    : seed_(seed), slots_(0, hasher{}, equal{&entries}) {}

path_index::wanted path_index::look_for(std::string_view path) const {
  return {static_cast<std::uint32_t>(XXH3_64bits_withSeed(path.data(), path.size(), seed_)), path};
}

std::optional<account_no> path_index::find(std::string_view path) const {
  auto i = slots_.find(look_for(path));
  return i == slots_.end() ? std::nullopt : std::optional{i->account};
}

bool path_index::add(std::string_view path, account_no n) {
  auto key = look_for(path);
  auto is_new = false;
  slots_.lazy_emplace(key, [&](const auto& make) {
    make(slot{key.hash, n});
    is_new = true;
  });
  return is_new;
}

void path_index::remove(std::string_view path) { slots_.erase(slots_.find(look_for(path))); }

} // namespace daybook::ledger
