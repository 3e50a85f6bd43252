"""What others may use of a node by their connections is bounded; a good client goes on beside them."""

import os
import random
import re
import resource
import socket
import subprocess
import time
import unittest

import books
import support
from certificates import Certificates

CROWD = 1_000
# As a node has them: connections without a greeting, and everything else of a small one.
STRANGERS = 256
OTHER_DESCRIPTORS = 200
MEMORY_BYTES_MAX = 512 * 1024 * 1024
REFUSAL = re.compile(r"event=refused .*kind=(\w+) .*refused=(\d+)")


def descriptors(node):
    return len(os.listdir(f"/proc/{node.process.pid}/fd"))


def peak_memory(node):
    """In bytes."""
    with open(f"/proc/{node.process.pid}/status", encoding="ascii") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


class Limits(support.ProcessTest):
    def setUp(self):
        super().setUp()
        # A thousand sockets of our own.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    def connect(self, node):
        peer = socket.create_connection((node.host, node.port), support.DEADLINE_S)
        self.addCleanup(peer.close)
        return peer

    def wait_until(self, what, fine):
        end = time.monotonic() + support.DEADLINE_S
        while not fine():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.05)

    def kinds(self, node):
        return {kind for kind, _ in REFUSAL.findall(node.errors())}

    def is_hung_up(self, peer):
        """The node ended the connection; what it said before is of no interest."""
        peer.settimeout(support.DEADLINE_S)
        try:
            while peer.recv(4096):
                pass
        except ConnectionResetError:
            pass
        return True


class Crowds(Limits):
    def crowd(self, node, noise):
        """Idle sockets, more than the node keeps, and noise on others, until there is no more."""
        idle = [self.connect(node) for _ in range(CROWD)]
        for _ in range(50):
            peer = self.connect(node)
            try:
                peer.sendall(noise.randbytes(20_000))
            except (ConnectionResetError, BrokenPipeError):
                pass
        self.assertLess(descriptors(node), STRANGERS + OTHER_DESCRIPTORS)
        return idle

    def assert_bounded(self, node):
        self.assertLess(peak_memory(node), MEMORY_BYTES_MAX)
        self.assertEqual(node.stop(), 0)
        self.succeed("verify", *self.here)

    def test_around_a_good_client(self):
        definitions, transactions = books.large_sample(1)
        self.import_text("".join(definitions), book="bank")
        node = self.start_node()
        good = self.start_client(node, "bank", self.write("input.jsonl", "".join(transactions)),
                                 "--in-flight", 4)
        crowd = []
        support.follow([good], 100, lambda: crowd.extend(self.crowd(node, random.Random(3))))
        self.assertEqual(good.end(), support.Outcome(0, "", ""))
        self.assertEqual(good.acknowledged, books.keys(transactions))
        # The first ones had to go for the others, and those go because they say nothing.
        for peer in crowd:
            self.assertTrue(self.is_hung_up(peer))
        self.wait_until("the node lets go of them", lambda: descriptors(node) < OTHER_DESCRIPTORS)
        self.assertLessEqual({"late", "protocol"}, self.kinds(node))
        self.assert_bounded(node)

    def test_with_tls(self):
        ours = Certificates(self.directory / "ours")
        node = self.start_node(options=ours.options("node"))
        place = (*node.place, *ours.options("client"))
        crowd = self.crowd(node, random.Random(5))
        self.succeed("asset", "register", *place, "--book", "main", "--id", "EUR", "--precision",
                     "2", "--class", "fiat")
        for peer in crowd:
            self.assertTrue(self.is_hung_up(peer))
        self.wait_until("the node lets go of them", lambda: descriptors(node) < OTHER_DESCRIPTORS)
        self.assertLessEqual({"late", "tls"}, self.kinds(node))
        self.assert_bounded(node)

    def test_when_no_descriptor_is_left(self):
        node = self.start_node(wrapper=("prlimit", "--nofile=120:120"))
        self.assertIn("event=few_descriptors", node.errors())
        crowd = [self.connect(node) for _ in range(400)]
        self.wait_until("some are turned away", lambda: "full" in self.kinds(node))
        for peer in crowd:
            peer.close()
        self.wait_until("the node answers again", lambda: support.run(
            "health", *node.place).code == 0)
        self.assert_bounded(node)

    def test_the_log_is_not_flooded(self):
        node = self.start_node()
        begun = time.monotonic()
        for _ in range(2_000):
            with self.connect(node) as peer:
                peer.sendall(b"\xff" * 100)
        last = self.connect(node)
        last.sendall(b"\xff" * 100)
        self.assertTrue(self.is_hung_up(last))
        # Ten in a second; one more comes after them and says how many there were.
        seconds = time.monotonic() - begun
        self.assertLessEqual(len(REFUSAL.findall(node.errors())), 10 * (seconds + 2))


