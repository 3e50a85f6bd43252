#include "actors/client_follow.hpp"
#include "actors/errors.hpp"
#include "actors/net/transport.hpp"
#include "actors/node_system.hpp"
#include "tests/support/client_fixture.hpp"

#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/all.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <thread>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

/// A node that listens, in a system of its own.
class published_node : public client_fixture {
public:
  ~published_node() {
    if (node_)
      caf::anon_send(*node_, atom::stop_v);
  }

  void publish(const transport_options& network) {
    auto started = node_system::start(network);
    INFO((started ? "" : to_string(started.error())));
    REQUIRE(started);
    system_ = std::move(*started);
    node_options options;
    options.data = directory.path() + "/data";
    auto node = spawn_node(system_->get(), options);
    REQUIRE(node);
    node_ = *node;
    auto bound = publish_node(system_->get(), *node_, "127.0.0.1", 0);
    REQUIRE(bound);
    port = *bound;
  }

  tls_files certificates(const std::string& who) const {
    auto made = directory.path() + "/certificates";
    static const std::string script = DAYBOOK_SOURCE_DIR "/scripts/dev-certs";
    if (!std::filesystem::exists(made))
      REQUIRE(std::system((script + " " + made + " >/dev/null").c_str()) == 0);
    return {made + "/" + who + ".pem", made + "/" + who + ".key", made + "/ca.pem", {}};
  }

  /// How many processes CAF has an actor for.
  std::size_t processes_known() {
    auto& middleman = system_->get().middleman();
    auto basp = middleman.get_named_broker("BASP");
    std::promise<std::size_t> counted;
    middleman.run_later([&] {
      auto* broker =
          static_cast<caf::io::basp_broker*>(caf::actor_cast<caf::abstract_actor*>(basp));
      counted.set_value(broker->spawn_servers.size());
    });
    return counted.get_future().get();
  }

  std::uint16_t port = 0;

private:
  std::unique_ptr<node_system> system_;
  std::optional<supervisor_actor> node_;
};

} // namespace

TEST_CASE_METHOD(published_node, "a client with certificates works like one without") {
  publish({.tls = certificates("node"), .limits = {}});
  client_options how;
  how.tls = certificates("client");
  auto remote = client::connect("127.0.0.1", port, how);
  REQUIRE(remote);
  auto book = prepared_book(*remote);
  CHECK(post(book, "k").id.seq == event_seq{4});
  // A page of many records of TLS.
  for (int i = 0; i < 3; ++i)
    CHECK(book.events({})->items.size() == 4);
  CHECK_FALSE(client::connect("127.0.0.1", port));
}

TEST_CASE_METHOD(published_node, "CAF's own TLS reaches a node") {
  publish({.tls = certificates("node"), .limits = {}});
  auto files = certificates("client");
  register_types();
  caf::actor_system_config config;
  config.load<caf::io::middleman>();
  config.load<caf::openssl::manager>();
  config.openssl_certificate = files.certificate;
  config.openssl_key = files.key;
  config.openssl_cafile = files.authorities;
  caf::actor_system theirs{config};
  auto node = caf::openssl::remote_actor<supervisor_actor>(theirs, "127.0.0.1", port);
  REQUIRE(node);
  caf::scoped_actor self{theirs};
  bool answered = false;
  self->request(*node, patience, atom::books_v)
      .receive([&](const std::vector<book_info>& books) { answered = books.empty(); },
               [](const caf::error&) {});
  CHECK(answered);
}

TEST_CASE_METHOD(published_node, "nothing is kept of processes that are gone", "[I12]") {
  publish({});
  {
    auto first = client::connect("127.0.0.1", port);
    auto second = client::connect("127.0.0.1", port);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(processes_known() == 2);
  }
  while (processes_known() != 0)
    std::this_thread::yield();
}

TEST_CASE_METHOD(published_node, "the subscriptions of one process are counted together", "[I12]") {
  transport_options network;
  network.limits.subscriptions_max = 2;
  publish(network);
  auto ignore = [](const delivery&) {};
  auto remote = client::connect("127.0.0.1", port);
  REQUIRE(remote);
  auto book = prepared_book(*remote);
  auto first = book.subscribe({}, ignore);
  auto other_book = remote->book("other", open_mode::create);
  REQUIRE(other_book);
  auto second = other_book->subscribe({}, ignore);
  REQUIRE(first);
  REQUIRE(second);
  auto refused = book.subscribe({}, ignore);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::overloaded);
  // Another process has its own.
  auto another = client::connect("127.0.0.1", port);
  REQUIRE(another);
  auto same_book = another->book("bank", open_mode::existing);
  REQUIRE(same_book);
  CHECK(same_book->subscribe({}, ignore));
  // One that ends makes room.
  first = fail(ec::not_found, "gone");
  auto again = book.subscribe({}, ignore);
  while (!again && again.error().code() == ec::overloaded)
    again = book.subscribe({}, ignore);
  CHECK(again);
}

TEST_CASE("a share of subscriptions counts until it goes", "[I12]") {
  transport_options network;
  network.limits.subscriptions_max = 1;
  auto system = node_system::start(network);
  REQUIRE(system);
  auto& here = (*system)->get();
  auto peer = caf::make_node_id(7, "0011223344556677889900112233445566778899");
  REQUIRE(peer);
  auto first = transport::take_subscription(here, *peer);
  CHECK(first);
  CHECK_FALSE(transport::take_subscription(here, *peer));
  CHECK(transport::take_subscription(here, here.node()));
  first.reset();
  CHECK(transport::take_subscription(here, *peer));
}
