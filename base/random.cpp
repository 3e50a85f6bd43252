#include "base/random.hpp"

#include <random>

namespace daybook {

namespace {

class device_random final : public random_source {
public:
  std::uint64_t next() override {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
  }
};

} // namespace

random_source& system_random() {
  static device_random instance;
  return instance;
}

} // namespace daybook
