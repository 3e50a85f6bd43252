"""What the kernel saw: no answer leaves a node before its sync, and one sync serves many."""

import unittest

import books
import support
import system_calls


class Traced(support.ProcessTest):
    """A node under strace."""

    def setUp(self):
        super().setUp()
        definitions, self.transactions = books.large_sample(4)
        self.import_text("".join(definitions), book="bank")

    def traced(self, calls, count, client_options=(), strace_options=()):
        """The calls of a node while a client sends it `count` transactions."""
        log, pid = self.directory / "trace", self.directory / "pid"
        node = self.start_node(wrapper=system_calls.wrapper(log, pid, calls, *strace_options))
        lines = self.transactions[:count]
        client = self.start_client(node, "bank", self.write("input.jsonl", "".join(lines)),
                                   *client_options)
        support.follow([client])
        self.assertEqual(client.end(), support.Outcome(0, "", ""))
        self.assertEqual(sorted(client.acknowledged), sorted(books.keys(lines)))
        # Strace would not pass the signal on.
        self.assertEqual(node.stop(int(pid.read_text(encoding="ascii"))), 0)
        return system_calls.read(log)


def first(calls, what, after=-1):
    """The first call of a kind that began after a moment."""
    return next((x for x in calls if what(x) and x.began > after), None)


class NoAnswerBeforeItsSync(Traced):
    COUNT = 100

    def test_for_a_client_that_sends_one_by_one(self):
        """[I1] For each key: the request comes in, the segment is written with it, the segment is
        synced, and only then something is sent to that client again."""
        calls = self.traced(system_calls.ALL_CALLS, self.COUNT)
        for key in books.keys(self.transactions[:self.COUNT]):
            with self.subTest(key=key):
                request = first(calls, lambda x, key=key: x.is_received and key in x.text)
                self.assertIsNotNone(request, "no request with this key")
                written = first(calls, lambda x, key=key: x.is_write and key in x.text)
                self.assertIsNotNone(written, "no write with this key")
                self.assertGreater(written.began, request.ended)
                synced = first(calls, lambda x: x.is_sync, written.ended)
                if "RWF_DSYNC" in written.text:
                    synced = written
                self.assertIsNotNone(synced, "no sync after the write")
                answer = first(calls, lambda x, peer=request.target: x.is_sent and
                               x.target == peer, request.ended)
                self.assertIsNotNone(answer, "no answer")
                self.assertGreater(answer.began, synced.ended)

    def test_and_there_is_a_sync_for_each_transaction(self):
        calls = self.traced(system_calls.DISK_CALLS, self.COUNT)
        syncs = sum(x.is_sync for x in calls)
        self.assertGreaterEqual(syncs, self.COUNT)


class OneSyncForMany(Traced):
    COUNT = 4_000

    def assert_far_fewer_syncs(self, *options):
        # On a disk so slow that it is what everybody waits for, however busy the machine is.
        calls = self.traced(system_calls.DISK_CALLS, self.COUNT, options,
                            system_calls.slow_disk(sync_us=5_000))
        syncs = sum(x.is_sync for x in calls)
        self.assertGreater(syncs, 0)
        self.assertLess(syncs, self.COUNT / 4)
        written = sum(x.text.count("copy-") for x in calls if x.is_write)
        self.assertEqual(written, self.COUNT)

    def test_with_64_clients_that_each_send_one_by_one(self):
        self.assert_far_fewer_syncs("--connections", 64)

    def test_with_one_client_that_has_64_on_their_way(self):
        self.assert_far_fewer_syncs("--in-flight", 64)


if __name__ == "__main__":
    unittest.main()
