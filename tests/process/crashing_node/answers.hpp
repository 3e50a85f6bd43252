#pragma once

#include "actors/client.hpp"
#include "base/ids.hpp"
#include "ledger/types.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>

namespace daybook::test {

/// What must hold does not. The message says what.
struct broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void expect(bool holds, const std::string& sentence) {
  if (!holds)
    throw broken{sentence};
}

/// The value of a call that has to succeed.
template <class T>
T must(result<T> x, const std::string& what) {
  if (!x)
    throw broken{what + ": " + to_string(x.error())};
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

/// Under which name a write is remembered: a transaction's key, or a definition's own name.
std::string name_of(const ledger::command& x);

/// Where writes stand, by their names.
using places = std::map<std::string, event_seq>;

/// What a book answers, against what is known: a write that is known is a repeat and stands where
/// it stood, and one that is not is new.
class answers {
public:
  /// Is told of each acknowledgement.
  using listener = std::function<void(const std::string& name, event_seq)>;

  explicit answers(places known, listener heard = {})
      : known_(std::move(known)), heard_(std::move(heard)) {}

  void take(const ledger::command& said, const ledger::receipt& answer);

private:
  places known_;
  listener heard_;
};

} // namespace daybook::test
