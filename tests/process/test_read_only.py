"""`--read-only` looks at a directory beside whoever writes it, and leaves no trace."""

import os
import shutil
import unittest

import books
import support

BOOK = ("--book", "main")

READING = [["book", "list"], ["asset", "list", *BOOK], ["account", "list", *BOOK],
           ["balance", *BOOK, "assets:cash"], ["balance", *BOOK, "assets:cash", "--as-of", "900"],
           ["balances", *BOOK], ["history", *BOOK, "assets:cash"], ["trial-balance", *BOOK],
           ["trial-balance", *BOOK, "--as-of", "900"], ["events", *BOOK],
           ["export", *BOOK, "--format", "jsonl"], ["show", *BOOK, "900"],
           ["ancestors", *BOOK, "900"], ["cursors", *BOOK]]


def traces(directory):
    """What would change if somebody wrote: names, sizes, times of everything."""
    found = {}
    for path, folders, files in os.walk(directory):
        for name in [".", *folders, *files]:
            status = os.stat(os.path.join(path, name))
            found[os.path.join(path, name)] = (status.st_size, status.st_mtime_ns,
                                               status.st_ctime_ns)
    return found


class AtRest(support.ProcessTest):
    def setUp(self):
        super().setUp()
        self.import_text(books.sample())

    def test_commands_print_what_they_print_otherwise_and_change_nothing(self):
        copy = self.directory / "copy"
        shutil.copytree(self.data, copy)
        before = traces(self.data)
        for command in READING:
            for json in [], ["--json"]:
                with self.subTest(command=command, json=json):
                    printed = self.succeed(*command, *self.here, "--read-only", *json)
                    self.assertEqual(traces(self.data), before)
                    usual = self.succeed(*command, "--data", copy, *json)
                    self.assertEqual(printed, usual)
        self.succeed("status", *self.here, *BOOK, "--read-only")
        self.succeed("verify", *self.here)
        self.succeed("verify", *self.here, "--read-only")
        self.assertEqual(traces(self.data), before)

    def test_works_where_nothing_may_be_written(self):
        for path in [*self.data.rglob("*"), self.data]:
            path.chmod(0o500 if path.is_dir() else 0o400)
        self.addCleanup(lambda: [x.chmod(0o700) for x in [self.data, *self.data.rglob("*")]])
        for command in READING:
            with self.subTest(command=command):
                self.succeed(*command, *self.here, "--read-only",
                             wrapper=support.without_privileges())

    def test_a_key_is_found_without_the_index(self):
        for line in books.from_lines(books.sample())[-1:]:
            [event] = self.objects("show", *self.here, *BOOK, "--key", line["key"], "--read-only")
            self.assertEqual(event["key"], line["key"])
        self.fail_with(1, ["absent"], "show", *self.here, *BOOK, "--key", "absent", "--read-only")

    def test_a_snapshot_changes_no_answer(self):
        commands = [x for x in READING if x[0] != "export"]
        before = [self.succeed(*x, *self.here, "--read-only") for x in commands]
        self.succeed("snapshot", *self.here, *BOOK)
        self.assertEqual([self.succeed(*x, *self.here, "--read-only") for x in commands], before)

    def test_what_is_missing_is_named_and_not_made(self):
        self.fail_with(1, ["absent"], "balances", *self.here, "--book", "absent", "--read-only")
        absent = self.directory / "absent"
        self.fail_with(1, [str(absent)], "balances", "--data", absent, *BOOK, "--read-only")
        self.assertFalse(absent.exists())


class BesideAWriter(support.ProcessTest):
    def test_at_rest_everything_that_was_acknowledged_is_seen(self):
        node = self.start_node()
        self.import_text(books.sample(), place=node.place)
        for command in READING:
            if command[0] == "book":
                continue
            with self.subTest(command=command):
                self.assertEqual(self.succeed(*command, *self.here, "--read-only"),
                                 self.succeed(*command, *node.place))
        self.succeed("verify", *self.here)

    def test_at_work_a_durable_prefix_is_seen(self):
        """[I7] While a client writes, debits equal credits, events have no gap, and each look sees
        at least what the one before it saw and what had been acknowledged."""
        node = self.start_node(options=["--segment-bytes", "262144", "--snapshot-events", "2000"])
        definitions, transactions = books.large_sample(20)
        self.import_text("".join(definitions), place=node.place)
        client = self.start_client(node, "main", self.write("input.jsonl", "".join(transactions)),
                                   "--connections", 4, "--in-flight", 4, "--per-message", 10)
        seen = 0
        for _ in range(8):
            client.take()
            seen = max(seen, len(definitions) + len(client.acknowledged))
            self.look(seen)
            events = self.objects("events", *self.here, *BOOK, "--read-only")
            self.assertEqual([x["seq"] for x in events], list(range(1, len(events) + 1)))
            self.assertGreaterEqual(len(events), seen)
            seen = len(events)
        support.follow([client])
        self.assertEqual(client.end().code, 0)
        self.look(len(definitions) + len(transactions))

    def look(self, acknowledged):
        [row] = self.objects("trial-balance", *self.here, *BOOK, "--read-only")
        self.assertEqual(row["debit_balances"], row["credit_balances"])
        self.assertEqual(row["debit_turnover"], row["credit_turnover"])
        [report] = self.objects("verify", *self.here)
        self.assertGreaterEqual(report["events"], acknowledged)


class WrongUsage(support.ProcessTest):
    def test_writing_is_no_reading(self):
        for command in (["import", *BOOK, "-"], ["snapshot", *BOOK],
                        ["post", *BOOK, "--key", "k", "--debit", "a=1", "--credit", "b=1"],
                        ["reverse", *BOOK, "--key", "k", "4"], ["account", "close", *BOOK, "a"],
                        ["cursor", "remove", *BOOK, "c"]):
            with self.subTest(command=command):
                self.fail_with(2, ["--read-only"], *command, *self.here, "--read-only")
        self.fail_with(2, ["--read-only"], "serve", *self.here, "--read-only")
        self.assertFalse(self.data.exists())

    def test_a_node_is_asked_as_ever(self):
        self.fail_with(2, ["--read-only", "--connect"], "balances", *BOOK, "--connect",
                       "127.0.0.1:7717", "--read-only")

    def test_following_needs_whoever_writes(self):
        self.fail_with(2, ["--follow", "--read-only"], "events", *BOOK, *self.here, "--follow",
                       "--read-only")


if __name__ == "__main__":
    unittest.main()
