"""What is measured: each load by name, as the options of `daybook bench`."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Load:
    name: str
    options: dict = field(default_factory=dict)
    remote: bool = False
    times_as_long: int = 1

    def arguments(self):
        return [f"--{name}" if value is True else f"--{name}={value}"
                for name, value in self.options.items()]


ONE_BY_ONE = {"clients": 8, "in-flight": 256, "batch": 1}
THOUSANDS = {"clients": 8, "in-flight": 4, "batch": 1000}
EIGHT_THOUSANDS = {"clients": 4, "in-flight": 2, "batch": 8190}
CALLS = {"clients": 8, "in-flight": 256, "facade": True}
ALONE = {"clients": 1, "in-flight": 1, "batch": 1}

# The throughput table.
LOADS = [
    Load("1 per message", ONE_BY_ONE),
    Load("100 per message", {"clients": 8, "in-flight": 16, "batch": 100}),
    Load("1,000 per message", THOUSANDS),
    Load("8,190 per message", EIGHT_THOUSANDS),
    Load("one client, one at a time", ALONE),
    Load("1 per message, Zipf", {**ONE_BY_ONE, "zipf": 1.1}),
    Load("1,000 per message, Zipf", {**THOUSANDS, "zipf": 1.1}),
    Load("1,000 per message, 10 postings", {**THOUSANDS, "postings": 10}),
    Load("1 per message, 1,000 books", {**ONE_BY_ONE, "books": 1000, "accounts": 10}),
    Load("100 per message, 1,000 books",
         {"clients": 8, "in-flight": 128, "batch": 100, "books": 1000, "accounts": 10}),
    Load("client library, 1 per call", CALLS),
    Load("remote, client library, 1 per call", CALLS, remote=True),
    Load("remote, 1 per message", ONE_BY_ONE, remote=True),
    Load("remote, 1,000 per message", THOUSANDS, remote=True),
    Load("remote, 8,190 per message", EIGHT_THOUSANDS, remote=True),
    Load("remote, one client, one at a time", ALONE, remote=True),
    # Long after memory has no room for all keys, with what runs in the background by then.
    Load("1,000 per message, five times as long", THOUSANDS, times_as_long=5),
]

# Throughput against messages in flight, and against transactions in a message.
IN_FLIGHT = [Load(f"{8 * n} in flight", {"clients": 8, "in-flight": n, "batch": 1})
             for n in (1, 8, 64, 512)]
BATCHES = [Load(f"batches of {n}", {"clients": 8, "in-flight": max(1, 4000 // n), "batch": n})
           for n in (1, 10, 100, 1000)]

# Open loop: shares of the rate that the client library reached in this run.
PEAK = "client library, 1 per call"
OFFERED_SHARES = [0.1, 0.25, 0.5, 0.75, 0.9]

# What ten seconds do not show; only when it is asked for.
LONG = [
    Load("1,000 per message, ten minutes", THOUSANDS, times_as_long=60),
    Load("open loop, 100,000/s, ten minutes",
         {"clients": 8, "facade": True, "rate": 100_000}, times_as_long=60),
]

# The peers' lengths of run, to be held beside theirs.
LENGTHS = [1_000_000, 10_000_000]


def offered(peak):
    """The last one goes on while snapshots, rotation, spills and compaction run."""
    def rate(share):
        return {"clients": 8, "facade": True, "rate": max(1, int(share * peak))}

    return [*(Load(f"open loop, {share:.0%} of the peak", rate(share)) for share in OFFERED_SHARES),
            Load("open loop, 50%, five times as long", rate(0.5), times_as_long=5)]
