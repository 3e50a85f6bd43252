#include "node/session.hpp"

#include "base/address.hpp"

#include <utility>

namespace daybook::node {

result<client> open_client(const location& where, access wanted) {
  if (where.connect.empty()) {
    actors::node_options options;
    options.data = where.data;
    options.create = wanted == access::create;
    options.read_only = where.read_only;
    return client::open(std::move(options));
  }
  auto node = parse_address(where.connect);
  if (!node)
    return fail(std::move(node.error()));
  client_options options;
  options.tls = where.tls;
  return client::connect(node->host, node->port, std::move(options));
}

result<book_client> open_book(const location& where, const std::string& book, access wanted) {
  auto opened = open_client(where, wanted);
  if (!opened)
    return fail(std::move(opened.error()));
  return opened->book(book, wanted == access::create ? actors::open_mode::create
                                                     : actors::open_mode::existing);
}

} // namespace daybook::node
