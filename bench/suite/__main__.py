"""Runs every benchmark beside its peers, and writes a table, a JSON file and plots."""

import argparse
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "peers")]

import loads  # noqa: E402
import machine  # noqa: E402
import postgres  # noqa: E402
import report  # noqa: E402
import tigerbeetle  # noqa: E402
from programs import Failed, Programs  # noqa: E402

ROOT = HERE.parents[1]
ACCOUNTS = 10_000
PEER_BATCHES = [1, 1000, 8190]
POSTGRES_CLIENTS = [1, 8, 16, 32, 64, 96]
# The most that fits into one of its messages, from as many clients as our own load has.
TIGERBEETLE_BATCH = 8189
TIGERBEETLE_CLIENTS = 4
# One by one, from about as many as it takes.
TIGERBEETLE_ONE_BY_ONE_CLIENTS = 32
MANY_ACCOUNTS = 1_000_000


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="shows in two minutes that all works; its figures mean little")
    parser.add_argument("--long", action="store_true",
                        help="also two loads of ten minutes each")
    parser.add_argument("--data", default=ROOT / "build/bench/data", type=pathlib.Path,
                        help="a directory on the disk that is measured (default: build/bench/data)")
    parser.add_argument("--output", default=ROOT / "build/bench", type=pathlib.Path,
                        help="for the table, the JSON file and the plots (default: build/bench)")
    parser.add_argument("--tigerbeetle", type=pathlib.Path, metavar="PATH",
                        help="the executable, to be measured too")
    parser.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path,
                        help=argparse.SUPPRESS)
    parser.add_argument("--check-arguments", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.tigerbeetle and not arguments.tigerbeetle.is_file():
        parser.error(f"--tigerbeetle: {arguments.tigerbeetle} is no file")
    return arguments


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure_loads(programs, some, failures):
    rows = []
    for load in some:
        try:
            rows.append(programs.load(load))
            say(f"{load.name}: {rows[-1]['transactions_per_second']:,.0f}/s")
        except Failed as failed:
            failures.append(f"{load.name}: {failed}")
            say(f"{load.name} could not be measured: {failed}")
    return rows


def measure_rocksdb(programs):
    rows = [programs.rocksdb(batch) for batch in PEER_BATCHES]
    for row in rows:
        say(f"RocksDB, {row['batch']}: {row['transactions_per_second']:,.0f}/s")
    return rows


def measure_postgres(programs, seconds):
    if not postgres.available():
        raise Failed("PostgreSQL is not installed: scripts/setup bench")
    rows = []
    for clients in POSTGRES_CLIENTS:
        with programs.directory() as path:
            path.chmod(0o755)
            rows.append(postgres.measure(path, clients, seconds, ACCOUNTS))
        say(f"PostgreSQL, {clients}: {rows[-1]['transactions_per_second']:,.0f}/s")
    return rows


def measure_lengths(programs, lengths):
    load = loads.Load("", loads.EIGHT_THOUSANDS, remote=True, times_as_long=0)
    rows = []
    for transactions in lengths:
        rate = programs.load(load, transactions)["transactions_per_second"]
        rows.append({"transactions": transactions, "transactions_per_second": rate})
        say(f"remote, 8,190 per message, {transactions:,}: {rate:,.0f}/s")
    return rows


def measure_tigerbeetle(programs, arguments, lengths):
    if not arguments.tigerbeetle:
        return []
    loads_of_it = [*((n, TIGERBEETLE_BATCH, TIGERBEETLE_CLIENTS) for n in lengths),
                   (lengths[0] // 20, 1, TIGERBEETLE_ONE_BY_ONE_CLIENTS)]
    rows = []
    for transactions, batch, clients in loads_of_it:
        with programs.directory() as path:
            rows.append(tigerbeetle.measure(arguments.tigerbeetle.resolve(), path, transactions,
                                            ACCOUNTS, batch, clients))
        say(f"TigerBeetle, {batch:,} to a message, {transactions:,}: "
            f"{rows[-1]['transactions_per_second']:,.0f}/s")
    return rows


def measure_recovery(programs, quick):
    kills = 3 if quick else 20
    lengths = [10_000, 50_000] if quick else [250_000, 1_000_000, 4_000_000]
    rows = [programs.recovery(n, kills, snapshots, ACCOUNTS)
            for snapshots in (True, False) for n in lengths]
    many = ACCOUNTS if quick else MANY_ACCOUNTS
    return [*rows, programs.recovery(many, kills, True, many)]


def attempt(results, section, measure):
    """One that fails costs only its own figures."""
    results[section] = []
    try:
        results[section] = measure()
    except (Failed, RuntimeError, OSError, KeyError, subprocess.SubprocessError) as failed:
        results["failures"].append(f"{section}: {failed}")
        say(f"{section} could not be measured: {failed}")


def measure(arguments, write):
    quick = arguments.quick
    seconds = 1 if quick else 10
    programs = Programs(arguments.build, arguments.data.resolve(), seconds)
    results = {"machine": machine.describe(arguments.data), "quick": quick, "seconds": seconds,
               "failures": []}
    failures = results["failures"]
    lengths = [100_000] if quick else loads.LENGTHS

    def peak():
        for row in results["loads"]:
            if row["name"] == loads.PEAK:
                return row["transactions_per_second"]
        raise Failed(f"there is no peak, for '{loads.PEAK}' was not measured")

    for section, how in {
            "loads": lambda: measure_loads(programs, loads.LOADS, failures),
            "offered": lambda: measure_loads(programs, loads.offered(peak()), failures),
            "in_flight": lambda: measure_loads(programs, loads.IN_FLIGHT, failures),
            "batches": lambda: measure_loads(programs, loads.BATCHES, failures),
            "rocksdb": lambda: measure_rocksdb(programs),
            "postgres": lambda: measure_postgres(programs, seconds),
            "lengths": lambda: measure_lengths(programs, lengths),
            "tigerbeetle": lambda: measure_tigerbeetle(programs, arguments, lengths),
            "reads": lambda: [programs.reads(10_000, 100) if quick
                              else programs.reads(5_000_000, ACCOUNTS)],
            "micro": lambda: programs.micro(0.01 if quick else 0.5),
            "recovery": lambda: measure_recovery(programs, quick),
            "memory": lambda: programs.memory(100_000 if quick else 5_000_000),
            "long": lambda: measure_loads(programs, loads.LONG if arguments.long else [],
                                          failures)}.items():
        attempt(results, section, how)
        write(results)
    return results


def main():
    arguments = parse_arguments()
    if arguments.check_arguments:
        return 0
    for directory in (arguments.data, arguments.output):
        directory.mkdir(parents=True, exist_ok=True)

    def write(results):
        text = json.dumps(results, indent=1) + "\n"
        (arguments.output / "results.json").write_text(text, encoding="utf-8")

    results = measure(arguments, write)
    markdown = report.to_markdown(results)
    (arguments.output / "results.md").write_text(markdown, encoding="utf-8")
    import plots  # what draws is not there before scripts/setup bench
    plots.draw_all(results, arguments.output)
    print(markdown)
    say(f"written to {arguments.output}: results.md, results.json and five plots")
    return 1 if results["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
