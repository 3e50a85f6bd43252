#include "base/address.hpp"

#include "base/names.hpp"

#include <charconv>
#include <optional>

namespace daybook {

namespace {

tl::unexpected<error> refuse(std::string_view text, std::string_view why) {
  auto shown = printable(text);
  return fail(ec::invalid_argument,
              "'" + shown + "' is not an address: " + std::string{why} +
                  "; write HOST:PORT, such as 127.0.0.1:7717 or [::1]:7717",
              {{"address", shown}});
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto end = text.data() + text.size();
  auto [stopped, failed] = std::from_chars(text.data(), end, port);
  return failed == std::errc{} && stopped == end ? std::optional{port} : std::nullopt;
}

} // namespace

result<address> parse_address(std::string_view text) {
  auto bracketed = text.starts_with('[');
  auto host_end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && host_end == text.npos)
    return refuse(text, "the bracket is not closed");
  if (!bracketed && host_end != text.rfind(':'))
    return refuse(text, "an IPv6 address stands in brackets");
  address parsed{.host = std::string{text.substr(bracketed, host_end - bracketed)}};
  if (parsed.host.empty())
    return refuse(text, "the host is missing");
  auto rest = host_end == text.npos ? std::string_view{} : text.substr(host_end + bracketed);
  if (rest.empty())
    return parsed;
  auto port = rest.starts_with(':') ? parse_port(rest.substr(1)) : std::nullopt;
  if (!port)
    return refuse(text, "the port is a number up to 65535");
  parsed.port = *port;
  return parsed;
}

std::string to_string(const address& x) {
  auto is_ipv6 = x.host.find(':') != x.host.npos;
  return (is_ipv6 ? "[" + x.host + "]" : x.host) + ":" + std::to_string(x.port);
}

} // namespace daybook
