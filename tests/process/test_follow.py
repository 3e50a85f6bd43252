"""`events --follow` prints every event once, in order, as it becomes durable."""

import json
import signal
import subprocess
import time
import unittest

import books
import support

BOOK = ("--book", "main")


class Follower:
    """A running `daybook events --follow`."""

    def __init__(self, place, *options):
        self.process = subprocess.Popen(
            [support.PROGRAM, "events", *place, *BOOK, "--follow", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self._unread = b""

    def take(self, count):
        """The next events, which may yet have to happen."""
        while self._unread.count(b"\n") < count:
            self._unread += support.read_some(self.process.stdout)
        *lines, rest = self._unread.split(b"\n", count)
        self._unread = rest
        return [json.loads(line) for line in lines]

    def end(self, number=None):
        """How it ended, and what it printed beyond what was taken."""
        if number:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=support.DEADLINE_S)
        return support.Outcome(self.process.returncode, (self._unread + out).decode(),
                               err.decode())


class FollowTest(support.ProcessTest):
    def follow(self, place, *options):
        follower = Follower(place, *options)
        self.addCleanup(support.end, follower.process)
        return follower

    def post(self, place, *keys):
        self.import_text(books.to_lines([books.transaction(x) for x in keys]), place=place)

    def assert_ended(self, follower, number=signal.SIGTERM):
        self.assertEqual(follower.end(number), support.Outcome(0, "", ""))


class Following(FollowTest):
    def setUp(self):
        super().setUp()
        self.node = self.start_node()
        self.place = self.node.place
        self.import_text(books.to_lines([*books.CASH, books.transaction("k-1")]), place=self.place)

    def test_prints_what_is_there_and_what_comes(self):
        for number in signal.SIGTERM, signal.SIGINT:
            follower = self.follow(self.place)
            there = self.objects("events", *self.place, *BOOK)
            self.assertEqual(follower.take(len(there)), there)
            self.post(self.place, f"live-{number}")
            [live] = follower.take(1)
            self.assertEqual(live, self.objects("events", *self.place, *BOOK)[-1])
            self.assert_ended(follower, number)

    def test_begins_where_it_is_told_to(self):
        follower = self.follow(self.place, "--from", "5")
        self.post(self.place, "k-2")
        self.assertEqual(follower.take(1)[0]["key"], "k-2")
        self.assert_ended(follower)

    def test_a_start_beyond_the_end_is_refused(self):
        self.fail_with(1, ["after the last"], "events", *self.place, *BOOK, "--follow", "--from",
                       "6")

    def test_what_is_yet_to_come_is_refused_but_for_the_next_event(self):
        self.fail_with(1, ["999999", "4"], "events", *self.place, *BOOK, "--from", "999999")
        self.fail_with(1, ["6", "4"], "events", *self.place, *BOOK, "--from", "6")
        self.assertEqual(self.succeed("events", *self.place, *BOOK, "--from", "5"), "")

    def test_with_a_cursor_it_goes_on_where_it_stopped(self):
        cursor = ("--cursor", "printer")
        follower = self.follow(self.place, *cursor)
        self.assertEqual([x["seq"] for x in follower.take(4)], [1, 2, 3, 4])
        self.assert_ended(follower)
        self.post(self.place, "k-2", "k-3")
        follower = self.follow(self.place, *cursor)
        self.assertEqual([x["key"] for x in follower.take(2)], ["k-2", "k-3"])
        # One at a time has it.
        self.fail_with(1, ["printer"], "events", *self.place, *BOOK, "--follow", *cursor)
        self.assert_ended(follower)
        [info] = self.objects("cursors", *self.place, *BOOK)
        self.assertEqual((info["cursor"], info["position"], info["held"]), ("printer", 6, False))

    def test_with_a_cursor_that_is_killed_every_event_is_printed_at_least_once(self):
        cursor = ("--cursor", "printer", "--from", "3")
        follower = self.follow(self.place, *cursor)
        self.assertEqual([x["seq"] for x in follower.take(2)], [3, 4])
        follower.end(signal.SIGKILL)
        info = self.free_cursor()
        self.assertIn(info["position"], (2, 4))
        self.post(self.place, "k-2")
        follower = self.follow(self.place, *cursor)
        expected = list(range(info["position"] + 1, 6))
        self.assertEqual([x["seq"] for x in follower.take(len(expected))], expected)
        self.assert_ended(follower)

    def test_a_cursor_of_another_filter_is_refused(self):
        self.assert_ended_after_4(self.follow(self.place, "--cursor", "printer"))
        self.fail_with(1, ["printer", "filter"], "events", *self.place, *BOOK, "--follow",
                       "--cursor", "printer", "--kind", "asset")
        self.fail_with(2, ["--cursor"], "events", *self.place, *BOOK, "--cursor", "printer")
        self.fail_with(2, ["--cursor"], "events", *self.place, *BOOK, "--follow", "--lossy",
                       "--cursor", "printer")

    def free_cursor(self):
        """The only cursor, once the node has noticed that its worker is gone."""
        deadline = time.monotonic() + support.DEADLINE_S
        while True:
            [info] = self.objects("cursors", *self.place, *BOOK)
            if not info["held"]:
                return info
            self.assertLess(time.monotonic(), deadline)

    def assert_ended_after_4(self, follower):
        follower.take(4)
        self.assert_ended(follower)

    def test_filters(self):
        self.import_text(books.to_lines([books.account("assets:bank"), books.transaction("k-2"),
                                         books.transaction("k-3", credit="assets:bank")]),
                         place=self.place)
        for options, expected in [(["--kind", "account"], [2, 3, 5]),
                                  (["--prefix", "assets:bank"], [5, 7]),
                                  (["--kind", "transaction", "--kind", "asset"], [1, 4, 6, 7]),
                                  (["--kind", "transaction", "--prefix", "income"], [4, 6])]:
            with self.subTest(options=options):
                follower = self.follow(self.place, *options)
                self.assertEqual([x["seq"] for x in follower.take(len(expected))], expected)
                self.assert_ended(follower)
                events = self.objects("events", *self.place, *BOOK, *options)
                self.assertEqual([x["seq"] for x in events], expected)
                limited = self.objects("events", *self.place, *BOOK, *options, "--limit", "1")
                self.assertEqual([x["seq"] for x in limited], expected[:1])

    def test_amounts_of_an_asset_that_the_filter_holds_back_have_its_decimals(self):
        follower = self.follow(self.place, "--from", "5", "--kind", "transaction")
        self.import_text(books.to_lines([books.asset("EUR", 4), books.account("assets:eur", "EUR"),
                                         books.account("income:eur", "EUR", "income"),
                                         books.transaction("k-2", "1.2345", "assets:eur",
                                                           "income:eur", "EUR")]),
                         place=self.place)
        self.assertEqual(follower.take(1)[0]["postings"][0]["amount"], "1.2345")
        self.assert_ended(follower)

    def test_ends_with_1_and_a_reason_when_the_node_ends(self):
        for end in (lambda node: self.assertEqual(node.stop(), 0)), (lambda node: node.kill()):
            node = self.start_node(self.directory / "other")
            self.import_text(books.to_lines(books.CASH), place=node.place)
            follower = self.follow(node.place)
            follower.take(3)
            end(node)
            self.assert_failed(follower.end(), 1, ["daybook: "])

    def test_ends_quietly_when_nobody_reads_it(self):
        follower = self.follow(self.place)
        follower.take(4)
        follower.process.stdout.close()
        self.post(self.place, "k-2")
        self.assertEqual(follower.process.wait(support.DEADLINE_S), -signal.SIGPIPE)
        self.assertEqual(follower.process.stderr.read(), b"")

    def test_lossy_prints_only_what_is_new(self):
        follower = self.follow(self.place, "--lossy")
        # It says nothing until it has begun; so something is posted until it says something.
        seen = []
        for i in range(10_000):
            self.post(self.place, f"new-{i}")
            if follower.process.poll() is not None:
                break
            if support.is_readable(follower.process.stdout):
                seen = follower.take(1)
                break
        self.assertGreater(seen[0]["seq"], 4)
        done = follower.end(signal.SIGTERM)
        self.assertEqual(done.code, 0)

    def test_in_a_directory_prints_what_is_there(self):
        self.assertEqual(self.node.stop(), 0)
        follower = self.follow(self.here)
        self.assertEqual([x["seq"] for x in follower.take(4)], [1, 2, 3, 4])
        self.assert_ended(follower)


class AcrossSegments(FollowTest):
    def test_there_is_no_gap_and_no_duplicate(self):
        """[I3] While many segments are filled, for one who is there from the beginning, one who
        starts in the middle and one who comes late."""
        node = self.start_node(options=["--segment-bytes", "65536"])
        definitions, transactions = books.large_sample(5)
        self.import_text("".join(definitions), place=node.place)
        count = len(definitions) + len(transactions)
        early = self.follow(node.place)
        middle = self.follow(node.place, "--from", str(len(definitions)))
        self.import_text("".join(transactions), place=node.place)
        late = self.follow(node.place, "--from", "1")
        for follower, first in (early, 1), (middle, len(definitions)), (late, 1):
            seqs = [x["seq"] for x in follower.take(count - first + 1)]
            self.assertEqual(seqs, list(range(first, count + 1)))
            self.assert_ended(follower)
        segments = list((self.data / "books" / "main").glob("segment-*"))
        self.assertGreater(len(segments), 3)


if __name__ == "__main__":
    unittest.main()
