"""The figures as SVG files."""

import matplotlib

matplotlib.use("svg")
# Same figures, same bytes.
matplotlib.rcParams["svg.hashsalt"] = "daybook"

from matplotlib import pyplot  # noqa: E402  the back end is chosen before


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def lines(path, title, x_label, y_label, series, log_x=False, log_y=False):
    """`series`: a name and its points."""
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name, points in series:
        axes.plot([x for x, _ in points], [y for _, y in points], marker="o", label=name)
    axes.set(title=title, xlabel=x_label, ylabel=y_label)
    axes.set_xscale("log" if log_x else "linear")
    if log_y:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.grid(True, alpha=0.3)
    if len(series) > 1:
        axes.legend()
    save(figure, path)


def draw_all(results, directory):
    lines(directory / "throughput-in-flight.svg", "Throughput, one transaction per message",
          "messages in flight", "transactions/s",
          [("Daybook", [(row["clients"] * row["in_flight"], row["transactions_per_second"])
                        for row in results["in_flight"]])], log_x=True)
    lines(directory / "throughput-batch.svg", "Throughput, 32,000 transactions in flight",
          "transactions per message; RocksDB: per sync", "transactions/s",
          [("Daybook", [(row["batch"], row["transactions_per_second"])
                        for row in results["batches"]]),
           ("RocksDB alone", [(row["batch"], row["transactions_per_second"])
                              for row in results["rocksdb"]])], log_x=True)
    lines(directory / "latency-offered.svg", "Latency at a fixed rate of arrival",
          "transactions/s offered", "ms from when it was due to its answer",
          [(name, [(row["rate"], row["latency_us"][key] / 1000) for row in results["offered"]
                   if not row["long"]])
           for name, key in (("p50", "p50"), ("p99", "p99"), ("p99.9", "p999"))], log_y=True)
    lines(directory / "recovery.svg", "From a kill to the next durable write, p50",
          "transactions in the log", "ms",
          [(name, [(row["transactions"], row["p50_ms"]) for row in results["recovery"]
                   if row["snapshots"] == snapshots
                   and row["accounts"] == results["recovery"][0]["accounts"]])
           for name, snapshots in (("a snapshot each 100,000 events", True),
                                   ("without snapshots", False))], log_x=True, log_y=True)
    lines(directory / "memory.svg", "Resident memory, 100,000 accounts", "transactions", "MiB",
          [("Daybook", [(row["transactions"], row["resident_mib"])
                        for row in results["memory"]])])
