"""Whatever comes in at its port, a node goes on; whatever it finds at a port, a client ends."""

import random
import socket
import struct
import threading
import unittest

import books
import support

MEMORY_BYTES_MAX = 512 * 1024 * 1024


def peak_memory(pid):
    """The most memory that a running process ever had in use, in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        kilobytes = next(line.split()[1] for line in status if line.startswith("VmHWM:"))
    return int(kilobytes) * 1024


class BadPeer(support.ProcessTest):
    def setUp(self):
        super().setUp()
        definitions, transactions = books.large_sample(1)
        self.import_text("".join(definitions), book="bank")
        self.transactions = transactions
        self.file = self.write("input.jsonl", "".join(transactions))
        self.node = self.start_node()

    def connect(self, node=None):
        node = node or self.node
        peer = socket.create_connection((node.host, node.port), support.DEADLINE_S)
        self.addCleanup(peer.close)
        return peer

    def greeting(self):
        """What every node says to everybody who connects."""
        greeting = self.connect().recv(4096)
        self.assertGreater(len(greeting), 32)
        return greeting

    def assert_hangs_up(self, peer, content):
        """The node closes the connection by itself."""
        try:
            peer.sendall(content)
            while peer.recv(4096):
                pass
        except (ConnectionResetError, BrokenPipeError):
            pass

    def assert_survives(self, provoke):
        """Provokes while a good client works: it gets all its answers, and the node is well."""
        good = self.start_client(self.node, "bank", self.file, "--in-flight", 4)
        support.follow([good], 100, provoke)
        self.assertEqual(good.end(), support.Outcome(0, "", ""))
        self.assertEqual(good.acknowledged, books.keys(self.transactions))
        self.assertLess(peak_memory(self.node.process.pid), MEMORY_BYTES_MAX)
        self.assertEqual(self.node.stop(), 0)
        self.succeed("verify", *self.here)

    def test_noise(self):
        noise = random.Random(7)

        def provoke():
            for _ in range(20):
                # No operation of the protocol has so high a number.
                self.assert_hangs_up(self.connect(), b"\xff" + noise.randbytes(100_000))

        self.assert_survives(provoke)

    def test_other_protocols(self):
        def provoke():
            for text in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n",
                         bytes.fromhex("16030100c8010000c403031234"), b"\n" * 100):
                self.assert_hangs_up(self.connect(), text.ljust(100, b"\n"))

        self.assert_survives(provoke)

    def test_half_a_greeting_and_then_nothing(self):
        def provoke():
            greeting = self.greeting()
            for length in 1, 16, 32, len(greeting) // 2, len(greeting) - 1:
                self.connect().sendall(greeting[:length])

        self.assert_survives(provoke)

    def test_half_a_greeting_and_then_the_end(self):
        def provoke():
            greeting = self.greeting()
            for length in 0, 1, 31, 32, len(greeting) // 2, len(greeting) - 1:
                peer = self.connect()
                peer.sendall(greeting[:length])
                peer.close()

        self.assert_survives(provoke)

    def test_its_own_greeting_and_then_noise(self):
        noise = random.Random(11)

        def provoke():
            greeting = self.greeting()
            for _ in range(20):
                self.connect().sendall(greeting + noise.randbytes(10_000))

        self.assert_survives(provoke)

    def test_flipped_bits_in_a_greeting(self):
        chance = random.Random(13)

        def provoke():
            greeting = self.greeting()
            for _ in range(100):
                damaged = bytearray(greeting)
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
                peer = self.connect()
                try:
                    peer.sendall(damaged)
                    peer.shutdown(socket.SHUT_WR)
                except OSError:
                    pass  # the node has hung up

        self.assert_survives(provoke)

    def test_a_greeting_without_content(self):
        def provoke():
            for operation in 0, 1:
                # The number of the operation, then zeros: no name of a process follows. At byte 15
                # stands the version that the other end's greeting must have.
                header = bytearray(32)
                header[0] = operation
                header[15] = 1
                self.assert_hangs_up(self.connect(), header)
                header[15] = 0
                self.assert_hangs_up(self.connect(), header)

        self.assert_survives(provoke)

    def test_the_announcement_of_a_huge_message(self):
        greeting = bytearray(self.greeting())
        node = self.start_node(self.directory / "small", support.with_memory(2 * 1024 ** 3))
        # The length of what follows a header of 32 bytes stands at byte 4, high byte first.
        struct.pack_into(">I", greeting, 4, 2 ** 32 - 1)
        self.assert_hangs_up(self.connect(node), greeting)
        self.succeed("book", "list", *node.place)

    def test_many_silent_connections(self):
        self.assert_survives(lambda: [self.connect() for _ in range(200)])


class NoNode(support.ProcessTest):
    """A command finds no node where it was told to look."""

    def listen(self, *serve):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        for handler in serve:
            threading.Thread(target=handler, args=[listener], daemon=True).start()
        return "--connect", "127.0.0.1:" + str(listener.getsockname()[1])

    def assert_refused(self, place):
        self.fail_with(1, [place[1]], "balances", *place, "--book", "main")

    def test_nobody_listens(self):
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            self.assert_refused(("--connect", "127.0.0.1:" + str(bound.getsockname()[1])))

    def test_a_host_that_has_no_address(self):
        # The ending `invalid` is set aside for this (RFC 6761).
        self.assert_refused(("--connect", "nowhere.invalid:7717"))

    def test_somebody_else_listens(self):
        def talk(listener):
            peer, _ = listener.accept()
            with peer:
                try:
                    peer.sendall(b"220 mail.example.org ESMTP\r\n" * 100)
                    peer.recv(4096)
                except ConnectionResetError:
                    pass

        self.assert_refused(self.listen(talk))

    def test_somebody_hangs_up(self):
        self.assert_refused(self.listen(lambda listener: listener.accept()[0].close()))

    def test_somebody_says_nothing(self):
        self.assert_refused(self.listen())


if __name__ == "__main__":
    unittest.main()
