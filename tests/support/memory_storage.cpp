#include "tests/support/memory_storage.hpp"

#include "base/check.hpp"
#include "log/io_error.hpp"
#include "tests/support/memory_node.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>

namespace daybook::test {

using log::entry_kind;
using log::io_error;
using log::open_mode;

namespace {

class memory_file final : public log::file {
public:
  memory_file(std::string path, std::shared_ptr<memory_storage::node> target, bool past_cache,
              bool writable, std::shared_ptr<std::mutex> mutex)
      : path_(std::move(path)),
        node_(std::move(target)),
        past_cache_(past_cache),
        writable_(writable),
        mutex_(std::move(mutex)) {}

  result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    std::lock_guard guard{*mutex_};
    auto size = node_->cached.size();
    auto length = offset < size ? std::min<std::size_t>(into.size(), size - offset) : 0;
    if (!past_cache_)
      std::copy_n(node_->cached.data() + offset, length, into.data());
    for (std::size_t i = 0; past_cache_ && i < length; ++i)
      into[i] = byte_past_cache(offset + i);
    return length;
  }

  result<void> write_at(std::uint64_t offset, byte_span bytes) override {
    std::lock_guard guard{*mutex_};
    if (!writable_)
      return io_error(path_, "write", EBADF);
    node_->write(offset, bytes);
    return {};
  }

  result<void> sync() override {
    std::lock_guard guard{*mutex_};
    node_->sync();
    return {};
  }

  result<void> truncate(std::uint64_t size) override {
    std::lock_guard guard{*mutex_};
    if (!writable_)
      return io_error(path_, "truncate", EBADF);
    node_->truncate(size);
    return {};
  }

  result<std::uint64_t> size() override {
    std::lock_guard guard{*mutex_};
    return node_->cached.size();
  }

private:
  /// Reading past the cache writes dirty pages back first, so they are seen; what a failed sync
  /// left in the cache is not dirty.
  std::byte byte_past_cache(std::uint64_t i) const {
    if (!node_->dirty.empty() && node_->dirty.contains(i / log::sector_bytes))
      return node_->cached[i];
    auto cut_off = node_->cut && i >= *node_->cut;
    return i < node_->durable.size() && !cut_off ? node_->durable[i] : std::byte{0};
  }

  std::string path_;
  std::shared_ptr<memory_storage::node> node_;
  bool past_cache_;
  bool writable_;
  std::shared_ptr<std::mutex> mutex_;
};

class memory_lock final : public log::held_lock {
public:
  memory_lock(std::shared_ptr<memory_storage::node> target, std::shared_ptr<int> owner)
      : node_(std::move(target)), owner_(std::move(owner)) {}

  ~memory_lock() override {
    if (node_->lock_owner == owner_)
      node_->lock_owner.reset();
  }

private:
  std::shared_ptr<memory_storage::node> node_;
  std::shared_ptr<int> owner_;
};

} // namespace

memory_storage::memory_storage()
    : root_(std::make_shared<node>()), mutex_(std::make_shared<std::mutex>()) {
  root_->kind = entry_kind::directory;
}

memory_storage::~memory_storage() = default;

std::shared_ptr<memory_storage::node> memory_storage::find(std::string_view path) const {
  auto at = root_;
  while (at && !path.empty()) {
    auto slash = path.find('/');
    auto name = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    if (name.empty())
      continue;
    auto i = at->names.find(std::string{name});
    at = i == at->names.end() ? nullptr : i->second;
  }
  return at;
}

std::shared_ptr<memory_storage::node> memory_storage::parent(const std::string& path,
                                                             std::string& name) const {
  auto slash = path.find_last_of('/');
  DAYBOOK_CHECK(slash != std::string::npos);
  name = path.substr(slash + 1);
  auto found = find(std::string_view{path}.substr(0, slash));
  return found && found->kind == entry_kind::directory ? found : nullptr;
}

result<std::unique_ptr<log::file>> memory_storage::open(const std::string& path, open_mode mode) {
  std::lock_guard guard{*mutex_};
  std::string name;
  auto directory = parent(path, name);
  auto found = find(path);
  if (mode == open_mode::create_new) {
    if (found || !directory)
      return io_error(path, "create", found ? EEXIST : ENOENT);
    found = std::make_shared<node>();
    directory->change_names({{name, found}});
  }
  if (!found || found->kind != entry_kind::file)
    return io_error(path, "open", found ? EISDIR : ENOENT);
  auto writable = mode == open_mode::create_new || mode == open_mode::write;
  return std::make_unique<memory_file>(path, found, mode == open_mode::read_past_cache, writable,
                                       mutex_);
}

