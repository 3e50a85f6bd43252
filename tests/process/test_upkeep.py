"""Snapshots, the state of a book, and its cursors."""

import json
import subprocess
import unittest

import books
import support

BOOK = ("--book", "main")


class Snapshots:
    def setUp(self):
        super().setUp()
        self.import_text(books.to_lines([*books.CASH, books.transaction("k-1")]), place=self.place)

    def files(self):
        return sorted(x.name for x in (self.data / "books" / "main").glob("snapshot-*"))

    def test_a_snapshot_is_of_the_last_event(self):
        [taken] = self.objects("snapshot", *self.place, *BOOK)
        self.assertEqual(self.files(), [f"snapshot-{4:020}.snap"])
        size = (self.data / "books" / "main" / self.files()[0]).stat().st_size
        self.assertEqual(taken, {"seq": 4, "bytes": size, "written": True})
        self.assertEqual(self.objects("status", *self.place, *BOOK)[0]["snapshot"], 4)

    def test_a_second_one_is_there_already_until_something_is_written(self):
        self.assertRegex(self.succeed("snapshot", *self.place, *BOOK), r"^written\t4\t\d+\n$")
        self.assertRegex(self.succeed("snapshot", *self.place, *BOOK), r"^present\t4\t\d+\n$")
        self.import_text(books.to_lines([books.transaction("k-2")]), place=self.place)
        self.assertRegex(self.succeed("snapshot", *self.place, *BOOK), r"^written\t5\t\d+\n$")
        self.assertEqual(len(self.files()), 2)

    def test_a_missing_book_has_none(self):
        self.fail_with(1, ["absent"], "snapshot", *self.place, "--book", "absent")


class SnapshotsInADirectory(Snapshots, support.InDirectory):
    pass


class SnapshotsOnANode(Snapshots, support.OnNode):
    pass


class Status(support.ProcessTest):
    def setUp(self):
        super().setUp()
        self.import_text(books.to_lines([*books.CASH, books.transaction("k-1")]))

    def assert_watermarks_and_counts(self, place):
        [seen] = self.objects("status", *place, *BOOK)
        for mark in "accepted", "written", "durable":
            self.assertEqual(seen[mark], 4)
        self.assertEqual([seen[x] for x in ("book", "assets", "accounts", "hot_keys")],
                         ["main", 1, 2, 1])
        self.assertEqual((seen["applied"], seen["cursors"]), ([], []))

    def test_has_the_watermarks_and_the_counts(self):
        self.assert_watermarks_and_counts(self.here)
        self.assert_watermarks_and_counts(self.start_node().place)

    def test_is_printed_as_what_and_value(self):
        rows = dict(x.split("\t") for x in self.succeed("status", *self.here, *BOOK).splitlines())
        self.assertEqual(rows["durable"], "4")
        identity = self.objects("show", *self.here, *BOOK, "1")[0]["transaction_id"]
        self.assertEqual(rows["id"], identity[:16])

    def test_the_epoch_grows_with_every_life_that_wrote(self):
        def epoch(*options):
            return self.objects("status", *self.here, *BOOK, *options)[0]["epoch"]
        first = epoch()
        self.assertEqual([epoch("--read-only"), epoch()], [first - 1, first])
        self.import_text(books.to_lines([books.transaction("k-2")]))
        self.assertEqual([epoch("--read-only"), epoch()], [first, first + 1])


class Cursors(support.ProcessTest):
    def setUp(self):
        super().setUp()
        self.node = self.start_node()
        self.import_text(books.to_lines([*books.CASH, *(books.transaction(f"k-{i}")
                                                        for i in range(5))]),
                         place=self.node.place)

    def start_worker(self, cursor, events):
        worker = subprocess.Popen([support.FOLLOWING_CLIENT, self.node.host, str(self.node.port),
                                   "main", cursor, str(events)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.addCleanup(support.end, worker)
        self.assertEqual(support.read_line(worker.stdout), "ready\n")
        return worker

    def end_worker(self, worker):
        worker.stdin.close()
        self.assertEqual(worker.wait(support.DEADLINE_S), 0, worker.stderr.read())

    def test_say_how_far_a_worker_is_and_whether_it_is_at_work(self):
        self.assertEqual(self.succeed("cursors", *self.node.place, *BOOK), "")
        worker = self.start_worker("mailer", 2)
        [cursor] = self.objects("cursors", *self.node.place, *BOOK)
        self.assertTrue(cursor["held"])
        self.fail_with(1, ["mailer"], "cursor", "remove", *self.node.place, *BOOK, "mailer")
        self.end_worker(worker)
        [cursor] = self.objects("cursors", *self.node.place, *BOOK)
        self.assertEqual([cursor[x] for x in ("cursor", "position", "lag", "held", "kinds")],
                         ["mailer", 5, 3, False, ["transaction"]])
        name, position, lag, held, _, kinds = self.succeed(
            "cursors", *self.node.place, *BOOK).rstrip("\n").split("\t")
        self.assertEqual((name, position, lag, held, kinds),
                         ("mailer", "5", "3", "free", "transaction"))
        self.assertIn("cursor\tmailer\t5\t3\tfree\n",
                      self.succeed("status", *self.node.place, *BOOK))

    def test_outlive_the_node_and_can_be_read_and_removed_in_the_directory(self):
        self.end_worker(self.start_worker("mailer", 2))
        self.assertEqual(self.node.stop(), 0)
        before = support.fingerprint(self.data)
        [cursor] = self.objects("cursors", *self.here, *BOOK, "--read-only")
        self.assertEqual(cursor["position"], 5)
        self.assertEqual(support.fingerprint(self.data), before)
        removed = self.succeed("cursor", "remove", *self.here, *BOOK, "mailer", "--json")
        self.assertEqual(json.loads(removed), {"removed": "mailer"})
        self.assertEqual(self.succeed("cursors", *self.here, *BOOK), "")

    def test_that_are_not_there_cannot_be_removed(self):
        self.fail_with(1, ["absent"], "cursor", "remove", *self.node.place, *BOOK, "absent")

    def test_removed_begin_anew(self):
        self.end_worker(self.start_worker("mailer", 5))
        self.assertEqual(self.succeed("cursor", "remove", *self.node.place, *BOOK, "mailer"),
                         "removed mailer\n")
        self.end_worker(self.start_worker("mailer", 5))


if __name__ == "__main__":
    unittest.main()
