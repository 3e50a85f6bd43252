"""`daybook status` of nodes and clusters, and `daybook top`."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import unittest

import support
from clusters import ClusterTest

DEFINITIONS = (
    '{"type":"asset","id":"CZK","class":"fiat","precision":2}\n'
    '{"type":"account","path":"assets:cash","asset":"CZK","kind":"asset"}\n')


class OfANode(support.ProcessTest):
    def test_shows_the_books_and_opens_none(self):
        node = self.start_node()
        for book in "alpha", "beta":
            self.import_text(DEFINITIONS, place=node.place, book=book)
        node.stop()
        node = self.start_node()
        self.succeed("balance", *node.place, "--book", "beta", "assets:cash")
        [seen] = self.objects("status", *node.place)
        self.assertEqual((seen["state"], seen["up"], seen["node"]), ("up", True, ""))
        alpha, beta = seen["books"]
        self.assertEqual((alpha["book"], alpha["state"], alpha["open"]), ("alpha", "closed", False))
        self.assertNotIn("durable", alpha)
        self.assertEqual((beta["book"], beta["state"], beta["open"]), ("beta", "running", True))
        self.assertEqual((beta["durable"], beta["accepted"], beta["queued"]), (2, 2, 0))
        text = self.succeed("status", *node.place)
        self.assertRegex(text, r"(?m)^node +address +state +books +open +broken ")
        self.assertRegex(text, r"(?m)^- +127\.0\.0\.1:\d+ +up +2 +1 +0 ")
        self.assertRegex(text, r"(?m)^beta +- +running +2 +0 ")
        self.assertRegex(text, r"(?m)^alpha +- +closed +- +- ")

    def test_shows_a_book_that_does_not_open_and_why(self):
        node = self.start_node()
        for text in DEFINITIONS.splitlines(True):
            self.import_text(text, place=node.place)
        node.kill()
        [segment] = (self.data / "books" / "main").glob("segment-*.log")
        content = bytearray(segment.read_bytes())
        content[4096 + 128 + 8] ^= 0x55  # in the first record, behind the headers
        segment.write_bytes(content)
        node = self.start_node()
        self.assertEqual(support.run("balances", *node.place, "--book", "main").code, 1)
        [seen] = self.objects("status", *node.place)
        self.assertEqual((seen["state"], seen["books"][0]["open"]), ("up", False))
        self.assertIn(segment.name, seen["books"][0]["problem"])
        self.assertRegex(self.succeed("status", *node.place), rf"(?m)^main .*{segment.name}")
        self.assertEqual(node.stop(), 0)

    def test_shows_the_books_of_a_directory(self):
        self.import_text(DEFINITIONS)
        [seen] = self.objects("status", *self.here)
        self.assertEqual(seen["books"][0]["durable"], 2)
        self.assertRegex(self.succeed("status", *self.here, "--read-only"), r"(?m)^main +- ")

    def test_needs_somebody_who_answers(self):
        self.fail_with(1, ["127.0.0.1:1"], "status", "--connect", "127.0.0.1:1")
        self.fail_with(1, ["127.0.0.1:1"], "top", "--once", "--connect", "127.0.0.1:1")


class OfACluster(ClusterTest):
    def test_nodes_that_are_down_are_shown_as_such(self):
        nodes = self.three()
        books = [f"book{n}" for n in range(6)]
        for book in books:
            self.prepare(nodes[0], book)
        owners = {book: self.place(nodes[0], book)["node"] for book in books}
        for node in nodes:
            seen = self.lines("status", "--connect", node.address)
            self.assertEqual([x["node"] for x in seen], ["a", "b", "c"])
            self.assertTrue(all(x["up"] and x["has_map"] for x in seen), seen)
            shown = {book["book"]: x["node"] for x in seen for book in x["books"]}
            self.assertEqual(shown, owners)
            self.assertTrue(all(book["durable"] == 4 for x in seen for book in x["books"]), seen)
        nodes[2].end()
        def is_seen_down():
            return [x["up"] for x in self.lines("status", "--connect", nodes[0].address)] == [
                True, True, False]
        self.wait_until("a sees that c is down", is_seen_down)
        last = self.lines("status", "--connect", nodes[0].address)[2]
        self.assertEqual((last["node"], last["state"]), ("c", "down"))
        self.assertTrue(last["problem"])
        self.assertNotIn("books", last)
        self.assertRegex(self.done("status", "--connect", nodes[1].address),
                         r"(?m)^c +127\.0\.0\.1:\d+ +down +- ")
        text = self.done("top", "--once", "--interval-ms", "100", "--connect", nodes[1].address)
        self.assertIn("2 of 3 nodes up", text)
        self.assertRegex(text, r"(?m)^c +down +- ")
        self.assertRegex(text, r"(?m)^all +0 ")


class Top(support.ProcessTest):
    def start_on_terminal(self, node, columns=80):
        """`daybook top` on a terminal of its own; gives the process and the other end."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs
        self.addCleanup(os.close, theirs)
        process = subprocess.Popen([support.PROGRAM, "top", *node.place, "--interval-ms", "100"],
                                   stdin=theirs, stdout=theirs, stderr=theirs,
                                   start_new_session=True)
        self.addCleanup(support.end, process)
        return process, ours

    def read_until(self, terminal, words):
        text = ""
        while words not in text:
            self.assertTrue(select.select([terminal], [], [], support.DEADLINE_S)[0], text)
            text += os.read(terminal, 65536).decode()
        return text

    def assert_ends(self, process, terminal):
        text = self.read_until(terminal, "\x1b[?1049l")
        self.assertEqual(process.wait(support.DEADLINE_S), 0, text)
        self.assertEqual(termios.tcgetattr(self.theirs), self.before)

    def test_prints_one_frame_to_a_pipe(self):
        node = self.start_node()
        self.import_text(DEFINITIONS, place=node.place, book="b" * 100)
        for options in [], ["--once"]:
            text = self.succeed("top", *node.place, "--interval-ms", "100", *options)
            self.assertNotIn("\x1b", text)
            self.assertIn("1 of 1 nodes up, 1 books, 1 open", text)
            self.assertRegex(text, r"(?m)^node +state +commits +refused +syncs +MB +p50 ms")
            self.assertRegex(text, r"(?m)^b+… +- +running +0 ")
            self.assertLessEqual(max(len(line) for line in text.splitlines()), 80)
        [seen] = self.objects("top", *node.place, "--interval-ms", "100")
        self.assertEqual((seen["state"], seen["accepted_per_s"], seen["queued"]), ("up", 0, 0))

    def test_shows_frame_after_frame_until_somebody_types_q(self):
        node = self.start_node()
        process, terminal = self.start_on_terminal(node)
        self.read_until(terminal, "1 of 1 nodes up, 0 books")
        self.import_text(DEFINITIONS, place=node.place)
        self.read_until(terminal, "1 of 1 nodes up, 1 books, 1 open")
        os.write(terminal, b"q")
        self.assert_ends(process, terminal)

    def test_ends_on_interrupts_signals_and_the_end_of_input(self):
        node = self.start_node()
        for end in (lambda process, terminal: os.write(terminal, b"\x03"),
                    lambda process, terminal: os.write(terminal, b"\x04"),
                    lambda process, terminal: process.send_signal(signal.SIGINT),
                    lambda process, terminal: process.send_signal(signal.SIGTERM)):
            process, terminal = self.start_on_terminal(node)
            self.read_until(terminal, "nodes up")
            end(process, terminal)
            self.assert_ends(process, terminal)

    def test_frames_fit_the_terminal(self):
        node = self.start_node()
        process, terminal = self.start_on_terminal(node, columns=50)
        text = self.read_until(terminal, "\x1b[J")
        text = self.read_until(terminal, "\x1b[J")
        for line in re.sub(r"\x1b\[[?0-9]*[A-Za-z]", "", text).splitlines():
            self.assertLessEqual(len(line), 50)
        os.write(terminal, b"q")
        self.assert_ends(process, terminal)


if __name__ == "__main__":
    unittest.main()
