"""`daybook torture` of one node passes on this program, fails on a node that lies, and leaves nothing behind."""

import json
import pathlib
import signal
import unittest

import torturing
from torturing import children_of, end_of, runs, wait_for

# What continuous integration grants it.
SECONDS = 60

# A node that forgets: its second start keeps a copy of the data, its third one goes back to it.
FORGETFUL = """#!/bin/sh
if [ "$1" = serve ]; then
  data=$3
  starts=$(($(cat "$data.starts" 2>/dev/null || echo 0) + 1))
  echo $starts >"$data.starts"
  [ $starts = 2 ] && cp -a "$data" "$data.older"
  [ $starts = 3 ] && rm -rf "$data" && mv "$data.older" "$data"
fi
exec "$DAYBOOK" "$@"
"""

# A node that ends when its disk is full.
TOUCHY = """#!/bin/sh
[ "$1" = serve ] || exec "$DAYBOOK" "$@"
"$DAYBOOK" "$@" &
node=$!
trap 'kill $node; wait $node; exit $?' TERM
while kill -0 $node 2>/dev/null; do
  [ -e "${3%/*}/filler" ] && kill -9 $node
  sleep 0.05
done
exit 1
"""


class Torture(torturing.TortureTest):
    def test_a_minute_of_everything(self):
        done = end_of(self.start("--seconds", SECONDS, "--nodes", 1, "--books", 4,
                                 "--kill-every", 2, "--json"))
        self.assertEqual((done.code, done.err), (0, ""), done)
        report = json.loads(done.out)
        print(done.out, flush=True)
        self.assertEqual(report["verdict"], "passed")
        self.assertEqual(report["violations"], [])
        expected = {"kill", "pause", "restart", "lose-index", "lose-snapshots"}
        if not report["not_tested"]:
            expected.add("full-disk")
        self.assertLessEqual(expected, set(report["faults"]))
        self.assertGreater(report["writes"]["accepted"], 0)
        self.assertGreater(report["writes"]["unknown"], 0)
        self.assertGreater(report["reads"]["answered"], 0)
        self.assertGreater(report["kill_to_write_ms"]["count"], 0)
        self.assertGreater(report["start_to_answer_ms"]["p50"], 0)
        self.assertGreater(report["availability"], 0)
        self.assertGreater(report["longest_silence_ms"], 0)
        self.assertEqual(self.kept(), [])

    def test_a_node_that_forgets_is_found_out(self):
        program = self.program("forgetful", FORGETFUL)
        done = end_of(self.start("--seconds", 6, "--nodes", 1, "--books", 1, "--faults", "kill",
                                 "--kill-every", 1, "--program", program, "--json"))
        self.assertEqual(done.code, 1, done)
        report = json.loads(done.out)
        self.assertEqual(report["verdict"], "failed")
        self.assertIn("lost_write", report["violation_counts"])
        self.assertIn("epoch_went_back", report["violation_counts"])
        evidence = pathlib.Path(report["evidence"])
        self.assertEqual(self.kept(), [evidence])
        self.assertIn(str(evidence), done.err)
        node = evidence / "node-0"
        for name in "data/books", "node.log", "node.jsonl", "node-0-book-0-client-0.jsonl":
            self.assertTrue((node / name).exists(), name)

    def test_a_node_that_does_not_bear_a_full_disk_is_found_out(self):
        program = self.program("touchy", TOUCHY)
        done = end_of(self.start("--seconds", 8, "--nodes", 1, "--books", 1, "--faults",
                                 "full-disk", "--kill-every", 1, "--program", program, "--json"))
        report = json.loads(done.out)
        if report["not_tested"]:
            self.skipTest(report["not_tested"][0])
        self.assertEqual((done.code, report["verdict"]), (1, "failed"), done)
        self.assertEqual(set(report["violation_counts"]), {"node_ended"})

    def test_for_people_without_faults(self):
        done = end_of(self.start("--seconds", 1, "--nodes", 1, "--faults", "none",
                                 "--transactions", 2500, "--keep", "--seed", 7))
        self.assertEqual((done.code, done.err), (0, ""), done)
        for words in "seed                      7\n", "PASSED", "kill to next write, ms":
            self.assertIn(words, done.out)
        kept, = self.kept()
        self.succeed("verify", "--data", kept / "node-0" / "data")

    def test_an_interrupt_ends_the_faults_and_judges(self):
        process = self.start("--seconds", 100_000, "--nodes", 1, "--json")
        # The last thing before the faults is that the first client writes something down.
        wait_for(lambda: list(self.directory.glob("*/node-0/*client*.jsonl")))
        process.send_signal(signal.SIGINT)
        done = end_of(process)
        self.assertEqual((done.code, done.err), (0, ""), done)
        self.assertEqual(json.loads(done.out)["verdict"], "passed")
        self.assertEqual(self.kept(), [])

    def test_its_nodes_end_with_it(self):
        process = self.start("--seconds", 100_000, "--nodes", 2, "--faults", "pause")
        wait_for(lambda: len(children_of(process.pid)) == 2)
        nodes = children_of(process.pid)
        process.kill()
        process.wait()
        wait_for(lambda: not any(runs(pid) for pid in nodes))

    def test_a_program_that_is_no_node(self):
        done = end_of(self.start("--seconds", 1, "--program", "/bin/false"))
        self.assert_failed(done, 1, ["node.log"])

    def test_no_directory(self):
        self.fail_with(1, ["missing", "--data"], "torture", "--data", self.directory / "missing")


if __name__ == "__main__":
    unittest.main()
