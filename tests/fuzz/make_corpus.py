#!/usr/bin/env python3
"""Makes the first corpus of the fuzz targets from what the program itself writes.

Usage: make_corpus.py PROGRAM CORPUS. What is in the corpus already stays: findings are added to it by
hand, each with a name that says what it was.
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile

HEADER_PAGE, RECORD_HEADER = 4096, 128
SNAPSHOT_HEADER, FRAME = 64, 32

DEFINITIONS = [
    {"type": "asset", "id": "CZK", "precision": 2, "class": "fiat", "name": "koruna"},
    {"type": "asset", "id": "BTC", "precision": 8, "class": "crypto"},
    {"type": "account", "path": "assets:cash", "asset": "CZK", "kind": "asset"},
    {"type": "account", "path": "income:sales", "asset": "CZK", "kind": "income"},
    {"type": "account", "path": "assets:till", "asset": "CZK", "kind": "asset",
     "min_balance": "0.00", "max_balance": "170141183460469231731687303715884105.72"},
]


def transaction(key, amount, **more):
    return {"type": "transaction", "key": key,
            "postings": [{"account": path, "amount": amount, "asset": "CZK", "direction": side}
                         for path, side in (("assets:cash", "debit"), ("income:sales", "credit"))],
            **more}


TRANSACTIONS = [
    transaction("sale-1", "226.70", occurred_at="1993-01-05", metadata={"k_symbol": "UROK"},
                refs=[{"kind": "bank", "value": "3530856"}]),
    transaction("sale-2", "0.01", correlation_id="c1", causation_id="c0"),
    transaction("sale-3", "170141183460469231731687303715884.72"),
]

DECIMALS = [(2, "226.70"), (0, "-5"), (30, "+0.1"), (2, "170141183460469231731687303715884105.72"),
            (2, "-170141183460469231731687303715884105.73"), (8, "000000.00000001"), (2, "1e5"),
            (2, "."), (2, "-"), (3, "99999999999999999999999999999999999999999")]


def write(program, directory):
    """A book with all of that and more; gives its segment, a snapshot and its lines."""
    def run(*arguments, text=""):
        return subprocess.run([program, *arguments, "--data", directory, "--book", "b"],
                              check=True, input=text.encode(), capture_output=True).stdout

    text = "".join(json.dumps(x) + "\n" for x in DEFINITIONS + TRANSACTIONS)
    run("import", "-", text=text)
    run("account", "close", "assets:till")
    run("account", "reopen", "assets:till")
    run("reverse", "--key", "back", "6")
    run("account", "close", "assets:till")
    run("snapshot")
    lines = run("export", "--format", "jsonl").splitlines()
    book = pathlib.Path(directory) / "books" / "b"
    segment, = book.glob("segment-*")
    snapshot, = book.glob("snapshot-*")
    return segment.read_bytes().rstrip(b"\0") + b"\0" * 8, snapshot.read_bytes(), lines


def payloads(segment):
    at = HEADER_PAGE
    while at + RECORD_HEADER <= len(segment):
        length, = struct.unpack_from("<Q", segment, at + 8)
        yield segment[at + RECORD_HEADER:at + RECORD_HEADER + length]
        at += RECORD_HEADER + (length + 7) // 8 * 8


def messages(snapshot):
    at = SNAPSHOT_HEADER
    while True:
        kind, length = struct.unpack_from("<II", snapshot, at)
        if kind != 1:
            return
        yield snapshot[at + FRAME:at + FRAME + length]
        at += FRAME + length


def seeds(program):
    with tempfile.TemporaryDirectory() as directory:
        segment, snapshot, lines = write(program, directory)
    for number, payload in enumerate(payloads(segment)):
        if payload:
            yield "batch", f"payload-{number}", payload
    yield "batch", "all-payloads", b"".join(payloads(segment))
    yield "segment", "whole-file", b"\1" + segment
    yield "segment", "torn", b"\1" + segment[:-100]
    yield "segment", "records", b"\2" + segment[HEADER_PAGE:]
    yield "snapshot", "file", b"\1" + snapshot
    framed = [struct.pack("<H", len(x)) + x for x in messages(snapshot)]
    yield "snapshot", "messages", b"\0" + b"".join(framed)
    yield "snapshot", "header-alone", b"\0" + framed[0]
    for number, line in enumerate(lines):
        yield "import_line", f"line-{number}", line
    for number, (precision, text) in enumerate(DECIMALS):
        yield "decimal", f"number-{number}", bytes([precision]) + text.encode()


def main():
    program, corpus = sys.argv[1], pathlib.Path(sys.argv[2])
    for target, name, content in seeds(program):
        path = corpus / target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
