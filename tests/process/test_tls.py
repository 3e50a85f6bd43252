"""TLS: who shows no certificate of the right authority gets nothing from a node, and gives nothing."""

import re
import socket
import ssl
import subprocess
import time
import unittest

import support
from certificates import Certificates

REFUSAL = re.compile(r'event=refused peer=(\S+) kind=(\w+) reason="([^"]*)" refused=(\d+)')


class TlsTest(support.ProcessTest):
    def setUp(self):
        super().setUp()
        self.ours = Certificates(self.directory / "ours")

    def serve(self, *options, data=None):
        return self.start_node(data, options=options or self.ours.options("node"))

    def prepare(self, place):
        self.succeed("asset", "register", *place, "--book", "main", "--id", "EUR", "--precision",
                     "2", "--class", "fiat")
        for path in "assets:cash", "equity":
            self.succeed("account", "open", *place, "--book", "main", "--path", path, "--asset",
                         "EUR", "--kind", path.partition(":")[0].replace("assets", "asset"))

    def refusals(self, node, count):
        """What the node has logged of whom it refused, once there are so many."""
        end = time.monotonic() + support.DEADLINE_S
        while len(found := REFUSAL.findall(node.errors())) < count:
            self.assertLess(time.monotonic(), end, node.errors())
            time.sleep(0.02)
        return [(kind, reason, int(number)) for _, kind, reason, number in found]


class RightCertificates(TlsTest):
    def test_all_that_a_client_does(self):
        node = self.serve()
        place = (*node.place, *self.ours.options("client"))
        self.succeed("health", *place)
        self.prepare(place)
        for number in range(3):
            self.succeed("post", *place, "--book", "main", "--key", f"k{number}", "--debit",
                         "assets:cash=1.50", "--credit", "equity=1.50")
        self.assertIn("4.50", self.succeed("balance", *place, "--book", "main", "assets:cash"))
        # More than a record of TLS, both ways.
        lines = "".join(f'{{"type":"asset","id":"X{i}","class":"fiat","precision":2}}\n'
                        for i in range(5_000))
        self.import_text(lines, place=place)
        self.assertEqual(len(self.objects("events", *place, "--book", "main", "--limit", "9000")),
                         5_006)
        self.assertEqual(node.stop(), 0)
        self.assertNotIn("event=refused", node.errors())

    def test_nothing_is_readable_on_the_way(self):
        node = self.serve()
        with socket.create_connection((node.host, node.port), support.DEADLINE_S) as peer:
            peer.sendall(b"\0" * 64)
            heard = b""
            try:
                while more := peer.recv(4096):
                    heard += more
            except ConnectionResetError:
                pass
            self.assertLess(len(heard), 32)

    def test_a_key_with_a_passphrase(self):
        secret = "correct horse battery staple"
        key = self.ours.encrypt("node", secret)
        options = self.ours.options("node", key=key)
        self.fail_with(2, ["key"], "serve", *self.here, *options)
        passphrase = self.write("passphrase", secret + "\n")
        node = self.serve(*options, "--tls-passphrase-file", passphrase)
        self.succeed("health", *node.place, *self.ours.options("client"))
        wrong = self.write("wrong", "something else\n")
        refused = self.fail_with(2, ["key"], "serve", *self.here, *options,
                                 "--tls-passphrase-file", wrong)
        self.assertEqual(node.stop(), 0)
        for text in node.errors(), refused.err:
            self.assertNotIn(secret, text)
            self.assertNotIn("something else", text)


class WrongCertificates(TlsTest):
    def assert_refused(self, node, options, words, reason, before=0):
        """A client with these options hears why, in seconds, and the node writes it down."""
        begun = time.monotonic()
        self.fail_with(1, [f"{node.host}:{node.port}", *words], "balances", *node.place, "--book",
                       "main", *options)
        self.assertLess(time.monotonic() - begun, 20)
        seen = self.refusals(node, before + 1)
        self.assertEqual(len(seen), before + 1, seen)
        kind, why, number = seen[-1]
        self.assertEqual((kind, number), ("tls", before + 1))
        self.assertRegex(why, reason)
        self.succeed("health", *node.place, *self.ours.options("client"))

    def test_of_a_client(self):
        node = self.serve()
        others = Certificates(self.directory / "others")
        expired = Certificates(self.directory / "expired", days=-1, authority=self.ours)
        self.assert_refused(node, others.options("client", authority=self.ours), ["unknown ca"],
                            "unable to get local issuer|unable to verify")
        self.assert_refused(node, expired.options("client"), ["certificate", "expired"],
                            "has expired", before=1)
        # It does not believe the node.
        self.assert_refused(node, others.options("client"), ["certificate"],
                            "unknown ca|certificate", before=2)
        self.assert_refused(node, (), ["speaks TLS"], "no TLS", before=3)

    def test_none(self):
        node = self.serve()
        context = ssl.create_default_context(cafile=self.ours.path("ca.pem"))
        with socket.create_connection((node.host, node.port), support.DEADLINE_S) as bare, \
                context.wrap_socket(bare, server_hostname="localhost") as peer, \
                self.assertRaisesRegex(ssl.SSLError, "certificate required"):
            peer.recv(1)
        self.assertEqual(self.refusals(node, 1),
                         [("tls", "peer did not return a certificate", 1)])

    def test_an_older_tls(self):
        node = self.serve()
        context = ssl.create_default_context(cafile=self.ours.path("ca.pem"))
        context.load_cert_chain(self.ours.path("client.pem"), self.ours.path("client.key"))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection((node.host, node.port), support.DEADLINE_S) as bare, \
                self.assertRaises(ssl.SSLError):
            context.wrap_socket(bare, server_hostname="localhost")
        self.assertEqual(self.refusals(node, 1), [("tls", "unsupported protocol", 1)])

    def test_plain_text(self):
        node = self.serve()
        for number, text in enumerate((b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100, b"\xff" * 100), 1):
            with socket.create_connection((node.host, node.port), support.DEADLINE_S) as peer:
                peer.sendall(text)
                self.assertEqual(self.refusals(node, number)[-1][0], "tls")
        # One bad connection leaves the next ones alone.
        self.succeed("health", *node.place, *self.ours.options("client"))

    def test_of_a_node(self):
        """A client does not talk to a node that another authority knows, nor to one whose
        certificate is a client's."""
        others = Certificates(self.directory / "others")
        for name, options, word in (("a", others.options("node", authority=self.ours), "issuer"),
                                    ("b", self.ours.options("client"), "purpose")):
            node = self.serve(*options, data=self.directory / name)
            self.fail_with(1, [word], "balances", *node.place, "--book", "main",
                           *self.ours.options("client"))

    def test_a_node_without_tls(self):
        node = self.start_node()
        begun = time.monotonic()
        self.fail_with(1, [f"{node.host}:{node.port}", "speaks no TLS"], "balances", *node.place,
                       "--book", "main", *self.ours.options("client"))
        self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual(self.refusals(node, 1)[0][0], "protocol")
        self.succeed("health", *node.place)


