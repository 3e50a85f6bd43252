#include "node/torture/answer_record.hpp"

#include <algorithm>

namespace daybook::node::torture {

namespace {

constexpr instant second = 1'000'000'000;

} // namespace

void availability::merge(const availability& other) {
  seconds += other.seconds;
  answered_seconds += other.answered_seconds;
  longest_silence = std::max(longest_silence, other.longest_silence);
}

void answer_record::begin(instant at) {
  std::lock_guard guard{mutex_};
  begun_ = at;
  for (auto& x : books_)
    x = {.last = at};
}

/// Silence to the end is silence, too.
void answer_record::end(instant at) {
  std::lock_guard guard{mutex_};
  ended_ = at;
  for (auto& x : books_)
    x.longest_silence = std::max(x.longest_silence, at - x.last);
}

/// The answers of several threads come a little out of order.
void answer_record::answered(std::size_t number, instant at) {
  std::lock_guard guard{mutex_};
  auto& x = books_[number];
  if (begun_ == 0 || ended_ != 0 || at <= x.last)
    return;
  x.longest_silence = std::max(x.longest_silence, at - x.last);
  x.last = at;
  if (auto now = (at - begun_) / second; now > x.last_second) {
    x.last_second = now;
    ++x.seconds;
  }
}

void answer_record::written(std::size_t number, instant sent) {
  std::lock_guard guard{mutex_};
  auto& last = books_[number].last_written;
  last = std::max(last, sent);
}

bool answer_record::all_written_since(instant at) const {
  std::lock_guard guard{mutex_};
  return std::ranges::all_of(books_, [at](auto& x) { return x.last_written > at; });
}

availability answer_record::sum() const {
  std::lock_guard guard{mutex_};
  availability all;
  auto seconds = static_cast<std::uint64_t>((ended_ - begun_) / second);
  for (auto& x : books_)
    all.merge({seconds, std::min(x.seconds, seconds), x.longest_silence});
  return all;
}

} // namespace daybook::node::torture
