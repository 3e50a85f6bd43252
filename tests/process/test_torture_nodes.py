"""`daybook torture` of several nodes: a cluster keeps its promises, and one with two owners is found out."""

import json
import pathlib
import signal
import unittest

import torturing
from torturing import children_of, end_of, runs, wait_for

# What continuous integration grants it.
SECONDS = 60

# A node that takes a book from another one, which goes on with it. Some of those who look for the
# book are sent here from then on.
THIEF = """#!/bin/sh
[ "$1" = serve ] || exec "$DAYBOOK" "$@"
for word do
  case $before in
    --data) data=$word ;;
    --node-id) name=$word ;;
    --advertise) at=$word ;;
  esac
  before=$word
done
all=${data%/*/*}
if [ -d "$data/books" ] && [ ! -e "$data/books/book-0" ] && mkdir "$all/stolen" 2>/dev/null; then
  cp -a "$all"/node-*/data/books/book-0 "$data/books/"
  tries=0
  until "$DAYBOOK" cluster pin --connect "$at" --book book-0 --node "$name" ||
      [ $((tries += 1)) = 100 ]; do sleep 0.1; done >/dev/null 2>&1 &
fi
exec "$DAYBOOK" "$@"
"""


class TortureNodes(torturing.TortureTest):
    def test_a_minute_of_everything(self):
        done = end_of(self.start("--nodes", 3, "--seconds", SECONDS, "--kill-every", 3, "--json"))
        self.assertEqual((done.code, done.err), (0, ""), done)
        report = json.loads(done.out)
        print(done.out, flush=True)
        self.assertEqual((report["verdict"], report["violations"]), ("passed", []))
        self.assertEqual(report["not_tested"], [])
        expected = {"kill", "pause", "restart", "lose-index", "lose-snapshots", "partition", "move"}
        self.assertLessEqual(expected, set(report["faults"]))
        self.assertGreater(report["writes"]["accepted"], 0)
        self.assertGreater(report["writes"]["unknown"], 0)
        self.assertGreater(report["reads"]["answered"], 0)
        self.assertGreater(report["moves"]["done"], 0)
        self.assertGreater(report["availability"], 0)
        self.assertGreater(report["longest_silence_ms"], 0)
        self.assertEqual(self.kept(), [])

    def test_a_network_that_is_cut_is_felt(self):
        done = end_of(self.start("--nodes", 2, "--books", 1, "--seconds", 20, "--faults",
                                 "partition", "--kill-every", 1, "--keep", "--json"))
        self.assertEqual((done.code, done.err), (0, ""), done)
        report = json.loads(done.out)
        self.assertEqual(set(report["faults"]), {"partition"})
        self.assertGreater(report["writes"]["unknown"], 0)
        self.assertLess(report["availability"], 1)
        evidence, = self.kept()
        what = [json.loads(line)["event"]
                for line in (evidence / "cluster.jsonl").read_text().splitlines()]
        self.assertEqual(what[1::2], ["healed"] * report["faults"]["partition"])
        for node in "node-0", "node-1":
            self.succeed("verify", "--data", evidence / node / "data")

    def test_two_owners_of_a_book_are_found_out(self):
        program = self.program("thief", THIEF)
        done = end_of(self.start("--nodes", 3, "--books", 1, "--seconds", 12, "--faults", "kill",
                                 "--kill-every", 1, "--program", program, "--json"))
        self.assertEqual(done.code, 1, done)
        report = json.loads(done.out)
        self.assertEqual(report["verdict"], "failed")
        for what in "two_owners", "two_contents", "lost_write":
            self.assertIn(what, report["violation_counts"])
        self.assertLessEqual({x["where"] for x in report["violations"]}, {"book-0", "cluster"})
        evidence = pathlib.Path(report["evidence"])
        self.assertEqual(self.kept(), [evidence])
        for name in ("node-0/data/books", "node-0/node.log", "node-0/node.jsonl", "cluster.jsonl",
                     "clients/book-0-client-0.jsonl"):
            self.assertTrue((evidence / name).exists(), name)

    def test_for_people(self):
        done = end_of(self.start("--nodes", 2, "--seconds", 1, "--faults", "none",
                                 "--transactions", 500, "--seed", 7))
        self.assertEqual((done.code, done.err), (0, ""), done)
        for words in ("seed                      7\n", "2 nodes x 2 books", "PASSED",
                      "availability", "longest silence, ms", "healed to all writes, ms"):
            self.assertIn(words, done.out)
        self.assertEqual(self.kept(), [])

    def test_an_interrupt_ends_the_faults_and_judges(self):
        process = self.start("--nodes", 2, "--seconds", 100_000, "--json")
        # The last thing before the faults is that the first client writes something down.
        wait_for(lambda: list(self.directory.glob("*/clients/*.jsonl")))
        process.send_signal(signal.SIGINT)
        done = end_of(process)
        self.assertEqual((done.code, done.err), (0, ""), done)
        self.assertEqual(json.loads(done.out)["verdict"], "passed")
        self.assertEqual(self.kept(), [])

    def test_its_nodes_end_with_it(self):
        process = self.start("--nodes", 3, "--seconds", 100_000, "--faults", "pause")
        wait_for(lambda: len(children_of(process.pid)) == 3)
        nodes = children_of(process.pid)
        process.kill()
        process.wait()
        wait_for(lambda: not any(runs(pid) for pid in nodes))

    def test_a_program_that_is_no_node(self):
        done = end_of(self.start("--nodes", 2, "--seconds", 1, "--program", "/bin/false"))
        self.assert_failed(done, 1, ["node.log"])

    def test_faults_that_cannot_be(self):
        self.fail_with(2, ["move", "several nodes"], "torture", "--nodes", "1", "--faults",
                       "kill,move")
        self.fail_with(2, ["full-disk", "--nodes 1"], "torture", "--nodes", "2", "--faults",
                       "full-disk")


if __name__ == "__main__":
    unittest.main()
