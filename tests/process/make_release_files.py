"""Makes what test_release_files.py keeps of a release: make_release_files.py DIR

DIR/data is a data directory with everything that lies on a disk: a log, a
snapshot, a cursor, a cluster's record. DIR/expected.json is what the release says of it.
"""

import json
import pathlib
import shutil
import subprocess
import sys

import support

LINES = [
    {"type": "asset", "id": "CZK", "class": "fiat", "precision": 2, "name": "Koruna"},
    {"type": "asset", "id": "BTC", "class": "crypto", "precision": 8},
    {"type": "account", "path": "assets:cash", "asset": "CZK", "kind": "asset",
     "min_balance": "-1000.00"},
    {"type": "account", "path": "equity", "asset": "CZK", "kind": "equity"},
    {"type": "account", "path": "assets:old", "asset": "CZK", "kind": "asset"},
]


def transaction(number, value):
    return {"type": "transaction", "key": f"key {number}", "occurred_at": "1993-01-05",
            "postings": [{"account": "assets:cash", "asset": "CZK", "amount": value,
                          "direction": "debit"},
                         {"account": "equity", "asset": "CZK", "amount": value,
                          "direction": "credit"}],
            "refs": [{"kind": "bank", "value": str(number)}], "metadata": {"note": "žluťoučký"},
            "correlation_id": "salary"}


def say(*arguments, stdin=b""):
    outcome = support.run(*arguments, stdin=stdin)
    if outcome.code != 0:
        sys.exit(f"{arguments}: {outcome.err}")
    return outcome.out


def objects(*arguments):
    return [json.loads(line) for line in say(*arguments, "--json").splitlines()]


def main():
    to = pathlib.Path(sys.argv[1])
    to.mkdir(parents=True)
    data = to / "data"
    lines = LINES + [transaction(n, f"{n % 50 + 12}.50") for n in range(100)]
    lines[len(LINES)] = transaction(0, "12.50")
    node = support.Node(data, options=("--node-id", "db1", "--snapshot-events", "40"))
    place = (*node.place, "--book", "main")
    say("import", *place, "-", stdin="".join(json.dumps(x) + "\n" for x in lines).encode())
    say("account", "close", *place, "assets:old")
    reversed_seq = objects("events", *place)[len(LINES)]["seq"]
    say("reverse", *place, "--key", "a mistake", str(reversed_seq))
    with subprocess.Popen([support.PROGRAM, "events", *place, "--follow", "--cursor", "mailer",
                           "--json"], stdout=subprocess.PIPE) as follower:
        for _ in range(len(lines) + 2):
            follower.stdout.readline()
        follower.terminate()
    node.stop()
    node.close()
    shutil.rmtree(data / "index")
    place = ("--data", data, "--book", "main", "--read-only")
    expected = {
        "events": objects("events", *place, "--limit", "10000"),
        "balances": objects("balances", *place),
        "history": objects("history", *place, "assets:cash"),
    }
    expected["line"] = lines[len(LINES)]
    (to / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=0),
                                      encoding="utf-8")


if __name__ == "__main__":
    main()
