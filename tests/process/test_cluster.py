"""Several nodes as one: whoever asks any of them finds every book, and hears which node is gone."""

import json
import signal
import subprocess
import time
import unittest

import support
from clusters import ClusterTest, Node


class Cluster(ClusterTest):
    def test_any_node_finds_every_book(self):
        nodes = self.three()
        books = [f"book{n}" for n in range(9)]
        for n, book in enumerate(books):
            self.prepare(nodes[n % 3], book)
        owners = {book: self.place(nodes[0], book)["node"] for book in books}
        self.assertEqual(set(owners.values()), {"a", "b", "c"})
        for node in nodes:
            self.assertEqual(self.lines("book", "list", "--connect", node.address),
                             [{"book": book, "node": owners[book], "open": True}
                              for book in books])
            kept = {path.name for path in (node.data / "books").iterdir()}
            self.assertEqual(kept, {book for book in books if owners[book] == node.name})
            for book in books:
                self.post(node, book, f"by {node.name}")
        for book in books:
            balance = self.done("balance", "--connect", nodes[1].address, "--book", book,
                                "assets:cash")
            self.assertIn("40.00", balance)

    def test_a_node_that_is_gone(self):
        nodes = self.three()
        books = {}
        for n in range(30):
            books.setdefault(self.place(nodes[0], f"book{n}")["node"], f"book{n}")
        for book in books.values():
            self.prepare(nodes[0], book)
        victim = nodes[2]
        victim.end()
        begun = time.monotonic()
        at = ["--connect", nodes[0].address]
        said = self.refused("balance", *at, "--book", books["c"], "assets:cash")
        self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual(said["error"], "unavailable")
        self.assertEqual(said["node"], "c")
        self.assertEqual(said["address"], victim.address)
        self.post(nodes[0], books["b"], "meanwhile")
        self.wait_until("c is seen to be down", lambda: [
            x["up"] for x in self.lines("cluster", "status", *at) if x["node"] == "c"] == [False])
        # It comes back at another port, with nothing said to it of the others.
        before = victim.address
        victim.start()
        self.assertNotEqual(victim.address, before)
        self.all_know(nodes)
        self.post(nodes[0], books["c"], "again")
        self.assertIn("20.00", self.done("balance", "--connect", nodes[1].address, "--book",
                                         books["c"], "assets:cash"))

    def test_whoever_follows_goes_on(self):
        nodes = self.three()
        book = next(f"book{n}" for n in range(30)
                    if self.place(nodes[0], f"book{n}")["node"] == "c")
        self.prepare(nodes[0], book)
        follower = self.follow(nodes[0], book)
        seen = [json.loads(follower.stdout.readline())["seq"] for _ in range(4)]
        for how in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
            n = len(seen)
            nodes[2].end(how)
            nodes[2].start()
            self.all_know(nodes)
            self.post(nodes[1], book, f"again {n}")
            seen.append(json.loads(follower.stdout.readline())["seq"])
        self.assertEqual(seen, [1, 2, 3, 4, 5, 6, 7])

    def test_pins_and_leaving(self):
        nodes = self.three()
        at = ["--connect", nodes[1].address]
        book = next(f"book{n}" for n in range(30)
                    if self.place(nodes[0], f"book{n}")["node"] != "c")
        self.done("cluster", "pin", *at, "--book", book, "--node", "c")
        self.all_know(nodes)
        self.prepare(nodes[0], book)
        self.assertTrue((nodes[2].data / "books" / book).is_dir())
        said = self.refused("cluster", "pin", *at, "--book", book, "--node", "nobody")
        self.assertEqual(said["error"], "not_found")
        self.done("cluster", "remove-node", *at, "--node", "a")
        self.wait_until("a has left", lambda: [
            x["node"] for x in self.lines("cluster", "status", *at)] == ["b", "c"])
        # Who asks the one that left finds the books all the same.
        self.assertIn("10.00", self.done("balance", "--connect", nodes[0].address, "--book", book,
                                         "assets:cash"))

    def has(self, node, book):
        return (node.data / "books" / book).is_dir()

    def follow(self, node, book):
        follower = subprocess.Popen(
            [support.PROGRAM, "events", "--connect", node.address, "--book", book, "--follow",
             "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.stdout.close)
        self.addCleanup(follower.kill)
        return follower

    def test_a_book_moves_while_it_is_written_and_followed(self):
        nodes = self.three()
        book = next(f"book{n}" for n in range(30)
                    if self.place(nodes[0], f"book{n}")["node"] == "a")
        self.prepare(nodes[0], book)
        follower = self.follow(nodes[0], book)
        posted = 1
        for to in ("b", "c", "a"):
            owner = next(x for x in nodes if x.name == to)
            with subprocess.Popen(
                    [support.PROGRAM, "book", "move", "--connect", nodes[1].address, "--book", book,
                     "--to", to, "--json"], stdout=subprocess.PIPE, text=True) as move:
                while move.poll() is None:
                    self.post(nodes[2], book, f"while it moves {posted}")
                    posted += 1
                said = json.loads(move.stdout.read())
            self.assertEqual(move.returncode, 0)
            self.assertEqual((said["moved"], said["node"]), (book, to))
            self.assertEqual([x.name for x in nodes if self.has(x, book)], [to])
            self.post(nodes[0], book, f"at {to}")
            posted += 1
            listed = {x["book"]: x["node"]
                      for x in self.lines("book", "list", "--connect", owner.address)}
            self.assertEqual(listed[book], to)
        self.assertIn(f"{posted * 10}.00", self.done(
            "balance", "--connect", nodes[1].address, "--book", book, "assets:cash"))
        seen = [json.loads(follower.stdout.readline())["seq"] for _ in range(3 + posted)]
        self.assertEqual(seen, list(range(1, 3 + posted + 1)))
        for wrong, code in [(["--book", book, "--to", "nobody"], "not_found"),
                            (["--book", "none", "--to", "b"], "not_found")]:
            said = self.refused("book", "move", "--connect", nodes[0].address, *wrong)
            self.assertEqual(said["error"], code)
        for node in nodes:
            self.assertEqual(node.end(signal.SIGTERM), 0)
            self.done("verify", "--data", node.data)

    def test_a_node_that_is_killed_while_a_book_moves(self):
        nodes = self.three()
        by_name = {x.name: x for x in nodes}
        book = next(f"book{n}" for n in range(30)
                    if self.place(nodes[0], f"book{n}")["node"] == "b")
        self.prepare(nodes[0], book)
        posted = 1
        # The one that has it and the one that gets it, in turn.
        for n, victim in enumerate("bbcccc"):
            to = "c" if n % 2 == 0 else "b"
            with subprocess.Popen(
                    [support.PROGRAM, "book", "move", "--connect", nodes[0].address, "--book", book,
                     "--to", to], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as move:
                time.sleep(0.03 + 0.01 * n)
                by_name[victim].end()
                move.wait(support.DEADLINE_S)
            by_name[victim].start()
            self.all_know(nodes)
            self.post(nodes[0], book, f"again {n}")
            posted += 1
            # The pin is there, or somebody has to say it again.
            self.done("book", "move", "--connect", nodes[0].address, "--book", book, "--to", to)
            self.assertEqual([x.name for x in nodes if self.has(x, book)], [to])
        self.assertIn(f"{posted * 10}.00", self.done(
            "balance", "--connect", nodes[0].address, "--book", book, "assets:cash"))

    def test_nodes_that_come_and_go_take_their_share(self):
        nodes = [Node(self, name) for name in ("a", "b")]
        at = ["--connect", nodes[0].address]
        books = [f"book{n}" for n in range(12)]
        for book in books:
            self.prepare(nodes[0], book)

        def are_at_home():
            return all(self.place(nodes[0], x["book"])["node"] == x["node"]
                       for x in self.lines("book", "list", *at))
        self.done("cluster", "add-node", *at, "--address", nodes[1].address)
        self.all_know(nodes)
        self.wait_until("all books are where they belong", are_at_home)
        self.assertGreater(len(list((nodes[1].data / "books").iterdir())), 1)
        self.done("cluster", "remove-node", *at, "--node", "b")
        self.wait_until("b has left", lambda: [
            x["node"] for x in self.lines("cluster", "status", *at)] == ["a"])
        self.assertEqual(sorted(x.name for x in (nodes[0].data / "books").iterdir()),
                         sorted(books))
        for book in books:
            self.assertIn("10.00", self.done("balance", *at, "--book", book, "assets:cash"))

    def test_a_node_ends_in_good_order(self):
        nodes = self.three()
        for node in nodes:
            self.assertEqual(node.end(signal.SIGTERM), 0)
            node.start()
            self.all_know(nodes)

    def test_what_is_wrong_is_said_in_one_sentence(self):
        for arguments, word in [
                (["--peer", "b=127.0.0.1:1"], "--node-id"),
                (["--node-id", "A B"], "node name"),
                (["--node-id", "a", "--peer", "b"], "NODE=HOST:PORT"),
                (["--node-id", "a", "--listen", "0.0.0.0:0"], "--advertise")]:
            outcome = support.run("serve", "--data", f"{self.directory}/x", *arguments)
            self.assertEqual(outcome.code, 2, outcome)
            self.assertIn(word, outcome.err)
            self.assertEqual(len(outcome.err.strip().splitlines()), 1, outcome.err)
        self.assertFalse((self.directory / "x").exists())
        alone = support.run("cluster", "status", "--connect", "127.0.0.1:1")
        self.assertEqual(alone.code, 1)


if __name__ == "__main__":
    unittest.main()
