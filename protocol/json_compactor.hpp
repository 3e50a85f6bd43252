#pragma once

#include "protocol/json_reader.hpp"

#include <absl/container/flat_hash_set.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::protocol {

/// Writes what it hears as compact JSON: no white space, keys in their order, none twice in an
/// object. Keeps at most `bytes_max` bytes of it but counts them all. Private to protocol/.
class json_compactor final : public json_handler {
public:
  explicit json_compactor(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  result<void> scalar(json_type type, std::string_view text) override;
  result<void> key(std::string_view name) override;
  result<void> open(json_type type) override;
  result<void> close(json_type type) override;

  /// Whether every array and object that was opened is closed.
  bool done() const { return levels_.empty(); }

  /// Whether the outermost value is an object.
  bool is_object() const { return is_object_; }

  /// The text. Errors: `limit_exceeded` when it is longer than `bytes_max`.
  result<std::string> take();

private:
  /// An open array or object.
  struct level {
    absl::flat_hash_set<std::string> keys;
    bool empty = true;
    bool after_key = false;
  };

  void separate();
  void append(std::string_view text);
  void append_string(std::string_view text);

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::string text_;
  std::string scratch_;
  std::vector<level> levels_;
  bool is_object_ = false;
};

} // namespace daybook::protocol
