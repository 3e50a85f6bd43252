#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace daybook {

/// A number that cannot be mistaken for another kind of number. `Tag` is an incomplete type that
/// names the kind; `Rep` is the unsigned integer that holds it. Zero-initialised by default.
template <class Tag, class Rep>
class strong {
public:
  using rep = Rep;

  constexpr strong() = default;
  constexpr explicit strong(Rep value) : value_(value) {}

  constexpr Rep value() const { return value_; }

  /// The number `count` further on. Wrapping around is a programmer's error nobody can reach:
  /// 64-bit counters of events do not overflow.
  constexpr strong plus(Rep count) const { return strong{static_cast<Rep>(value_ + count)}; }
  constexpr strong next() const { return plus(1); }

  friend constexpr auto operator<=>(strong, strong) = default;

  template <class Hash>
  friend Hash AbslHashValue(Hash state, strong x) {
    return Hash::combine(std::move(state), x.value_);
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, strong& x) {
    return f.apply(x.value_);
  }

private:
  Rep value_ = 0;
};

} // namespace daybook

template <class Tag, class Rep>
struct std::hash<daybook::strong<Tag, Rep>> {
  std::size_t operator()(daybook::strong<Tag, Rep> x) const noexcept {
    return std::hash<Rep>{}(x.value());
  }
};
