#pragma once

#include <cstddef>
#include <limits>
#include <new>

namespace daybook {

inline constexpr std::size_t huge_page_bytes = 2 * 1024 * 1024;

/// Asks the system to back memory with huge pages. It may not.
void want_huge_pages(void* begin, std::size_t bytes);

/// Allocates like `std::allocator`, but what is large begins at the border of a huge page and asks
/// for them: tables that are looked at in random places spend most of their time on finding small
/// pages, and new ones on having them made.
template <class T>
struct huge_page_allocator {
  using value_type = T;

  huge_page_allocator() = default;
  template <class U>
  huge_page_allocator(const huge_page_allocator<U>&) {}

  T* allocate(std::size_t n) {
    if (n > std::numeric_limits<std::size_t>::max() / sizeof(T))
      throw std::bad_array_new_length{};
    auto bytes = n * sizeof(T);
    if (!is_large(bytes))
      return static_cast<T*>(::operator new(bytes, std::align_val_t{alignof(T)}));
    auto* memory = ::operator new(bytes, std::align_val_t{huge_page_bytes});
    want_huge_pages(memory, bytes);
    return static_cast<T*>(memory);
  }

  void deallocate(T* x, std::size_t n) {
    auto alignment = is_large(n * sizeof(T)) ? huge_page_bytes : alignof(T);
    ::operator delete(x, std::align_val_t{alignment});
  }

  friend bool operator==(const huge_page_allocator&, const huge_page_allocator&) = default;

private:
  static constexpr bool is_large(std::size_t bytes) { return bytes >= huge_page_bytes; }
};

} // namespace daybook
