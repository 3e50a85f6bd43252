"""Runs the programs that measure, each in a directory of its own that is removed afterwards."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile


class Failed(Exception):
    """A program ended with an error."""


def run(command, timeout=None, **environment):
    """What it printed. It is ended after `timeout` seconds, if there are any."""
    name = pathlib.Path(command[0]).name
    try:
        done = subprocess.run([str(x) for x in command], capture_output=True, text=True,
                              check=False, env={**os.environ, **environment}, timeout=timeout)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{name} was ended, for it was not done after {timeout} s") from late
    if done.returncode != 0:
        raise Failed(f"{name} ended with {done.returncode}: {done.stderr[-2000:]}".strip(": \n"))
    return done.stdout


def patience(seconds):
    """For a load of so long: one that cannot keep its rate would go on for as long as it likes."""
    return 2 * seconds + 120 if seconds else None


class Programs:
    def __init__(self, build, data, seconds):
        self.build = pathlib.Path(build)
        self.data = pathlib.Path(data)
        self.seconds = seconds

    @contextlib.contextmanager
    def directory(self):
        path = pathlib.Path(tempfile.mkdtemp(prefix="daybook-bench-", dir=self.data))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def place(self, load, path):
        """Where `daybook bench` finds its node: a directory, or the address of another process."""
        data = path / "ledger"
        if not load.remote:
            yield ["--data", data]
            return
        node = subprocess.Popen([self.build / "daybook", "serve", "--data", data, "--listen",
                                 "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True)
        try:
            address = re.search(r"127\.0\.0\.1:\d+", node.stdout.readline())
            if not address:
                raise Failed("daybook serve did not say where it listens")
            yield ["--connect", address.group(), "--disk", path]
        finally:
            node.terminate()
            node.wait()

    def load(self, load, transactions=10**10):
        seconds = self.seconds * load.times_as_long
        with self.directory() as path, self.place(load, path) as place:
            figures = json.loads(run([self.build / "daybook", "bench", *place, *load.arguments(),
                                      "--seconds", seconds, "--transactions", transactions,
                                      "--json"], patience(seconds)))
        return {"name": load.name, "long": load.times_as_long > 1, **figures}

    def rocksdb(self, batch):
        with self.directory() as path:
            return json.loads(run([self.build / "bench/daybook_bench_rocksdb", "--data",
                                   path / "rocksdb", "--batch", batch, "--seconds", self.seconds,
                                   "--transactions", 10**10]))

    def reads(self, transactions, accounts):
        with self.directory() as path:
            return json.loads(run([self.build / "bench/daybook_bench_reads", "--data",
                                   path / "ledger", "--transactions", transactions, "--accounts",
                                   accounts, "--seconds", self.seconds]))

    def memory(self, transactions):
        """MiB of memory and disk after so many transactions, over 100,000 accounts."""
        with self.directory() as path:
            text = run([self.build / "bench/daybook_bench_memory", "--data", path / "ledger",
                        "--transactions", transactions, "--report-every", transactions // 10])
        rows = [line.split() for line in text.splitlines()[1:]]
        return [{"transactions": int(row[0]), "resident_mib": float(row[1]),
                 "log_mib": float(row[2]), "index_mib": float(row[3])} for row in rows]

    def recovery(self, transactions, kills, snapshots, accounts):
        """From the kill of a book with a log of that length to its next durable write."""
        with self.directory() as path:
            text = run([self.build / "bench/daybook_bench_restarts", "--data", path / "ledger",
                        "--kills", kills, "--transactions", transactions, "--accounts", accounts,
                        *([] if snapshots else ["--snapshot-events", 0])])
        found = re.search(r"p50 ([\d.]+)  p90 ([\d.]+)  p99 ([\d.]+)", text)
        if not found:
            raise Failed("daybook_bench_restarts said nothing of how long it took")
        p50, _, p99 = map(float, found.groups())
        return {"transactions": transactions, "accounts": accounts, "snapshots": snapshots,
                "p50_ms": p50, "p99_ms": p99}

    def micro(self, seconds):
        with self.directory() as path:
            text = run([self.build / "bench/daybook_bench_micro", "--benchmark_format=json",
                        f"--benchmark_min_time={seconds}"], TMPDIR=str(path))
        return [{"name": row["name"], "ns": 1e9 / row["items_per_second"],
                 "bytes_per_key": row.get("bytes_per_key")}
                for row in json.loads(text)["benchmarks"]]
