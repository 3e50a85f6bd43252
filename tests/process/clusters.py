"""Nodes of a cluster for tests, and words for what they know."""

import json
import re
import signal
import subprocess
import time

import support


class Node:
    """A node of a cluster, which may be killed and started again."""

    def __init__(self, test, name):
        self.test = test
        self.name = name
        self.data = test.directory / name
        self.start()
        test.addCleanup(self.end)

    def start(self, *more):
        self.process = subprocess.Popen(
            [support.PROGRAM, "serve", "--data", self.data, "--listen", "127.0.0.1:0",
             "--node-id", self.name, *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        said = self.process.stdout.readline()
        found = re.fullmatch(r"listening on (\S+)\n", said)
        self.test.assertTrue(found, said)
        self.address = found.group(1)

    def end(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        code = self.process.wait(support.DEADLINE_S)
        self.process.stdout.close()
        return code


class ClusterTest(support.ProcessTest):
    def done(self, *arguments):
        outcome = support.run(*arguments)
        self.assertEqual(outcome.code, 0, outcome)
        return outcome.out

    def lines(self, *arguments):
        return [json.loads(line) for line in self.done(*arguments, "--json").splitlines()]

    def refused(self, *arguments):
        outcome = support.run(*arguments, "--json")
        self.assertEqual(outcome.code, 1, outcome)
        return json.loads(outcome.err)

    def wait_until(self, what, fine):
        end = time.monotonic() + support.DEADLINE_S
        while not fine():
            self.assertLess(time.monotonic(), end, f"{what} did not happen")
            time.sleep(0.05)

    def all_know(self, nodes):
        """Each node has heard of all others, and that they have the map."""
        def knows(node):
            seen = self.lines("cluster", "status", "--connect", node.address)
            return len(seen) == len(nodes) and all(x["up"] and x["has_map"] for x in seen)
        for node in nodes:
            self.wait_until(f"{node.name} knows all", lambda node=node: knows(node))

    def three(self):
        nodes = [Node(self, name) for name in ("a", "b", "c")]
        for more in nodes[1:]:
            self.done("cluster", "add-node", "--connect", nodes[0].address, "--address",
                      more.address)
        self.all_know(nodes)
        return nodes

    def place(self, node, book):
        return self.lines("cluster", "map", "--connect", node.address, "--book", book)[0]["place"]

    def post(self, node, book, key):
        return self.done("post", "--connect", node.address, "--book", book, "--key", key,
                         "--debit", "assets:cash=10.00", "--credit", "assets:bank=10.00")

    def prepare(self, node, book):
        at = ["--connect", node.address, "--book", book]
        self.done("asset", "register", *at, "--id", "CZK", "--precision", "2", "--class", "fiat")
        for path in ("assets:cash", "assets:bank"):
            self.done("account", "open", *at, "--path", path, "--asset", "CZK", "--kind", "asset")
        self.post(node, book, "first")
