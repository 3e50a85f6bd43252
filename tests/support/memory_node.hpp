#pragma once

#include "log/format.hpp"
#include "tests/support/memory_storage.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <vector>

namespace daybook::test {

/// A file or a directory of a `memory_storage`: what programs see of it, and what is durable.
struct memory_storage::node {
  static constexpr auto sector_bytes = log::sector_bytes;
  static constexpr std::uint64_t block_bytes = 4096; ///< of the file system
  /// Decides what a crash leaves: by chance, or always the same.
  struct dice {
    std::mt19937_64 random;
    std::optional<bool> always = std::nullopt;

    bool toss() { return always.value_or((random() & 1) != 0); }
  };
  using entry_kind = log::entry_kind;
  using entries = std::map<std::string, std::shared_ptr<node>>;

  entry_kind kind = entry_kind::file;
  std::shared_ptr<int> lock_owner;

  // -- a file
  byte_buffer cached;
  byte_buffer durable;
  std::set<std::uint64_t> dirty; ///< sectors
  /// The smallest size that an unsynced truncation gave the file.
  std::optional<std::uint64_t> cut;

  // -- a directory
  entries names;
  entries durable_names;
  /// Each is atomic; null removes the name.
  std::vector<entries> changes;

  void write(std::uint64_t offset, byte_span bytes) {
    if (bytes.empty())
      return;
    cached.resize(std::max<std::size_t>(cached.size(), offset + bytes.size()));
    std::ranges::copy(bytes, cached.begin() + static_cast<std::ptrdiff_t>(offset));
    for (auto s = offset / sector_bytes; s * sector_bytes < offset + bytes.size(); ++s)
      dirty.insert(s);
  }

  /// The rest of the last block is zeroed in the cache, like an ordinary write.
  void truncate(std::uint64_t size) {
    if (size < cached.size()) {
      cut = std::min(cut.value_or(size), size);
      dirty.erase(dirty.upper_bound(size / sector_bytes), dirty.end());
      for (auto s = size / sector_bytes; s * sector_bytes < after_cut(); ++s)
        dirty.insert(s);
    }
    cached.resize(size);
  }

  std::uint64_t after_cut() const { return (*cut + block_bytes - 1) / block_bytes * block_bytes; }

  /// Writes one sector of the cache to the device, as far as the device's file reaches.
  void write_back(std::uint64_t sector) {
    auto from = sector * sector_bytes;
    for (auto i = from; i < from + sector_bytes && i < durable.size(); ++i)
      durable[i] = i < cached.size() ? cached[i] : std::byte{0};
  }

  void sync() {
    if (cut)
      durable.resize(std::min<std::size_t>(durable.size(), *cut));
    durable.resize(cached.size());
    for (auto s : dirty)
      write_back(s);
    dirty.clear();
    cut.reset();
  }

  /// Sizes are the journal's business and are not lost.
  void fail_sync(dice& random) {
    if (cut)
      durable.resize(std::min<std::size_t>(durable.size(), *cut));
    durable.resize(cached.size());
    for (auto s : dirty)
      if (random.toss())
        write_back(s);
    dirty.clear();
    cut.reset();
  }

  /// A file whose cut was lost still has its old blocks: what was written behind the cut went to
  /// blocks that nothing points to.
  void crash_file(dice& random) {
    auto cut_kept = !cut || random.toss();
    if (cut && cut_kept)
      durable.resize(std::min<std::size_t>(durable.size(), *cut));
    if (cut_kept && cached.size() > durable.size() && random.toss()) {
      auto growth = cached.size() - durable.size();
      durable.resize(random.toss() ? cached.size()
                                   : durable.size() + random.random() % (growth + 1));
    }
    for (auto s : dirty)
      if ((cut_kept || s * sector_bytes < after_cut()) && random.toss())
        write_back(s);
    cached = durable;
    dirty.clear();
    cut.reset();
  }

  void crash(dice& random) {
    lock_owner.reset();
    if (kind == entry_kind::file)
      return crash_file(random);
    for (auto& change : changes)
      if (random.toss())
        apply(change, durable_names);
    changes.clear();
    names = durable_names;
    for (auto& [name, child] : names)
      child->crash(random);
  }

  static void apply(const entries& change, entries& to) {
    for (auto& [name, child] : change)
      if (child)
        to[name] = child;
      else
        to.erase(name);
  }

  /// The whole tree below. `copies` has those made already: a node may have several names.
  std::shared_ptr<node> copy(std::map<const node*, std::shared_ptr<node>>& copies) const {
    auto& to = copies[this];
    if (to)
      return to;
    auto made = to = std::make_shared<node>(*this);
    made->lock_owner.reset();
    auto copy_all = [&](entries& all) {
      for (auto& [name, child] : all)
        child = child ? child->copy(copies) : nullptr;
    };
    copy_all(made->names);
    copy_all(made->durable_names);
    std::ranges::for_each(made->changes, copy_all);
    return made;
  }

  void change_names(entries change) {
    apply(change, names);
    changes.push_back(std::move(change));
  }
};

} // namespace daybook::test
