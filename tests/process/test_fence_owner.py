"""A fence goes with the process that began it, however that ends."""

import json
import subprocess
import time
import unittest

import books
import support

BOOK = ("--book", "main")


class FenceOwner(support.ProcessTest):
    def setUp(self):
        super().setUp()
        self.node = self.start_node()
        self.import_text(books.to_lines(books.CASH), place=self.node.place)

    def start_owner(self):
        owner = subprocess.Popen(
            [support.FENCING_CLIENT, self.node.host, str(self.node.port), "main"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.addCleanup(support.end, owner)
        self.assertEqual(support.read_line(owner.stdout), "ready\n")
        return owner

    def post(self, key):
        return support.run("post", *self.node.place, *BOOK, "--key", key, "--json",
                           "--debit", "assets:cash=1", "--credit", "income:other=1")

    def post_when_free(self, key):
        """Posts as soon as the node has noticed that the owner is gone."""
        deadline = time.monotonic() + support.DEADLINE_S
        while (done := self.post(key)).code != 0:
            self.assertIn("fence", done.err)
            self.assertLess(time.monotonic(), deadline, "the fence outlived its owner")
        return json.loads(done.out)

    def assert_never_was(self, receipt):
        self.assertEqual(receipt["seq"], 4)
        events = self.objects("events", *self.node.place, *BOOK)
        self.assertEqual([x.get("key") for x in events], [None, None, None, "after"])
        [cash] = self.objects("balance", *self.node.place, *BOOK, "assets:cash")
        self.assertEqual(cash["balance"], "1.00")

    def test_is_cancelled_when_its_owner_is_killed(self):
        owner = self.start_owner()
        self.assertIn("fence", self.post("before").err)
        [status] = self.objects("status", *self.node.place, *BOOK)
        self.assertIn("T", status["fence_until"])
        self.assertIn("fence_until\t", self.succeed("status", *self.node.place, *BOOK))
        owner.kill()
        self.assert_never_was(self.post_when_free("after"))

    def test_is_cancelled_when_its_owner_ends(self):
        owner = self.start_owner()
        owner.stdin.close()
        self.assertEqual(owner.wait(support.DEADLINE_S), 0)
        owner.stdin = None
        self.assert_never_was(self.post_when_free("after"))


if __name__ == "__main__":
    unittest.main()
