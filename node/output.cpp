#include "node/output.hpp"

#include "base/names.hpp"
#include "protocol/json.hpp"

#include <cerrno>
#include <cstring>
#include <string>

namespace daybook::node {

void output::line(std::string_view text) {
  write(text);
  write("\n");
}

void output::row(std::initializer_list<std::string_view> cells) {
  auto separator = "";
  for (auto cell : cells) {
    write(separator);
    write(cell);
    separator = "\t";
  }
  write("\n");
}

void output::write(std::string_view text) {
  if (ok() && std::fwrite(text.data(), 1, text.size(), to_) != text.size())
    errno_ = errno;
}

bool output::reader_is_gone() const { return errno_ == EPIPE; }

void output::flush() {
  if (ok() && std::fflush(to_) != 0)
    errno_ = errno;
}

std::string_view sentence(const error& x) {
  return x.message().empty() ? description(x.code()) : std::string_view{x.message()};
}

result<void> output::finish() {
  flush();
  if (ok())
    return {};
  return fail(ec::io,
              std::string{"cannot write to standard output ("} + std::strerror(errno_) +
                  "): the result is incomplete; make room for it or read it to the end",
              {{"operation", "write"}, {"errno", std::to_string(errno_)}});
}

void print_error(const error& x, bool json) {
  auto line = json ? protocol::to_json(x) : "daybook: " + printable(sentence(x));
  std::fprintf(stderr, "%s\n", line.c_str());
}

} // namespace daybook::node
