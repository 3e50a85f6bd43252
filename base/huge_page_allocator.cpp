#include "base/huge_page_allocator.hpp"

#include <sys/mman.h>

namespace daybook {

void want_huge_pages(void* begin, std::size_t bytes) {
  // A wish: without them everything works, slower.
  (void)::madvise(begin, bytes, MADV_HUGEPAGE);
}

} // namespace daybook
