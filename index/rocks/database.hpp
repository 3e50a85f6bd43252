#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "index/layout.hpp"
#include "index/side_index.hpp"

#include <rocksdb/db.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::index {

/// The column families, in the order in which they are opened.
enum class family : std::size_t { format, keys, key_runs, history, checkpoints };

inline constexpr std::array<std::string_view, 5> family_names{"default", "keys", "key_runs",
                                                              "history", "checkpoints"};

/// An open RocksDB database with its column families. Any thread may use it.
class database {
public:
  struct opened;

  /// Opens, or creates, or creates anew what is of no use. Errors: those of `side_index::open`.
  static result<opened> open(const index_options& options, random_source& random);

  /// Writes what is in memory, if the disk lets it.
  ~database();

  database(const database&) = delete;
  database& operator=(const database&) = delete;

  rocksdb::DB& rocks() const { return *rocks_; }
  rocksdb::ColumnFamilyHandle* handle(family x) const {
    return families_[static_cast<std::size_t>(x)];
  }
  const std::string& directory() const { return directory_; }
  const key_secret& secret() const { return secret_; }

  rocksdb::Status flush();

  /// The error of a failed call (status.hpp). Damage is remembered in the directory, so that the
  /// next opening starts with an empty database: a part that does not verify never heals.
  tl::unexpected<error> failed(const rocksdb::Status& status, std::string_view operation) const;

  /// The same for bytes that RocksDB gives and that mean nothing.
  tl::unexpected<error> damaged(std::string_view what) const;

private:
  database() = default;

  bool mark_damaged() const;

  static rocksdb::Status open_existing(const index_options& options,
                                       std::unique_ptr<database>& out);
  static result<std::unique_ptr<database>> create(const index_options& options,
                                                  random_source& random);

  rocksdb::Status open_families(const index_options& options, bool create);
  rocksdb::Status read_format();
  rocksdb::Status write_format(random_source& random);

  std::string directory_;
  rocksdb::Env* env_ = nullptr;
  std::unique_ptr<rocksdb::DB> rocks_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  key_secret secret_{};
};

struct database::opened {
  std::unique_ptr<database> db;
  std::string thrown_away; ///< why an earlier database is gone; empty if there was none
};

} // namespace daybook::index
