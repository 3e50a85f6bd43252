#pragma once

#include "actors/client.hpp"
#include "node/torture/followed_events.hpp"
#include "node/torture/history.hpp"
#include "node/torture/log_image.hpp"
#include "node/torture/violations.hpp"

#include <string>
#include <vector>

namespace daybook::node::torture {

/// Reads all of a book that nobody writes to any more and judges the histories of its clients by
/// it, and what a follower was told, if there was one. Blocks; in memory are the image and one
/// operation of each client. Gives the number of events. Errors: what the book answers; `io`,
/// `corrupt` of the histories.
result<std::uint64_t> check_book(const book_client& book, const book_facts& facts,
                                 const std::vector<std::string>& histories,
                                 const std::vector<instant>& node_starts, violations& found,
                                 followed_events* followed = nullptr);

} // namespace daybook::node::torture
