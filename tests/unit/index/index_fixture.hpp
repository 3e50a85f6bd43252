#pragma once

#include "index/side_index.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_all.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace daybook::test {

/// Gives 1, 2, 3, … spread over 64 bits.
class counting_random final : public random_source {
public:
  std::uint64_t next() override { return ++count_ * 0x9e3779b97f4a7c15; }

private:
  std::uint64_t count_ = 0;
};

template <class T>
T require(result<T> x) {
  if (!x)
    FAIL(to_string(x.error()));
  return std::move(*x);
}

inline void require(result<void> x) {
  if (!x)
    FAIL(to_string(x.error()));
}

constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 31) * 0x7fb5d329728ea185;
  x = (x ^ x >> 27) * 0x81dadef4bc2dd44d;
  return x ^ x >> 33;
}

/// The key, the fingerprint, the chain and the value that belong to a seq in these tests.
constexpr hash128 key_of(std::uint64_t seq) { return {mix(seq), mix(~seq)}; }
constexpr hash128 fingerprint_of(std::uint64_t seq) { return {seq * 3, seq * 7}; }

inline index::mark mark_at(std::uint64_t seq) {
  index::mark x{event_seq{seq}, writer_epoch{seq + 1}};
  for (std::size_t i = 0; i < x.chain.size(); ++i)
    x.chain[i] = static_cast<std::byte>(seq + i);
  return x;
}

inline byte_buffer value_of(std::uint64_t seq) {
  auto text = "value " + std::to_string(seq);
  auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

/// Keys of the events `first` to `last`.
inline std::vector<index::key_use> uses(std::uint64_t first, std::uint64_t last) {
  std::vector<index::key_use> keys;
  for (auto seq = first; seq <= last; ++seq)
    keys.push_back({key_of(seq), event_seq{seq}, fingerprint_of(seq)});
  return keys;
}

inline index::key_answer present(std::uint64_t seq) {
  return {index::finding::present, {event_seq{seq}, fingerprint_of(seq)}};
}

inline constexpr index::key_answer absent{index::finding::absent, {}};
inline constexpr index::key_answer unknown{index::finding::unknown, {}};

inline constexpr book_id book_a{0x0102030405060708};
inline constexpr book_id book_b{0x0102030405060709}; // the next one

/// An index in a directory that goes away.
struct index_fixture {
  index_fixture() {
    options.directory = parent.path() + "/index";
    open();
  }

  index::side_index::opened open_again() {
    index.reset();
    return require(index::side_index::open(options, random));
  }

  void open() {
    auto opened = open_again();
    REQUIRE_FALSE(opened.rebuilt);
    REQUIRE(opened.why.empty());
    index = std::move(opened.index);
  }

  void add_keys(book_id book, std::uint64_t first, std::uint64_t last) {
    auto after = require(index->keys_mark(book)).seq;
    require(index->add_keys(book, uses(first, last), after, mark_at(last)));
  }

  index::key_answer find(book_id book, std::uint64_t seq,
                         index::effort allowed = index::effort::disk) const {
    return require(index->find_key(book, key_of(seq), allowed));
  }

  temporary_directory parent;
  counting_random random;
  index::index_options options;
  std::unique_ptr<index::side_index> index;
};

} // namespace daybook::test
