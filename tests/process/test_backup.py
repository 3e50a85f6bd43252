"""A copy of a running node's directory is whole, has what was acknowledged, and can be started."""

import json
import signal
import unittest

import books
import support


class Backup(support.ProcessTest):
    def setUp(self):
        super().setUp()
        definitions, self.transactions = books.large_sample(20)
        self.import_text("".join(definitions), book="bank")
        self.copy = self.directory / "copy"

    def keys_in(self, data):
        events = self.succeed("events", "--data", data, "--book", "bank", "--json")
        return [x["key"] for x in books.from_lines(events) if x["type"] == "transaction"]

    def test_beside_a_node_under_load(self):
        # Segments that are full soon: the copy meets their ends.
        node = self.start_node(options=("--segment-bytes", "65536", "--snapshot-events", "500"))
        clients = [self.start_client(node, "bank", self.write(f"{i}.jsonl", "".join(
            self.transactions[i::4])), "--in-flight", 16) for i in range(4)]
        before = []

        def back_up():
            before.extend(key for client in clients for key in client.acknowledged)
            self.said = self.objects("backup", "--data", self.data, "--to", self.copy)[0]

        support.follow(clients, 500, back_up)
        self.assertEqual(self.said["books"], 1)
        self.assertGreater(self.said["bytes"], 0)
        self.assertGreaterEqual(len(before), 500)
        self.succeed("verify", "--data", self.copy)
        self.assertEqual(set(before) - set(self.keys_in(self.copy)), set())
        restored = self.start_node(self.copy)
        self.import_text("".join(self.transactions), place=restored.place, book="bank")
        self.assertEqual(restored.stop(), 0)
        self.assertEqual(sorted(self.keys_in(self.copy)), sorted(books.keys(self.transactions)))

    def test_of_a_node_of_a_cluster(self):
        node = self.start_node(options=("--node-id", "db1"))
        self.import_text("".join(self.transactions), place=node.place, book="bank")
        self.succeed("backup", "--data", self.data, "--to", self.copy)
        other = support.run("serve", "--data", self.copy, "--listen", "127.0.0.1:0", "--node-id",
                            "db2")
        self.assert_failed(other, 1, ["db1"])
        restored = self.start_node(self.copy, options=("--node-id", "db1"))
        self.assertEqual(self.objects("book", "list", *restored.place)[0]["node"], "db1")

    def test_nothing_is_overwritten(self):
        self.copy.mkdir()
        (self.copy / "mine").write_text("keep")
        before = support.fingerprint(self.copy)
        self.fail_with(1, [str(self.copy)], "backup", "--data", self.data, "--to", self.copy)
        self.assertEqual(support.fingerprint(self.copy), before)
        self.fail_with(1, ["nowhere"], "backup", "--data", self.directory / "nowhere", "--to",
                       self.directory / "other")
        self.assertFalse((self.directory / "other").exists())

    def test_an_interrupted_copy_is_no_data_directory(self):
        self.import_text("".join(self.transactions), book="bank")
        # The log does not fit: the copy ends in the middle of it.
        done = support.run("backup", "--data", self.data, "--to", self.copy,
                           wrapper=support.with_file_size(20_000))
        self.assertNotEqual(done.code, 0)
        self.assertTrue((self.copy / "books").is_dir())
        self.fail_with(1, ["LOCK"], "verify", "--data", self.copy)

    def test_a_damaged_directory_is_not_called_a_backup(self):
        self.import_text("".join(self.transactions), book="bank")
        segment = next((self.data / "books" / "bank").glob("segment-*"))
        content = bytearray(segment.read_bytes())
        content[6000] ^= 1
        segment.write_bytes(content)
        self.fail_with(1, ["segment-"], "backup", "--data", self.data, "--to", self.copy)


class Health(support.ProcessTest):
    def ready(self, place):
        return support.run("health", *place, "--json")

    def test_a_node_is_ready_until_it_ends(self):
        node = self.start_node()
        self.assertEqual(json.loads(self.succeed("health", *node.place, "--json")), {"ready": True})
        place = node.place
        self.assertEqual(node.stop(), 0)
        self.fail_with(1, [place[1]], "health", *place)

    def test_a_node_of_a_cluster(self):
        node = self.start_node(options=("--node-id", "a"))
        self.succeed("health", *node.place)

    def test_a_node_that_hangs_is_not_ready(self):
        node = self.start_node()
        node.process.send_signal(signal.SIGSTOP)
        try:
            self.fail_with(1, ["not ready"], "health", *node.place, "--timeout-ms", "300")
        finally:
            node.process.send_signal(signal.SIGCONT)

    def test_a_node_ends_with_snapshots(self):
        definitions, transactions = books.large_sample(20)
        node = self.start_node()
        self.import_text("".join(definitions + transactions), place=node.place, book="bank")
        self.assertEqual(node.stop(), 0)
        book = self.data / "books" / "bank"
        self.assertEqual(len(list(book.glob("snapshot-*"))), 1)
        # Once more, with nothing new: no other one is written.
        before = support.fingerprint(book)
        again = self.start_node()
        self.succeed("balances", *again.place, "--book", "bank")
        self.assertEqual(again.stop(), 0)
        snapshots = [name for name in support.fingerprint(book) if name.startswith("snapshot-")]
        self.assertEqual(snapshots, [name for name in before if name.startswith("snapshot-")])


if __name__ == "__main__":
    unittest.main()