result<entry_kind> memory_storage::kind(const std::string& path) {
  std::lock_guard guard{*mutex_};
  auto found = find(path);
  return found ? found->kind : entry_kind::none;
}

result<std::vector<std::string>> memory_storage::list(const std::string& directory) {
  std::lock_guard guard{*mutex_};
  auto found = find(directory);
  if (!found || found->kind != entry_kind::directory)
    return io_error(directory, "list", found ? ENOTDIR : ENOENT);
  std::vector<std::string> names;
  for (auto& [name, child] : found->names)
    names.push_back(name);
  return names;
}

result<void> memory_storage::create_directory(const std::string& path) {
  std::lock_guard guard{*mutex_};
  std::string name;
  auto directory = parent(path, name);
  if (!directory || find(path))
    return io_error(path, "create", directory ? EEXIST : ENOENT);
  auto created = std::make_shared<node>();
  created->kind = entry_kind::directory;
  directory->change_names({{name, created}});
  return {};
}

result<void> memory_storage::rename(const std::string& from, const std::string& to) {
  std::lock_guard guard{*mutex_};
  std::string from_name;
  std::string to_name;
  auto directory = parent(from, from_name);
  auto moved = find(from);
  if (!moved || parent(to, to_name) != directory)
    return io_error(to, "rename", moved ? EXDEV : ENOENT);
  if (auto replaced = find(to); replaced && !replaced->names.empty())
    return io_error(to, "rename", ENOTEMPTY);
  directory->change_names({{from_name, nullptr}, {to_name, moved}});
  return {};
}

result<void> memory_storage::remove(const std::string& path) {
  std::lock_guard guard{*mutex_};
  std::string name;
  auto directory = parent(path, name);
  auto found = find(path);
  if (!found || !found->names.empty())
    return io_error(path, "remove", found ? ENOTEMPTY : ENOENT);
  directory->change_names({{name, nullptr}});
  return {};
}

result<void> memory_storage::sync_directory(const std::string& path) {
  std::lock_guard guard{*mutex_};
  auto found = find(path);
  if (!found || found->kind != entry_kind::directory)
    return io_error(path, "sync", found ? ENOTDIR : ENOENT);
  found->durable_names = found->names;
  found->changes.clear();
  return {};
}

result<std::unique_ptr<log::held_lock>> memory_storage::lock(const std::string& path) {
  std::lock_guard guard{*mutex_};
  auto found = find(path);
  if (!found)
    return io_error(path, "open", ENOENT);
  if (found->lock_owner)
    return fail(ec::locked, path + " is in use", {{"path", path}});
  found->lock_owner = std::make_shared<int>();
  return std::make_unique<memory_lock>(found, found->lock_owner);
}

void memory_storage::crash(std::uint64_t seed) {
  std::lock_guard guard{*mutex_};
  node::dice random{std::mt19937_64{seed}};
  root_->crash(random);
}

void memory_storage::crash(unsynced what) {
  std::lock_guard guard{*mutex_};
  node::dice same{std::mt19937_64{}, what == unsynced::kept};
  root_->crash(same);
}

std::unique_ptr<memory_storage> memory_storage::copy() const {
  std::lock_guard guard{*mutex_};
  auto made = std::make_unique<memory_storage>();
  std::map<const node*, std::shared_ptr<node>> copies;
  made->root_ = root_->copy(copies);
  return made;
}

void memory_storage::drop_dirty(const std::string& path, std::uint64_t seed) {
  std::lock_guard guard{*mutex_};
  auto found = find(path);
  if (!found || found->kind != entry_kind::file)
    return;
  node::dice random{std::mt19937_64{seed}};
  found->fail_sync(random);
}

std::map<std::string, byte_buffer> memory_storage::files() const {
  std::lock_guard guard{*mutex_};
  std::map<std::string, byte_buffer> all;
  std::function<void(const std::string&, const node&)> walk = [&](auto& path, auto& at) {
    if (at.kind == entry_kind::file)
      all[path] = at.cached;
    for (auto& [name, child] : at.names)
      walk(path + "/" + name, *child);
  };
  walk("", *root_);
  return all;
}

byte_buffer memory_storage::content(const std::string& path) const {
  std::lock_guard guard{*mutex_};
  auto found = find(path);
  DAYBOOK_CHECK(found);
  return found->cached;
}

void memory_storage::replace(const std::string& path, byte_buffer content) {
  std::lock_guard guard{*mutex_};
  auto found = find(path);
  DAYBOOK_CHECK(found);
  found->cached = content;
  found->durable = std::move(content);
  found->dirty.clear();
  found->cut.reset();
}

} // namespace daybook::test
