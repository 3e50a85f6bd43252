#pragma once

#include "log/storage.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/support/memory_storage.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace daybook::simulation {

/// How often what goes wrong, in a thousand calls.
struct fault_rates {
  std::uint64_t read = 0;
  std::uint64_t write = 0; ///< half of them after some sectors have arrived
  std::uint64_t sync = 0;  ///< and the dirty pages are dropped, while the cache shows them
  std::uint64_t other = 0; ///< any other call

  bool any() const { return read + write + sync + other > 0; }
};

/// The disk of a simulated machine: what `memory_storage` loses at a power cut, and on top of that
/// calls that fail, a device that is full, and a machine without power, on which every call fails
/// and changes nothing. Power may go in the middle of what an actor does with the disk.
class simulated_disk final : public log::storage {
public:
  struct state;

  simulated_disk(std::uint64_t seed, trace& told);
  ~simulated_disk() override;

  // -- what the driver decides -------------------------------------------------------------------

  void set_faults(const fault_rates& x);
  void set_full(bool x); ///< no file grows and none is made
  void set_power(bool on);

  /// The power goes at the n-th call from now that changes something: before it, after it and
  /// before anybody is told, or when some of a write has arrived. Zero: it does not go by itself.
  void lose_power_at(std::uint64_t change);

  /// It did, and the driver has not ended the process yet.
  bool is_dark() const;

  /// For a deliberate bug that has a call fail by itself.
  void count_failure();

  /// Calls that were made to fail, ever.
  std::uint64_t failures() const;
  std::uint64_t full_failures() const; ///< for want of space

  /// Another process finds everything; power loss may lose what is not durable.
  void end_process();
  void lose_power();

  /// Changes one byte of a file, on the device and in the cache.
  void rot(const std::string& path);

  test::memory_storage& memory();

  // -- what the node sees ------------------------------------------------------------------------

  result<std::unique_ptr<log::file>> open(const std::string& path, log::open_mode mode) override;
  result<log::entry_kind> kind(const std::string& path) override;
  result<std::vector<std::string>> list(const std::string& directory) override;
  result<void> create_directory(const std::string& path) override;
  result<void> rename(const std::string& from, const std::string& to) override;
  result<void> remove(const std::string& path) override;
  result<void> sync_directory(const std::string& path) override;
  result<std::unique_ptr<log::held_lock>> lock(const std::string& path) override;

private:
  std::shared_ptr<state> state_;
};

} // namespace daybook::simulation
