"""The example programs do what they say: in a process of their own and next to a node."""

import os
import subprocess
import unittest

import support

EMBEDDED = os.environ.get("DAYBOOK_EXAMPLE_EMBEDDED")
REMOTE = os.environ.get("DAYBOOK_EXAMPLE_REMOTE")


class Examples(support.ProcessTest):
    def run_example(self, *arguments):
        done = subprocess.run(arguments, capture_output=True, text=True, check=False,
                              timeout=support.DEADLINE_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_embedded_and_again(self):
        for _ in range(2):
            self.assertEqual(self.run_example(EMBEDDED, self.data), "assets:cash 250.00 EUR\n")
        self.assertEqual(self.succeed("balance", *self.here, "--book", "example", "assets:cash"),
                         "assets:cash\tEUR\t250.00\n")

    def test_remote_and_again(self):
        node = self.start_node()
        for _ in range(2):
            self.assertEqual(self.run_example(REMOTE, node.host, str(node.port)),
                             "assets:cash 250.00 EUR\n")
        self.assertEqual(self.succeed("balance", *node.place, "--book", "example", "assets:cash"),
                         "assets:cash\tEUR\t250.00\n")

    def test_remote_finds_what_embedded_posted(self):
        self.run_example(EMBEDDED, self.data)
        node = self.start_node()
        self.assertEqual(self.run_example(REMOTE, node.host, str(node.port)),
                         "assets:cash 250.00 EUR\n")


if __name__ == "__main__":
    unittest.main()
