#pragma once

#include "base/check.hpp"
#include "base/huge_page_allocator.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace daybook::ledger {

/// A vector that grows at its end and whose elements never move, for up to 2^32 elements. Chunk k
/// holds `Base << k` of them, so that an empty one allocates nothing and a small one little; the
/// directory of chunks has its final size from the start.
///
/// One thread adds. Any thread may read, without a lock, an element that was complete before its
/// index reached that thread: adding others writes neither the element nor its directory entry.
template <class T, std::size_t Base = 8>
class stable_vector {
  static_assert(std::has_single_bit(Base));

public:
  stable_vector() = default;

  stable_vector(stable_vector&& other) noexcept
      : chunks_(std::exchange(other.chunks_, {})), size_(std::exchange(other.size_, 0)) {}

  stable_vector& operator=(stable_vector&& other) noexcept {
    std::swap(chunks_, other.chunks_);
    std::swap(size_, other.size_);
    return *this;
  }

  ~stable_vector() {
    for (std::size_t i = 0; i < size_; ++i)
      std::destroy_at(&(*this)[i]);
    for (std::size_t k = 0; k < chunks_.size() && chunks_[k] != nullptr; ++k)
      huge_page_allocator<T>{}.deallocate(chunks_[k], Base << k);
  }

  T& push_back(T&& x) {
    DAYBOOK_INVARIANT(size_ < size_max);
    auto at = locate(size_);
    if (chunks_[at.chunk] == nullptr)
      chunks_[at.chunk] = huge_page_allocator<T>{}.allocate(Base << at.chunk);
    auto* element = std::construct_at(chunks_[at.chunk] + at.offset, std::move(x));
    ++size_;
    return *element;
  }

  /// Takes back the elements from `size` on. No other thread may know of them. Their memory stays
  /// for those that follow.
  void truncate(std::size_t size) {
    while (size_ > size)
      std::destroy_at(&(*this)[--size_]);
  }

  /// For the adding thread only.
  std::size_t size() const { return size_; }

  /// `i` must be the index of an element. It is not checked, for the size is the adding thread's.
  const T& operator[](std::size_t i) const {
    auto at = locate(i);
    return chunks_[at.chunk][at.offset];
  }
  T& operator[](std::size_t i) { return const_cast<T&>(std::as_const(*this)[i]); }

private:
  struct position {
    std::size_t chunk;
    std::size_t offset;
  };

  static constexpr std::size_t size_max = std::size_t{1} << 32;
  static constexpr std::size_t chunks_max = 34 - std::bit_width(Base);

  /// Counted from `Base` on, the indices of chunk k are those with the top bit of `Base << k`.
  static constexpr position locate(std::size_t i) {
    auto shifted = i + Base;
    auto chunk = static_cast<std::size_t>(std::bit_width(shifted) - std::bit_width(Base));
    return {chunk, shifted - (Base << chunk)};
  }
  static_assert(locate(size_max - 1).chunk < chunks_max);

  std::array<T*, chunks_max> chunks_{};
  std::size_t size_ = 0;
};

} // namespace daybook::ledger
