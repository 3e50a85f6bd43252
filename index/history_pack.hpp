#pragma once

#include "index/history_chunk.hpp"
#include "index/rocks/database.hpp"

namespace daybook::index {

/// Writes chunks that follow one another, with the mark of the last, in one go. Blocks.
result<void> pack(const database& db, book_id book, const history_chunks& chunks);

} // namespace daybook::index
