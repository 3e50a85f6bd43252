"""A command whose output nobody reads any more ends quietly, as `| head` has it end."""

import signal
import subprocess
import unittest

import books
import support


class BrokenPipe(support.ProcessTest):
    def setUp(self):
        super().setUp()
        definitions, transactions = books.large_sample(3)
        self.import_text("".join([*definitions, *transactions]))

    def run_unread(self, place, *command):
        """A command of whose output one line is read."""
        process = subprocess.Popen([support.PROGRAM, *command, *place, "--book", "main"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, bufsize=0)
        self.addCleanup(support.end, process)
        self.assertTrue(support.read_line(process.stdout).endswith("\n"))
        process.stdout.close()
        return support.Outcome(process.wait(support.DEADLINE_S), "",
                               process.stderr.read().decode())

    def test_ends_by_its_signal_and_says_nothing(self):
        node = None
        for _ in range(2):
            for command in (["export", "--format", "jsonl"], ["export", "--format", "hledger"],
                            ["events"], ["events", "--json"], ["history", "assets:cash"]):
                with self.subTest(command=command, remote=bool(node)):
                    place = node.place if node else self.here
                    self.assertEqual(self.run_unread(place, *command),
                                     support.Outcome(-signal.SIGPIPE, "", ""))
            node = node or self.start_node()

    def test_leaves_the_directory_free_and_in_order(self):
        self.run_unread(self.here, "export", "--format", "jsonl")
        self.succeed("balances", *self.here, "--book", "main")
        self.succeed("verify", *self.here)


if __name__ == "__main__":
    unittest.main()
