#pragma once

#include "base/limits.hpp"
#include "ledger/types.hpp"
#include "protocol/json_compactor.hpp"
#include "protocol/json_lines.hpp"
#include "protocol/object_draft.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::protocol {

/// Turns the JSON of one line into a command. Private to protocol/.
class line_reader final : public json_handler {
public:
  line_reader(const precision_source& precisions, const limits& bounds)
      : precisions_(precisions), bounds_(bounds), metadata_(bounds.metadata_bytes_max) {}

  result<void> scalar(json_type type, std::string_view text) override;
  result<void> key(std::string_view name) override;
  result<void> open(json_type type) override;
  result<void> close(json_type type) override;

  /// What the line says, after the whole of it was read. Once.
  result<ledger::write> take();

private:
  /// Where in the line the reader stands. `list_` says what an item is.
  enum class place : std::uint8_t { before, line, items, item, metadata };

  object_draft& draft() { return place_ == place::line ? line_ : item_; }
  result<void> expect(json_type type);
  const object_schema& item_schema() const {
    return list_ == field::postings ? posting_schema : ref_schema;
  }
  result<void> check_count(std::size_t count, std::size_t limit) const;
  result<void> add_posting();
  result<void> add_ref();

  result<ledger::command> take_command();
  result<ledger::command> take_asset();
  result<ledger::command> take_account();
  result<ledger::command> take_transaction();
  result<ledger::command> take_closing();
  result<ledger::command> take_reopening();
  result<std::uint8_t> precision_of(std::string_view asset) const;
  result<void> read_limit(field name, std::optional<ledger::amount>& to) const;

  const precision_source& precisions_;
  const limits& bounds_;
  place place_ = place::before;
  field current_{}; ///< whose value follows
  field list_{};    ///< whose items these are: `postings` or `refs`
  object_draft line_;
  object_draft item_;
  ledger::transaction transaction_;
  json_compactor metadata_;
};

} // namespace daybook::protocol
