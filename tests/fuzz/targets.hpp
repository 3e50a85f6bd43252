#pragma once

#include "base/bytes.hpp"

#include <span>
#include <string_view>

// What reads bytes from disk, network and people, each as a function of arbitrary bytes. No input
// may crash it, hang it, make it take memory out of proportion, or be half accepted: what it
// promises is checked, and the process ends when it does not hold. libFuzzer calls them
// (fuzzer.cpp), and a unit test with the corpus (corpus_test.cpp).

namespace daybook::fuzz {

/// The payload of a batch record: the list of events, each event, and what they do to a book.
void batch(byte_span input);

/// The records of a segment; with the first byte 1 the whole file; with 2 records whose checksums
/// and chain are made right first, so that what is behind them is reached.
void segment(byte_span input);

/// The messages of a snapshot, each behind two bytes of length; with the first byte 1 the file.
void snapshot(byte_span input);

/// One line of JSON Lines, imported into a book.
void import_line(byte_span input);

/// A decimal: the first byte is the precision, the rest the text.
void decimal(byte_span input);

struct target {
  std::string_view name; ///< also of the folder of its corpus
  void (*run)(byte_span input);
};

/// All there are.
std::span<const target> targets();

} // namespace daybook::fuzz
