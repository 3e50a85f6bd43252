"""A node that is asked to end answers what it has accepted, keeps it, and exits 0."""

import json
import os
import signal
import subprocess
import unittest

import books
import support


class Drain(support.ProcessTest):
    def setUp(self):
        super().setUp()
        definitions, self.transactions = books.large_sample(20)
        self.import_text("".join(definitions), book="bank")

    def keys(self):
        events = self.succeed("events", *self.here, "--book", "bank", "--json")
        return [x["key"] for x in books.from_lines(events) if x["type"] == "transaction"]

    def test_without_clients(self):
        for number in signal.SIGTERM, signal.SIGINT:
            node = self.start_node()
            node.process.send_signal(number)
            self.assertEqual(node.process.wait(support.DEADLINE_S), 0)

    def test_keeps_what_clients_were_promised(self):
        node = self.start_node()
        clients = [self.start_client(node, "bank", self.write(f"{i}.jsonl", "".join(
            self.transactions[i::4])), "--in-flight", 16) for i in range(4)]
        support.follow(clients, 500, lambda: os.kill(node.process.pid, signal.SIGTERM))
        self.assertEqual(node.process.wait(support.DEADLINE_S), 0)
        for client in clients:
            # Refused by a book that is closing, or not answered any more.
            self.assertIn(client.end().code, (1, 3))
        self.succeed("verify", *self.here)
        present = self.keys()
        self.assertEqual(len(set(present)), len(present))
        for client in clients:
            self.assertEqual(set(client.acknowledged) - set(present), set())

    def test_ends_an_import_with_a_sentence_and_keeps_what_it_counts(self):
        node = self.start_node()
        process = subprocess.Popen(
            [support.PROGRAM, "import", *node.place, "--book", "bank", "--json", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        half = len(self.transactions) // 2
        process.stdin.write("".join(self.transactions[:half]).encode())
        process.stdin.flush()
        # The second half is not sent before the node is gone, so the import cannot be complete.
        self.assertEqual(node.stop(), 0)
        out, err = process.communicate("".join(self.transactions[half:]).encode(),
                                       support.DEADLINE_S)
        done = support.Outcome(process.returncode, out.decode(), err.decode())
        self.assert_failed(done, 1, [])
        self.assertRegex(done.err, "again|retry")
        accepted = json.loads(done.out)["accepted"]
        self.assertGreater(accepted, 0)
        self.assertGreaterEqual(len(self.keys()), accepted)
        self.import_text("".join(self.transactions), book="bank")
        self.assertEqual(sorted(self.keys()), sorted(books.keys(self.transactions)))


if __name__ == "__main__":
    unittest.main()
