"""A node that is killed under load comes back with everything it has acknowledged, once."""

import collections
import json
import os
import random
import unittest

import books
import support

ROUNDS = 20
CLIENTS = 8
# Much more than all rounds get done before they are killed.
COPIES = 40
# So few of them in a round, though, that what one client gets done before another has connected does
# not use them up.
ROUND_LINES = 240
# A client begins each round by asking again for the last of what it was promised already.
REPEATED = 10


class Part:
    """One client's part of the input."""

    def __init__(self, lines):
        self.lines = lines
        self.keys = books.keys(lines)
        self.done = 0  # lines acknowledged; answers come in the order of the lines

    def begin(self):
        """Where this round starts."""
        return max(0, self.done - REPEATED)

    def end(self):
        """Where it ends at the latest."""
        return self.done + ROUND_LINES

    def take(self, begin, acknowledged):
        """Notes a round's keys, which must be those that were sent."""
        end = begin + len(acknowledged)
        if acknowledged != self.keys[begin:end]:
            raise AssertionError("the client was told of keys in another order than it sent them")
        self.done = max(self.done, end)


class Kill(support.ProcessTest):
    def setUp(self):
        super().setUp()
        seed = os.environ.get("DAYBOOK_SEED") or str(random.SystemRandom().randrange(2 ** 32))
        print(f"DAYBOOK_SEED={seed} repeats the numbers of this run", flush=True)
        self.chance = random.Random(seed)
        definitions, transactions = books.large_sample(COPIES)
        self.whole = self.write("whole.jsonl", "".join(definitions + transactions))
        self.parts = [Part(transactions[i::CLIENTS]) for i in range(CLIENTS)]
        self.import_text("".join(definitions), book="bank")

    def round(self, number):
        """Starts a node and its clients, and kills it after some more acknowledgements."""
        node = self.start_node()
        begins = [part.begin() for part in self.parts]
        clients = [
            self.start_client(node, "bank",
                              self.write(f"{i}.jsonl", "".join(part.lines[begin:part.end()])),
                              "--in-flight", 1 + i % 4, "--per-message", 1 + i)
            for i, (part, begin) in enumerate(zip(self.parts, begins))]
        repeated = sum(part.done - begin for part, begin in zip(self.parts, begins))
        count = repeated + self.chance.randrange(1, 600)
        support.follow(clients, count, node.kill)
        node.close()
        for client, part, begin in zip(clients, self.parts, begins):
            end = client.end()
            sent = part.end() - begin
            part.take(begin, client.acknowledged)
            # A fast client may have come to the end of its lines before the node was killed.
            expected = 0 if len(client.acknowledged) == sent and end.code == 0 else 3
            self.assertEqual(end.code, expected,
                             f"a client with {part.done} of {len(part.keys)} answers was not told "
                             f"that the node is gone: {end}")
            client.close()
        done = sum(part.done for part in self.parts)
        print(f"round {number}: killed after {count} answers, {done} transactions acknowledged",
              flush=True)

    def keys_in(self, place):
        """How often each key stands in the log."""
        events = self.succeed("events", *place, "--book", "bank", "--json")
        return collections.Counter(x["key"] for x in map(json.loads, events.splitlines())
                                   if x["type"] == "transaction")

    def assert_nothing_is_lost(self):
        self.succeed("verify", *self.here)
        node = self.start_node()
        present = self.keys_in(node.place)
        self.assertEqual(set(present.values()), {1})
        for part in self.parts:
            missing = [key for key in part.keys[:part.done] if key not in present]
            self.assertEqual(missing, [])
        self.assertEqual(node.stop(), 0)
        node.close()

    def test_twenty_times_in_a_row(self):
        for number in range(1, ROUNDS + 1):
            self.round(number)
            self.assert_nothing_is_lost()
        self.assert_a_rerun_completes_it()

    def assert_a_rerun_completes_it(self):
        present = sum(self.keys_in(self.here).values())
        expected = sum(len(part.keys) for part in self.parts)
        self.assertLess(present, expected, "the input was too short for so many rounds")
        report = json.loads(self.succeed("import", *self.here, "--book", "bank", "--json",
                                         self.whole))
        self.assertEqual(report["accepted"], expected - present)
        self.assertEqual(report["rejected"], 0)
        self.assertEqual(set(self.keys_in(self.here).values()), {1})
        clean = ("--data", str(self.directory / "clean"))
        self.succeed("import", *clean, "--book", "bank", self.whole)
        self.assertEqual(self.succeed("balances", *self.here, "--book", "bank"),
                         self.succeed("balances", *clean, "--book", "bank"))


if __name__ == "__main__":
    unittest.main()
