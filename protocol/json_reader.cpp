#include "protocol/json_reader.hpp"

#include "base/limits.hpp"
#include "base/names.hpp"
#include "protocol/json_lines.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>

namespace daybook::protocol {

namespace {

using nlohmann::json;

class sax_adapter final : public json::json_sax_t {
public:
  sax_adapter(std::string_view what, std::size_t depth, json_handler& handler)
      : what_(what), depth_(depth), handler_(handler) {}

  std::optional<error>& failure() { return failure_; }

  bool null() override { return pass(handler_.scalar(json_type::null, "null")); }

  bool boolean(bool x) override {
    return pass(handler_.scalar(json_type::boolean, x ? "true" : "false"));
  }

  bool number_integer(json::number_integer_t x) override { return integer(x); }
  bool number_unsigned(json::number_unsigned_t x) override { return integer(x); }

  bool number_float(json::number_float_t, const std::string& text) override {
    return pass(handler_.scalar(json_type::number, text));
  }

  bool string(std::string& x) override { return pass(handler_.scalar(json_type::string, x)); }
  bool key(std::string& x) override { return pass(handler_.key(x)); }

  /// Only binary formats call it.
  bool binary(json::binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(json_type::object); }
  bool end_object() override { return close(json_type::object); }
  bool start_array(std::size_t) override { return open(json_type::array); }
  bool end_array() override { return close(json_type::array); }

  bool parse_error(std::size_t position, const std::string&,
                   const json::exception& reason) override {
    return refuse(fmt::format("malformed JSON at byte {}: {}", position, explain(reason)));
  }

private:
  bool integer(auto x) {
    fmt::format_int digits{x};
    return pass(handler_.scalar(json_type::number, {digits.data(), digits.size()}));
  }

  bool open(json_type type) {
    if (++depth_ > json_depth_max)
      return refuse(fmt::format("the {} nests deeper than {} levels", what_, json_depth_max));
    return pass(handler_.open(type));
  }

  bool close(json_type type) {
    --depth_;
    return pass(handler_.close(type));
  }

  bool pass(result<void> x) {
    if (!x) [[unlikely]]
      failure_ = std::move(x).error();
    return x.has_value();
  }

  bool refuse(std::string message) {
    failure_ = error{ec::invalid_argument, std::move(message), {{"field", std::string{what_}}}};
    return false;
  }

  /// The library's own words, without its prefix "[json.exception…] parse error at line 1, …: ".
  static std::string explain(const json::exception& reason) {
    std::string_view text = reason.what();
    auto prefix = text.find(": ");
    return shown(prefix == text.npos ? text : text.substr(prefix + 2));
  }

  std::string_view what_;
  std::size_t depth_;
  json_handler& handler_;
  std::optional<error> failure_;
};

} // namespace

result<void> read_json(std::string_view text, std::string_view what, std::size_t depth,
                       json_handler& handler) {
  sax_adapter adapter{what, depth, handler};
  json::sax_parse(text, &adapter);
  if (auto& failure = adapter.failure())
    return fail(*std::move(failure));
  return {};
}

std::string shown(std::string_view text) {
  constexpr auto size_max = limits{}.name_bytes_max;
  if (text.size() <= size_max)
    return printable(text);
  return printable(text.substr(0, size_max)) + "…";
}

} // namespace daybook::protocol
