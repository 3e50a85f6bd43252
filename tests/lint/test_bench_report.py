"""The tables of scripts/bench say what was measured."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/suite"))

import loads  # noqa: E402
import programs  # noqa: E402
import report  # noqa: E402


def load_row(name, rate, remote=False):
    return {"name": name, "remote": remote, "transactions_per_second": rate, "rate": 0,
            "latency_us": {"p50": 10.4, "p99": 20.6, "p999": 1234.0},
            "transactions_per_batch": 7.0, "cpu_us_per_transaction": 5.25,
            "bytes_per_transaction": 51.4, "raw_syncs_per_second": 9000.0,
            "raw_bytes_per_sync": 4096, "raw_threads": 1, "raw_sync_us_p50": 8.0, "indexed_after_seconds": 0.25, "share_of_raw": 0.125}


def results(**changes):
    return {"machine": dict.fromkeys(("date", "commit", "processors", "processor", "memory",
                                      "kernel", "file_system"), "x") | {"load_average": 0.25},
            "seconds": 1,
            "loads": [load_row("1,000 per message", 200_000.0),
                      load_row("remote, client library, 1 per call", 50_000.0,
                               remote=True)],
            "offered": [], "micro": [{"name": "encode", "ns": 123.4, "bytes_per_key": None}],
            "rocksdb": [{"batch": 1000, "transactions_per_second": 100_000.0}],
            "postgres": [{"clients": 8, "transactions_per_second": 2_000.0, "latency_mean_us": 4.0},
                         {"clients": 32, "transactions_per_second": 5_000.0,
                          "latency_mean_us": 6.4}],
            "tigerbeetle": [], "lengths": [], "long": [], "reads": [], "memory": [], "failures": [],
            "recovery": [{"transactions": 1000, "accounts": 100, "snapshots": True, "p50_ms": 1.4,
                          "p99_ms": 2.6}]} | changes


class Report(unittest.TestCase):
    def test_a_row_of_a_load(self):
        line = next(line for line in report.to_markdown(results()).splitlines()
                    if line.startswith("| 1,000 per message "))
        self.assertEqual([cell.strip() for cell in line.strip("|").split("|")],
                         ["1,000 per message", "200,000", "10", "21", "1,234", "7", "5.2", "51", "0.2",
                          "9,000 × 4,096 B", "12.5%", "1.30"])

    def test_the_processor_time_of_a_client_is_not_that_of_a_transaction(self):
        line = next(line for line in report.to_markdown(results()).splitlines()
                    if line.startswith("| remote, client library, 1 per call "))
        self.assertEqual(line.split("|")[7].strip(), "")

    def test_ratios_take_the_best_of_a_peer(self):
        text = report.to_markdown(results())
        self.assertRegex(text, r"against PostgreSQL at its best +\| +10\.0 \|")
        self.assertRegex(text, r"1,000 per message in process, against RocksDB alone +\| +2\.0 \|")

    def test_rocksdb_has_a_ratio_for_each_load(self):
        loads_of_it = [load_row("one client, one at a time", 6_000.0),
                       load_row("8,190 per message", 300_000.0)]
        text = report.to_markdown(results(
            loads=loads_of_it,
            rocksdb=[{"batch": n, "transactions_per_second": rate}
                     for n, rate in ((1, 5_000.0), (1000, 1.0), (8190, 60_000.0))]))
        self.assertRegex(text, r"one at a time in process, against RocksDB alone +\| +1\.2 \|")
        self.assertRegex(text, r"8,190 per message in process, against RocksDB alone +\| +5\.0 \|")
        self.assertEqual(text.count("against RocksDB alone"), 2)

    def test_a_disk_that_many_threads_wrote_to_says_so(self):
        row = load_row("1 per message, 1,000 books", 1.0) | {"raw_threads": 4}
        self.assertIn(" 9,000 × 4,096 B by 4 |", report.to_markdown(results(loads=[row])))

    def test_what_nobody_looked_at_is_empty(self):
        row = load_row("ten minutes", 1.0) | {"longest_gap_ms": 7.0, "index_lag_max": None}
        row["latency_us"]["max"] = 2000.0
        self.assertRegex(report.to_markdown(results(long=[row])), r"\| +7 \| +\|\n")

    def test_a_peer_that_is_missing_has_no_ratio(self):
        text = report.to_markdown(results(postgres=[], rocksdb=[]))
        self.assertNotIn("PostgreSQL", text)

    def test_what_failed_is_said(self):
        text = report.to_markdown(results(postgres=[], failures=["postgres: no room"]))
        self.assertIn("**Not measured**: postgres: no room", text)

    def test_the_open_loop_offers_shares_of_the_peak(self):
        rates = [load.options["rate"] for load in loads.offered(1000.0)]
        self.assertEqual(rates, [*(int(share * 1000) for share in loads.OFFERED_SHARES), 500])

    def test_a_peer_is_held_against_a_run_of_its_length(self):
        text = report.to_markdown(results(
            lengths=[{"transactions": 1000, "transactions_per_second": 60.0},
                     {"transactions": 9000, "transactions_per_second": 50.0}],
            tigerbeetle=[{"batch": 8189, "clients": 4, "transactions": 9000,
                          "transactions_per_second": 100.0},
                         {"batch": 1, "clients": 32, "transactions": 50,
                          "transactions_per_second": 1_000.0}]))
        self.assertRegex(text, r"against TigerBeetle, 9,000 +\| +0\.5 \|")
        self.assertNotIn("against TigerBeetle, 1,000", text)
        self.assertRegex(text, r"1 per call, against TigerBeetle one by one +\| +50\.0 \|")

    def test_names_are_told_apart(self):
        names = [load.name for load in [*loads.LOADS, *loads.IN_FLIGHT, *loads.BATCHES]]
        self.assertEqual(len(names), len(set(names)))


class Programs(unittest.TestCase):
    def test_one_that_does_not_end_is_ended(self):
        with self.assertRaisesRegex(programs.Failed, "^sleep was ended"):
            programs.run(["/bin/sleep", "1000"], timeout=0.01)

    def test_one_that_fails_is_named_without_its_place(self):
        with self.assertRaisesRegex(programs.Failed, "^sh ended with 3: no room$"):
            programs.run(["/bin/sh", "-c", "echo no room >&2; exit 3"])
        with self.assertRaisesRegex(programs.Failed, "^sh ended with 3$"):
            programs.run(["/bin/sh", "-c", "exit 3"])

    def test_a_load_has_time_by_its_length(self):
        self.assertGreater(programs.patience(600), 600)
        self.assertIsNone(programs.patience(0))


if __name__ == "__main__":
    unittest.main()
