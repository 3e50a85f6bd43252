#pragma once

#include "tests/simulation/dice.hpp"
#include "tests/simulation/trace.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace rocksdb {
class Env;
}

namespace daybook::simulation {

/// Files of RocksDB in memory. What it does on threads of its own changes no answer: a flush is
/// waited for by who asks for it, and compactions never run.
///
/// Reads may fail. Only those of the driver's thread do, on which all actors run: what RocksDB
/// reads on threads of its own would make one seed two runs. It opens its files on several threads,
/// so while a database is opened all reads fail, or none.
///
/// A killed process is a copy of its files made while the database is open: what was in memory
/// alone is not in it.
class simulated_index {
public:
  simulated_index();
  ~simulated_index();

  rocksdb::Env* env();

  /// How often a read fails, in a thousand.
  void set_faults(std::uint64_t reads, dice& chance, trace& told);
  void repair();

  void begin_opening();
  void end_opening();

  /// Reads that were made to fail, ever; of an opening one.
  std::uint64_t failures() const;

  /// The files of a database as they are now, under another name, in place of what was there. Of
  /// no database: nothing.
  void copy(const std::string& from, const std::string& to);
  void remove(const std::string& directory);
  bool exists(const std::string& directory);

private:
  class quiet_env;

  std::unique_ptr<rocksdb::Env> memory_;
  std::unique_ptr<quiet_env> env_;
};

} // namespace daybook::simulation
