"""The benchmark runs and reports what it promises. How fast is not judged here."""

import json
import os
import re
import subprocess
import unittest

import support

MEMORY = os.environ.get("DAYBOOK_BENCH_MEMORY")
MICRO = os.environ.get("DAYBOOK_BENCH_MICRO")
READS = os.environ.get("DAYBOOK_BENCH_READS")
ROCKSDB = os.environ.get("DAYBOOK_BENCH_ROCKSDB")
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

    def test_other_loads(self):
        """Several books, many postings, a few busy accounts: all that was counted is in the books."""
        report = json.loads(self.succeed(
            "bench", *self.here, *LOAD, "--batch", "10", "--books", "3", "--postings", "6",
            "--zipf", "1.2", "--json"))
        self.assert_complete(report)
        self.assertEqual(report["transactions"], 2000)
        # As many threads wrote to the bare disk as books could be written at once.
        self.assertEqual((report["raw_threads"], report["index_lag_max"]), (3, None))
        rows = self.succeed("verify", *self.here).split("\n")
        names = [row.split("\t")[0] for row in rows if row]
        self.assertEqual(names, ["bench-0000", "bench-0001", "bench-0002"])
        events = sum(int(row.split("\t")[3]) for row in rows if row)
        self.assertEqual(events, 2000 + 3 * 11)
        sums = self.succeed("trial-balance", *self.here, "--book", "bench-0001").split("\t")
        self.assertEqual(sums[1], sums[2])

    def test_through_the_client_library(self):
        report = json.loads(self.succeed("bench", *self.here, *LOAD, "--facade", "--json"))
        self.assert_complete(report)
        self.assertEqual(report["transactions"], 2000)
        self.succeed("verify", *self.here)

    def test_at_a_rate(self):
        """2,000 transactions at 4,000 a second are due within half a second, not at once."""
        report = json.loads(self.succeed("bench", *self.here, *LOAD, "--rate", "4000", "--json"))
        self.assertEqual(report["transactions"], 2000)
        self.assertGreaterEqual(report["seconds"], 0.49)

    def test_at_a_rate_through_the_client_library(self):
        report = json.loads(self.succeed("bench", *self.here, *LOAD, "--facade", "--rate", "4000",
                                         "--json"))
        self.assertEqual((report["rate"], report["facade"]), (4000, True))
        # They are due for as long as that, and not before.
        self.assertGreaterEqual(report["seconds"], 0.9 * report["transactions"] / 4000)

    def test_for_a_time(self):
        report = json.loads(self.succeed("bench", *self.here, "--clients", "2", "--accounts", "10",
                                         "--transactions", "1000000000", "--seconds", "1",
                                         "--json"))
        self.assertGreater(report["transactions"], 0)
        self.assertGreaterEqual(report["seconds"], 1)

    def test_bad_loads(self):
        for options in (["--postings", "3"], ["--zipf", "0.9"], ["--books", "0"],
                        ["--rate", "-1"]):
            self.fail_with(2, options[0], "bench", *self.here, *options)

    @unittest.skipUnless(READS, "bench/reads was not built")
    def test_of_reads(self):
        # Some of the pages are full: only those count.
        report = self.run_json([READS, "--data", self.directory / "reads", "--transactions", "3000",
                                "--accounts", "10", "--seconds", "1"])
        for name in ("balances_per_second", "balances_together_per_second",
                     "written_beside_per_second", "pages", "page_us_p50"):
            self.assertGreater(report[name], 0, name)
        self.succeed("verify", "--data", self.directory / "reads")

    @unittest.skipUnless(ROCKSDB, "bench/peers/rocksdb was not built")
    def test_of_rocksdb(self):
        report = self.run_json([ROCKSDB, "--data", self.directory / "rocksdb", "--batch", "10",
                                "--transactions", "1000", "--accounts", "10"])
        self.assertEqual(report["transactions"], 1000)
        self.assertGreater(report["transactions_per_second"], 0)

    @unittest.skipUnless(MICRO, "bench/micro was not built")
    def test_of_parts(self):
        report = self.run_json([MICRO, "--benchmark_format=json", "--benchmark_min_time=0.001",
                                "--benchmark_filter=-key_spilled|key_absent"])
        names = {row["name"].split("/")[0] for row in report["benchmarks"]}
        self.assertEqual(names, {"keys_added", "validate_and_stage", "encode", "checksum", "chain_hash",
                                 "decode_and_apply", "key_in_memory"})

    def run_json(self, command):
        run = subprocess.run(command, capture_output=True, text=True, timeout=support.DEADLINE_S,
                             check=False)
        self.assertEqual(run.returncode, 0, run.stderr[-2000:])
        return json.loads(run.stdout)

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
        self.assertEqual({len(row) for row in rows}, {5})
        self.assertGreater(float(rows[-1][2]), float(rows[0][2]))
        self.succeed("verify", "--data", self.directory / "memory")

    @unittest.skipUnless(RESTARTS, "bench/restarts was not built")
    def test_of_restarts(self):
        """A book is killed beside its neighbours, and every write that it acknowledged is there,
        once: the benchmark fails otherwise. How fast the neighbours are is not judged."""
        text = self.run_restarts("beside", "--kills", "30", "--neighbours", "10",
                                 "--kill-after-ms", "100")
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