class Options(TlsTest):
    def test_a_node_that_others_reach_needs_tls(self):
        for address in "0.0.0.0:0", "[::]:0", "192.0.2.1:0":
            done = self.fail_with(2, ["--tls-cert", "--insecure", address], "serve", *self.here,
                                  "--listen", address)
            self.assertEqual(done.out, "")
        self.assertFalse(self.data.exists())
        for number, options in enumerate((("--insecure",), self.ours.options("node"))):
            process = subprocess.Popen(
                [support.PROGRAM, "serve", "--data", self.directory / str(number), "--listen",
                 "0.0.0.0:0", *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, bufsize=0)
            self.addCleanup(support.end, process)
            self.assertRegex(support.read_line(process.stdout), r"^listening on 0\.0\.0\.0:\d+\n$")

    def test_loopback_by_any_name(self):
        for number, address in enumerate(("127.0.0.2:0", "localhost:0")):
            process = subprocess.Popen(
                [support.PROGRAM, "serve", "--data", self.directory / str(number), "--listen",
                 address], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, bufsize=0)
            self.addCleanup(support.end, process)
            self.assertIn("listening on", support.read_line(process.stdout))

    def test_files_that_are_none(self):
        junk = str(self.write("junk", "-----BEGIN NOTHING-----\n"))
        good = dict(zip(("--tls-cert", "--tls-key", "--tls-ca"), self.ours.options("node")[1::2]))
        wrong = [{**good, name: value} for name in good for value in (junk, "/nowhere/x.pem")]
        wrong.append({**good, "--tls-key": self.ours.path("client.key")})
        for files in wrong:
            options = [word for pair in files.items() for word in pair]
            named = next(files[x] for x in good if files[x] != good[x])
            self.fail_with(2, [named], "serve", *self.here, *options)
            self.fail_with(2, [named], "balances", "--connect", "127.0.0.1:1", "--book", "main",
                           *options)
        for missing in good:
            options = [word for name, value in good.items() if name != missing
                       for word in (name, value)]
            self.fail_with(2, ["missing"], "serve", *self.here, *options)
        self.fail_with(2, ["--tls-cert"], "balances", *self.here, "--book", "main",
                       *self.ours.options("client"))
        self.assertFalse(self.data.exists())


class TlsCluster(TlsTest):
    def test_three_nodes(self):
        here = self.ours.options("client")
        nodes = []
        for name in "abc":
            nodes.append(self.serve(*self.ours.options("node"), "--node-id", name,
                                    data=self.directory / name))
        for node in nodes[1:]:
            self.succeed("cluster", "add-node", *nodes[0].place, *here, "--address", node.place[1])
        self.wait_for_members(nodes, here, 3)
        # Books on all of them, over any of them.
        for number in range(6):
            self.succeed("asset", "register", *nodes[number % 3].place, *here, "--book",
                         f"book{number}", "--id", "EUR", "--precision", "2", "--class", "fiat")
        for node in nodes:
            listed = self.objects("book", "list", *node.place, *here)
            self.assertEqual({x["book"] for x in listed}, {f"book{x}" for x in range(6)})
        self.assertGreater(len({x["node"] for x in listed}), 1)
        # A node without TLS, and one of another authority, are no members.
        others = Certificates(self.directory / "others")
        for name, options in ("d", ()), ("e", others.options("node")):
            stranger = self.start_node(self.directory / name, options=(*options, "--node-id", name))
            self.fail_with(1, [stranger.place[1]], "cluster", "add-node", *nodes[0].place, *here,
                           "--address", stranger.place[1])
        self.wait_for_members(nodes, here, 3)

    def wait_for_members(self, nodes, here, count):
        def knows(node):
            seen = self.objects("cluster", "status", *node.place, *here)
            return len(seen) == count and all(x["up"] and x["has_map"] for x in seen)
        end = time.monotonic() + support.DEADLINE_S
        while not all(map(knows, nodes)):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
