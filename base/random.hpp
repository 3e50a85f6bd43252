#pragma once

#include <cstdint>

namespace daybook {

/// Where identities and salts come from. Called when a book or a segment is created, on any thread.
class random_source {
public:
  virtual ~random_source() = default;
  virtual std::uint64_t next() = 0;
};

/// The operating system's random numbers.
random_source& system_random();

} // namespace daybook
