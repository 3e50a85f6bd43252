"""The benchmark runs and reports what it promises. How fast is not judged here."""

import json
import os
import re
import subprocess
import unittest

import support

MEMORY = os.environ.get("DAYBOOK_BENCH_MEMORY")
RESTARTS = os.environ.get("DAYBOOK_BENCH_RESTARTS")

LOAD = ["--clients", "2", "--in-flight", "16", "--transactions", "2000", "--accounts", "10"]


class Bench(support.ProcessTest):
    def assert_complete(self, report):
        for name in ("transactions_per_second", "syncs", "bytes_per_transaction",
                     "cpu_us_per_transaction", "raw_syncs_per_second", "raw_sync_us_p50"):
            self.assertGreater(report[name], 0, name)
        latencies = [report["latency_us"][name] for name in ("p50", "p90", "p99", "p999")]
        self.assertEqual(latencies, sorted(latencies))
        self.assertGreater(latencies[0], 0)

    def test_in_process(self):
        for batch in "1", "100":
            data = self.directory / batch
            self.assert_complete(json.loads(self.succeed(
                "bench", "--data", data, *LOAD, "--batch", batch, "--json")))
            self.succeed("verify", "--data", data)

    def test_against_a_node(self):
        node = self.start_node()
        report = json.loads(self.succeed("bench", *node.place, *LOAD, "--batch", "1", "--json"))
        self.assertGreater(report["transactions_per_second"], 0)
        self.assertEqual(node.stop(), 0)
        self.succeed("verify", *self.here)

    def test_for_people(self):
        text = self.succeed("bench", *self.here, *LOAD)
        for word in "p50", "p99.9", "syncs":
            self.assertIn(word, text)

    @unittest.skipUnless(MEMORY, "bench/memory was not built")
    def test_of_memory(self):
        """A short run of the other benchmark: a line at the start and at each report."""
        run = subprocess.run(
            [MEMORY, "--data", self.directory / "memory", "--transactions", "3000", "--accounts",
             "100", "--report-every", "1000"],
            capture_output=True, text=True, timeout=support.DEADLINE_S, check=False)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        rows = [line.split() for line in run.stdout.splitlines()[1:]]
        self.assertEqual([row[0] for row in rows], ["0", "1000", "2000", "3000"])
        for row in rows:
            self.assertGreater(int(row[1]), 0)
        self.succeed("verify", "--data", self.directory / "memory")

    @unittest.skipUnless(RESTARTS, "bench/restarts was not built")
    def test_of_restarts(self):
        """A book is killed beside its neighbours, and every write that it acknowledged is there,
        once: the benchmark fails otherwise. How fast the neighbours are is not judged."""
        text = self.run_restarts("beside", "--kills", "30", "--neighbours", "10",
                                 "--kill-every-ms", "100")
        kills, restarts = re.search(r"kills (\d+), restarts (\d+)", text).groups()
        self.assertEqual(kills, "30")
        self.assertEqual(restarts, "30")
        self.assertIn("every one, once", text)
        self.assertIn("p99 moved by", text)

    @unittest.skipUnless(RESTARTS, "bench/restarts was not built")
    def test_of_recovery(self):
        text = self.run_restarts("alone", "--kills", "5", "--transactions", "3000",
                                 "--accounts", "100")
        self.assertRegex(text, r"p50 \d+\.\d  p90 \d+\.\d  p99 \d+\.\d")

    def run_restarts(self, name, *arguments):
        run = subprocess.run([RESTARTS, "--data", self.directory / name, *arguments],
                             capture_output=True, text=True, timeout=support.DEADLINE_S,
                             check=False)
        self.assertEqual(run.returncode, 0, run.stderr[-2000:])
        self.succeed("verify", "--data", self.directory / name)
        return run.stdout


if __name__ == "__main__":
    unittest.main()
