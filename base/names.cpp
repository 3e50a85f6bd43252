#include "base/names.hpp"

#include "base/limits.hpp"

#include <fmt/format.h>

namespace daybook {

namespace {

constexpr std::size_t name_bytes_max = limits{}.name_bytes_max;

bool is_between(char x, unsigned low, unsigned high) {
  auto byte = static_cast<unsigned char>(x);
  return low <= byte && byte <= high;
}

/// The bytes that may follow a lead byte. The narrower ranges of the second byte are what keeps
/// out overlong forms (E0, F0), surrogates (ED) and code points past U+10FFFF (F4).
struct sequence_rule {
  std::size_t length;
  unsigned second_low;
  unsigned second_high;
};

sequence_rule rule_of(char lead) {
  if (is_between(lead, 0x00, 0x7F))
    return {1, 0, 0};
  if (is_between(lead, 0xC2, 0xDF))
    return {2, 0x80, 0xBF};
  if (is_between(lead, 0xE0, 0xEF))
    return {3, is_between(lead, 0xE0, 0xE0) ? 0xA0u : 0x80u,
            is_between(lead, 0xED, 0xED) ? 0x9Fu : 0xBFu};
  if (is_between(lead, 0xF0, 0xF4))
    return {4, is_between(lead, 0xF0, 0xF0) ? 0x90u : 0x80u,
            is_between(lead, 0xF4, 0xF4) ? 0x8Fu : 0xBFu};
  return {0, 0, 0};
}

/// Length of the well-formed sequence at the front of `text`, which is not empty; zero if there is
/// none.
std::size_t sequence_length(std::string_view text) {
  auto rule = rule_of(text[0]);
  if (rule.length <= 1)
    return rule.length;
  if (text.size() < rule.length || !is_between(text[1], rule.second_low, rule.second_high))
    return 0;
  for (std::size_t i = 2; i < rule.length; ++i)
    if (!is_between(text[i], 0x80, 0xBF))
      return 0;
  return rule.length;
}

/// Whether the well-formed sequence at the front of `text` is in C0, DEL or C1.
bool is_control(std::string_view text) {
  if (is_between(text[0], 0xC2, 0xC2))
    return is_between(text[1], 0x80, 0x9F);
  return is_between(text[0], 0x00, 0x1F) || is_between(text[0], 0x7F, 0x7F);
}

/// What a rule says about a text that breaks it, or nothing.
using broken_rule = std::string_view;

broken_rule broken_text_rule(std::string_view text) {
  if (text.empty())
    return "must not be empty";
  if (text.size() > name_bytes_max)
    return "must not be longer than 255 bytes";
  static_assert(name_bytes_max == 255);
  while (!text.empty()) {
    auto length = sequence_length(text);
    if (length == 0)
      return "must be valid UTF-8";
    if (is_control(text))
      return "must not contain control characters";
    text.remove_prefix(length);
  }
  return {};
}

/// Names that people type, and that become directories and parts of paths.
broken_rule broken_name_rule(std::string_view name) {
  if (auto broken = broken_text_rule(name); !broken.empty())
    return broken;
  if (name.find('/') != name.npos)
    return "must not contain '/'";
  if (name.find('\\') != name.npos)
    return "must not contain '\\'";
  if (name.find("..") != name.npos)
    return "must not contain '..'";
  if (name.front() == '.')
    return "must not begin with '.'";
  if (name.front() == ' ' || name.back() == ' ')
    return "must not begin or end with a space";
  return {};
}

broken_rule broken_path_rule(std::string_view path) {
  if (auto broken = broken_name_rule(path); !broken.empty())
    return broken;
  if (path.front() == ':' || path.back() == ':' || path.find("::") != path.npos)
    return "must not have an empty part before, after or between ':'";
  return {};
}

/// A name that is too long is shown only as far as it could be a name.
std::string shown(std::string_view name) {
  auto text = printable(name.substr(0, name_bytes_max));
  return name.size() > name_bytes_max ? text + "…" : text;
}

result<void> accept_unless(broken_rule broken, std::string_view what, std::string_view name) {
  if (broken.empty())
    return {};
  auto text = shown(name);
  auto message = fmt::format("the {} \"{}\" {}", what, text, broken);
  return fail(ec::invalid_name, std::move(message), {{"name", std::move(text)}});
}

} // namespace

result<void> check_book_name(std::string_view name) {
  return accept_unless(broken_name_rule(name), "book name", name);
}

result<void> check_asset_id(std::string_view id) {
  return accept_unless(broken_name_rule(id), "asset id", id);
}

result<void> check_account_path(std::string_view path) {
  return accept_unless(broken_path_rule(path), "account path", path);
}

result<void> check_label(std::string_view what, std::string_view label) {
  return accept_unless(broken_text_rule(label), what, label);
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    auto length = sequence_length(text);
    if (length == 0)
      return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto length = sequence_length(text);
    auto plain = length > 0 && !is_control(text);
    auto taken = text.substr(0, length > 0 ? length : 1);
    for (char x : taken) {
      if (plain)
        out += x;
      else
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(x));
    }
    text.remove_prefix(taken.size());
  }
  return out;
}

} // namespace daybook
