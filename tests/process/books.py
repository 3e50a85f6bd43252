"""JSON Lines for the tests, and the sample of real transactions."""

import functools
import json
import subprocess
import sys

import support


def asset(identifier="CZK", precision=2, cls="fiat", **more):
    return {"type": "asset", "id": identifier, "precision": precision, "class": cls, **more}


def account(path, holds="CZK", kind="asset", **more):
    return {"type": "account", "path": path, "asset": holds, "kind": kind, **more}


def posting(path, amount, direction, holds="CZK"):
    return {"account": path, "amount": amount, "asset": holds, "direction": direction}


def transaction(key, amount="1.00", debit="assets:cash", credit="income:other", holds="CZK",
                **more):
    return {"type": "transaction", "key": key,
            "postings": [posting(debit, amount, "debit", holds),
                         posting(credit, amount, "credit", holds)], **more}


# A book to post to.
CASH = [asset(), account("assets:cash"), account("income:other", kind="income")]


def to_lines(objects):
    return "".join(json.dumps(x, ensure_ascii=False) + "\n" for x in objects)


def from_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def convert(path):
    """A file of bank transactions as JSON Lines."""
    return subprocess.run(
        [sys.executable, support.SOURCE / "examples" / "czech-bank" / "convert.py", path],
        capture_output=True, check=True).stdout.decode()


@functools.cache
def sample():
    """The sample of real transactions as JSON Lines."""
    return convert(support.SOURCE / "examples" / "czech-bank" / "sample.csv")


def large_sample(copies):
    """The sample's assets and accounts, and its transactions `copies` times, each time with other
    keys: two lists of lines."""
    definitions, transactions = [], []
    for line in sample().splitlines():
        is_transaction = json.loads(line)["type"] == "transaction"
        (transactions if is_transaction else definitions).append(line + "\n")
    return definitions, [line.replace('"key":"', f'"key":"copy-{i}-', 1)
                         for i in range(copies) for line in transactions]


def keys(lines):
    return [json.loads(line)["key"] for line in lines]


def balances(text):
    """The output of `balances` as path -> amount."""
    rows = (line.split("\t") for line in text.splitlines())
    return {path: amount for path, _, amount in rows}
