#pragma once

#include "node/output.hpp"

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>

namespace daybook::node::test {

/// What a function prints.
template <class Print>
std::string printed(bool json, Print print) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> to{std::tmpfile(), std::fclose};
  output out{to.get(), json};
  print(out);
  if (!out.finish())
    return "it could not be printed";
  auto size = static_cast<std::size_t>(std::ftell(to.get()));
  std::rewind(to.get());
  std::string text(size, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), to.get()));
  return text;
}

} // namespace daybook::node::test
