#include "protocol/hledger.hpp"

#include "base/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace daybook::protocol {

namespace {

bool is_letter(char x) { return ('a' <= x && x <= 'z') || ('A' <= x && x <= 'Z'); }
bool is_digit(char x) { return '0' <= x && x <= '9'; }
bool is_beyond_ascii(char x) { return static_cast<unsigned char>(x) >= 0x80; }

/// White space beyond ASCII. hledger takes it for a space and may end a name at it.
constexpr std::array<std::string_view, 18> wide_spaces{
    "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
    "\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

/// Length of the wide space at the front of `text`, or zero.
std::size_t wide_space_length(std::string_view text) {
  auto i = std::ranges::find_if(wide_spaces, [&](auto space) { return text.starts_with(space); });
  return i == wide_spaces.end() ? 0 : i->size();
}

bool is_one_of(char x, std::string_view set) { return set.find(x) != std::string_view::npos; }

/// Whether the space at `i` stands alone between two other characters.
bool is_inner_space(std::string_view text, std::size_t i) {
  return text[i] == ' ' && i > 0 && i + 1 < text.size() && text[i - 1] != ' ' && text[i + 1] != ' ';
}

// Whether the ASCII character at `i` may stay as it is, by what the text is.

bool stays_in_path(std::string_view text, std::size_t i) {
  if (is_inner_space(text, i))
    return text[i - 1] != ':' && text[i + 1] != ':';
  return is_letter(text[i]) || is_digit(text[i]) || is_one_of(text[i], "_-./:");
}

bool stays_in_quotes(std::string_view text, std::size_t i) {
  return text[i] >= ' ' && !is_one_of(text[i], "\";%");
}

bool stays_in_key(std::string_view text, std::size_t i) {
  return is_inner_space(text, i) || (text[i] > ' ' && !is_one_of(text[i], ";|%"));
}

bool stays_in_tag_name(std::string_view text, std::size_t i) {
  return is_letter(text[i]) || is_digit(text[i]) || is_one_of(text[i], "_-");
}

bool stays_in_tag_value(std::string_view text, std::size_t i) {
  return text[i] != ',' && stays_in_key(text, i);
}

void append_percent(std::string& out, std::string_view bytes) {
  for (char x : bytes)
    fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(x));
}

/// `text` with every character percent-encoded but those of ASCII that stay, and those beyond it
/// that are no spaces.
template <class Stays>
std::string encoded(std::string_view text, Stays stays) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (auto wide = wide_space_length(text.substr(i))) {
      append_percent(out, text.substr(i, wide));
      i += wide - 1;
    } else if (is_beyond_ascii(text[i]) || stays(text, i)) {
      out += text[i];
    } else {
      append_percent(out, text.substr(i, 1));
    }
  }
  return out;
}

std::string commodity(std::string_view asset) {
  if (std::ranges::all_of(asset, is_letter))
    return std::string{asset};
  return '"' + encoded(asset, stays_in_quotes) + '"';
}

/// hledger's letter for the kind; clearing accounts have none.
std::string_view type_of(ledger::account_kind kind) {
  switch (kind) {
  case ledger::account_kind::asset:
    return "A";
  case ledger::account_kind::liability:
    return "L";
  case ledger::account_kind::equity:
    return "E";
  case ledger::account_kind::income:
    return "R";
  case ledger::account_kind::expense:
    return "X";
  case ledger::account_kind::clearing:
    break;
  }
  return {};
}

void append_entry(std::string& out, const event_envelope&, const ledger::asset_definition& asset,
                  const precision_source&) {
  fmt::format_to(std::back_inserter(out), "commodity 1000.{:0<{}} {}\n", "", asset.precision,
                 commodity(asset.id));
}

void append_entry(std::string& out, const event_envelope&, const ledger::account_definition& x,
                  const precision_source&) {
  out += "account " + encoded(x.path, stays_in_path);
  if (auto type = type_of(x.kind); !type.empty())
    fmt::format_to(std::back_inserter(out), "  ; type:{}", type);
  out += '\n';
}

void append_tags(std::string& out, const ledger::transaction& x) {
  std::string_view separator = "  ; ";
  auto append = [&](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(out), "{}{}:{}", separator, name, value);
    separator = ", ";
  };
  for (auto& ref : x.refs)
    append("ref-" + encoded(ref.kind, stays_in_tag_name), encoded(ref.value, stays_in_tag_value));
  if (x.reverses > event_seq{})
    append("reverses", std::to_string(x.reverses.value()));
}

void append_posting(std::string& out, const ledger::posting& x,
                    const precision_source& precisions) {
  auto precision = precisions(x.asset);
  DAYBOOK_CHECK(precision);
  auto value = x.direction == ledger::side::debit ? x.value : -x.value;
  fmt::format_to(std::back_inserter(out), "    {}  {} {}\n", encoded(x.account, stays_in_path),
                 to_decimal(value, *precision), commodity(x.asset));
}

void append_entry(std::string& out, const event_envelope& envelope, const ledger::transaction& x,
                  const precision_source& precisions) {
  fmt::format_to(std::back_inserter(out), "\n{} ({}) {}",
                 to_date_string(x.occurred_at.value_or(envelope.committed_at)),
                 envelope.id.seq.value(), encoded(x.key, stays_in_key));
  append_tags(out, x);
  out += '\n';
  for (auto& posting : x.postings)
    append_posting(out, posting, precisions);
}

/// To hledger an account is always open.
void append_entry(std::string&, const event_envelope&, const ledger::account_closing&,
                  const precision_source&) {}

void append_entry(std::string&, const event_envelope&, const ledger::account_reopening&,
                  const precision_source&) {}

/// A book stores a transaction in its place.
void append_entry(std::string&, const event_envelope&, const ledger::reversal&,
                  const precision_source&) {
  DAYBOOK_CHECK(!"a reversal has no entry");
}

} // namespace

std::string_view hledger_preamble() { return "decimal-mark .\n"; }

void append_hledger(const event_envelope& envelope, const ledger::command& x,
                    const precision_source& precisions, std::string& out) {
  std::visit([&](auto& content) { append_entry(out, envelope, content, precisions); }, x);
}

} // namespace daybook::protocol
