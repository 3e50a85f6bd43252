"""The results as tables in Markdown, which are also fit to be read on a terminal."""


def table(header, rows):
    cells = [header, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]

    def line(row):
        first = row[0].ljust(widths[0])
        return "| " + " | ".join([first, *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]) + " |"

    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (w + 1) + ":" for w in widths[1:])]) + "|"
    return "\n".join([line(header), rule, *(line(row) for row in cells[1:])])


def us(x):
    return f"{x:,.0f}"


def rounded(x):
    """Nothing where nobody looked."""
    return "" if x is None else f"{x:,.0f}"


def bare_disk(row):
    threads = f" by {row['raw_threads']}" if row["raw_threads"] > 1 else ""
    return f"{row['raw_syncs_per_second']:,.0f} × {row['raw_bytes_per_sync']:,} B{threads}"


def load_rows(rows):
    for row in rows:
        latency = row["latency_us"]
        yield [row["name"], f"{row['transactions_per_second']:,.0f}", us(latency["p50"]),
               us(latency["p99"]), us(latency["p999"]), f"{row['transactions_per_batch']:,.0f}",
               "" if row["remote"] else f"{row['cpu_us_per_transaction']:.1f}",
               f"{row['bytes_per_transaction']:.0f}", f"{row['indexed_after_seconds']:.1f}",
               bare_disk(row), f"{row['share_of_raw']:.1%}", f"{latency['p50'] / row['raw_sync_us_p50']:,.2f}"]


def peer_rows(results):
    for row in results["rocksdb"]:
        yield [f"RocksDB alone, {row['batch']:,} to a sync",
               f"{row['transactions_per_second']:,.0f}", ""]
    for row in results["postgres"]:
        yield [f"PostgreSQL, {row['clients']} clients, TCP",
               f"{row['transactions_per_second']:,.0f}", us(row["latency_mean_us"])]
    for row in results["tigerbeetle"]:
        yield [f"TigerBeetle, {row['batch']:,} to a message, {row['clients']} clients, "
               f"{row['transactions']:,}, TCP",
               f"{row['transactions_per_second']:,.0f}", ""]


def length_rows(results):
    for row in results["lengths"]:
        yield [f"Daybook, 8,190 to a message, {row['transactions']:,}, TCP",
               f"{row['transactions_per_second']:,.0f}", ""]


# Loads in process by how many transactions RocksDB has to a sync beside them.
BESIDE_ROCKSDB = {1: "one client, one at a time", 1000: "1,000 per message",
                  8190: "8,190 per message"}


def ratios(results):
    """What the peers are held against: the same kind of client, the best count of clients."""
    by_name = {row["name"]: row["transactions_per_second"] for row in results["loads"]}
    one_by_one = "remote, client library, 1 per call"
    if results["postgres"] and one_by_one in by_name:
        best = max(row["transactions_per_second"] for row in results["postgres"])
        yield f"{one_by_one}, against PostgreSQL at its best", by_name[one_by_one] / best
    for row in results["rocksdb"]:
        ours = BESIDE_ROCKSDB.get(row["batch"])
        if ours in by_name:
            yield f"{ours} in process, against RocksDB alone", \
                by_name[ours] / row["transactions_per_second"]
    for row in results["tigerbeetle"]:
        if row["batch"] == 1 and one_by_one in by_name:
            yield f"{one_by_one}, against TigerBeetle one by one", \
                by_name[one_by_one] / row["transactions_per_second"]
            continue
        for ours in results["lengths"]:
            if ours["transactions"] == row["transactions"]:
                yield f"remote, 8,190 per message, against TigerBeetle, {row['transactions']:,}", \
                    ours["transactions_per_second"] / row["transactions_per_second"]


def to_markdown(results):
    machine = results["machine"]
    parts = [
        "# Benchmark",
        f"{machine['date']}, commit {machine['commit']}; {machine['processors']} × "
        f"{machine['processor']}, {machine['memory']}, Linux {machine['kernel']}, "
        f"{machine['file_system']}; load average before: {machine['load_average']:.1f}. "
        f"{results['seconds']} s a load. What the columns mean: docs/performance.md.",
        table(["load", "tx/s", "p50 µs", "p99 µs", "p99.9 µs", "tx/batch", "CPU µs/tx", "log B/tx", "indexed after s",
               "bare disk, same bytes", "of it", "p50 / its p50"], load_rows(results["loads"])),
        "## At a fixed rate of arrival",
        table(["load", "tx/s offered", "tx/s", "p50 µs", "p99 µs", "p99.9 µs", "max µs"],
              [[row["name"], f"{row['rate']:,}", f"{row['transactions_per_second']:,.0f}",
                *(us(row["latency_us"][p]) for p in ("p50", "p99", "p999", "max"))]
               for row in results["offered"]]),
        "## Peers, in the same run on the same disk",
        table(["peer", "tx/s", "mean µs"], [*peer_rows(results), *length_rows(results)]),
        table(["ratio", "×"], [[name, f"{ratio:.1f}"] for name, ratio in ratios(results)]),
        "## Parts, on one thread with warm caches",
        table(["part", "ns a transaction or key", "bytes a key"],
              [[row["name"], f"{row['ns']:,.0f}", rounded(row["bytes_per_key"])]
               for row in results["micro"]]),
        "## Reads, of a book of so many transactions",
        table(["transactions", "balances/s beside writes", "100 to a question", "writes/s beside",
               "page of 100, p50 µs", "p99 µs"],
              [[f"{row['transactions']:,}", f"{row['balances_per_second']:,.0f}",
                f"{row['balances_together_per_second']:,.0f}",
                f"{row['written_beside_per_second']:,.0f}", us(row["page_us_p50"]),
                us(row["page_us_p99"])] for row in results["reads"]]),
        "## Opening and memory",
        table(["transactions in the log", "accounts", "snapshots", "kill to durable write, p50 ms",
               "p99 ms"],
              [[f"{row['transactions']:,}", f"{row['accounts']:,}",
                "yes" if row["snapshots"] else "no",
                f"{row['p50_ms']:.0f}", f"{row['p99_ms']:.0f}"] for row in results["recovery"]]),
        table(["transactions", "resident MiB", "log MiB", "index MiB"],
              [[f"{row['transactions']:,}", *(f"{row[name]:,.0f}" for name in
                                              ("resident_mib", "log_mib", "index_mib"))]
               for row in results["memory"]]),
    ]
    if results["long"]:
        parts += ["## Ten minutes",
                  table(["load", "tx/s", "p50 µs", "p99 µs", "p99.9 µs", "max µs",
                         "longest without an answer, ms", "events not indexed, at most"],
                        [[row["name"], f"{row['transactions_per_second']:,.0f}",
                          *(us(row["latency_us"][p]) for p in ("p50", "p99", "p999", "max")),
                          f"{row['longest_gap_ms']:,.0f}", rounded(row["index_lag_max"])]
                         for row in results["long"]])]
    parts += [f"**Not measured**: {failure}" for failure in results["failures"]]
    return "\n\n".join(parts) + "\n"