class Numbers(Limits):
    def test_of_connections(self):
        self.import_text(books.to_lines(books.CASH))
        node = self.start_node(options=("--connections", "1"))
        follower = subprocess.Popen(
            [support.PROGRAM, "events", *node.place, "--book", "main", "--follow"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.addCleanup(support.end, follower)
        support.read_line(follower.stdout)
        self.fail_with(1, [node.place[1]], "balances", *node.place, "--book", "main")
        self.assertEqual(self.kinds(node), {"full"})
        follower.kill()
        self.wait_until("there is room again", lambda: support.run(
            "balances", *node.place, "--book", "main").code == 0)

    def client_greeting(self):
        """What a client says first to a node."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = subprocess.Popen(
                [support.PROGRAM, "health", "--connect", f"127.0.0.1:{listener.getsockname()[1]}"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(support.end, client)
            listener.settimeout(support.DEADLINE_S)
            said = b""
            # It looks first whether somebody listens.
            while not said:
                peer, _ = listener.accept()
                with peer:
                    peer.settimeout(support.DEADLINE_S)
                    said = peer.recv(4096)
                    while said and len(said) < 32 + int.from_bytes(said[4:8]):
                        said += peer.recv(4096)
            return said

    def test_of_bytes_in_a_message(self):
        greeting = self.client_greeting()
        node = self.start_node()
        for length in 256 * 1024 ** 2 + 1, 2 ** 32 - 1:
            peer = self.connect(node)
            # A message for the first actor, of which only the length is said.
            header = b"\2\0\0\0" + length.to_bytes(4) + bytes(8 + 8 + 7) + b"\1"
            peer.sendall(greeting + header)
            self.assertTrue(self.is_hung_up(peer))
            self.assertIn(f"announces a message of {length} bytes", node.errors())
        self.assertEqual(self.kinds(node), {"size"})
        self.assertLess(peak_memory(node), MEMORY_BYTES_MAX)
        self.assertEqual(node.stop(), 0)


class OnDisk(Limits):
    def test_nobody_else_reads_or_writes(self):
        """Whatever the umask says, after everything that makes files."""
        self.addCleanup(os.umask, os.umask(0))
        node = self.start_node(options=("--segment-bytes", "65536", "--snapshot-events", "100",
                                        "--node-id", "a"))
        definitions, transactions = books.large_sample(1)
        self.import_text("".join([*definitions, *transactions]), place=node.place, book="bank")
        self.succeed("snapshot", *node.place, "--book", "bank")
        follower = subprocess.Popen(
            [support.PROGRAM, "events", *node.place, "--book", "bank", "--follow", "--cursor", "c"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.addCleanup(support.end, follower)
        support.read_line(follower.stdout)
        self.wait_until("the cursor is stored", lambda: list(self.data.rglob("cursor*")))
        self.succeed("cluster", "pin", *node.place, "--book", "other", "--node", "a")
        self.assertEqual(node.stop(), 0)
        backup = self.directory / "backup"
        self.succeed("backup", *self.here, "--to", backup)
        seen = set()
        for top in self.data, backup:
            for path in (top, *top.rglob("*")):
                seen.add(path.name.partition("-")[0])
                with self.subTest(path=path):
                    self.assertEqual(path.stat().st_mode & 0o7777,
                                     0o700 if path.is_dir() else 0o600)
        self.assertLessEqual({"segment", "snapshot", "LOCK", "cluster", "index", "CURRENT"}, seen)


if __name__ == "__main__":
    unittest.main()
