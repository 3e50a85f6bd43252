#include "node/trial.hpp"

#include "base/names.hpp"

#include <string>

namespace daybook::node {

error uneven(std::string_view book, std::string_view asset) {
  return {ec::corrupt,
          "the debits and credits of " + printable(asset) + " differ in book '" + printable(book) +
              "', which no sequence of transactions can cause: keep the directory as it is, and "
              "restore the book from a copy that `daybook verify` accepts",
          {{"book", std::string{book}}, {"asset", std::string{asset}}}};
}

} // namespace daybook::node
