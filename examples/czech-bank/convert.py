#!/usr/bin/env python3
"""Converts bank transactions of the PKDD'99 financial data set to Daybook's JSON Lines.

Reads one row after the other and writes to standard output: the currency, then each account when
it is first seen, then the row's transaction. Amounts are text all the way.
"""

import argparse
import csv
import datetime
import json
import os
import re
import sys

COLUMNS = ["trans_id", "account_id", "date", "type", "operation", "amount", "balance", "k_symbol",
           "bank", "account"]
METADATA = ["operation", "k_symbol", "bank", "account"]

ASSET = {"type": "asset", "id": "CZK", "precision": 2, "class": "fiat", "name": "Czech koruna"}

# What a row does to the customer's account. The other side gets the opposite.
DIRECTIONS = {"PRIJEM": "credit", "VYDAJ": "debit", "VYBER": "debit"}
OPPOSITE = {"credit": "debit", "debit": "credit"}

# The other side, by operation. Rows without one are interest or other income.
COUNTERPARTS = {
    "VKLAD": "assets:cash",
    "VYBER": "assets:cash",
    "PREVOD Z UCTU": "assets:interbank",
    "PREVOD NA UCET": "assets:interbank",
    "VYBER KARTOU": "assets:card-network",
}
INTEREST_SYMBOL = "UROK"

KINDS = {"assets": "asset", "liabilities": "liability", "expenses": "expense", "income": "income"}

NUMBER = re.compile(r"[0-9]+")
AMOUNT = re.compile(r"[0-9]+(\.[0-9]{1,2})?")


class MalformedRow(Exception):
    """A row that cannot be converted; the text says why."""


def number(row, column):
    if not NUMBER.fullmatch(row[column]):
        raise MalformedRow(f"{column} is '{row[column]}', which is not a number")
    return row[column]


def occurred_at(text):
    """YYMMDD as YYYY-MM-DD. The data set is of the 1990s."""
    if len(text) == 6 and NUMBER.fullmatch(text):
        try:
            return datetime.date(1900 + int(text[:2]), int(text[2:4]), int(text[4:])).isoformat()
        except ValueError:
            pass
    raise MalformedRow(f"date is '{text}', which is not a date as YYMMDD")


def amount(text):
    if not AMOUNT.fullmatch(text) or not text.strip("0."):
        raise MalformedRow(f"amount is '{text}', which is not a positive amount as 123.45")
    return text


def direction(kind):
    if kind not in DIRECTIONS:
        raise MalformedRow(f"type is '{kind}'; expected one of {', '.join(DIRECTIONS)}")
    return DIRECTIONS[kind]


def counterpart(operation, k_symbol):
    if operation in COUNTERPARTS:
        return COUNTERPARTS[operation]
    if operation:
        raise MalformedRow(
            f"operation is '{operation}'; expected none or one of {', '.join(COUNTERPARTS)}")
    return "expenses:interest" if k_symbol == INTEREST_SYMBOL else "income:other"


def account(path):
    return {"type": "account", "path": path, "asset": ASSET["id"],
            "kind": KINDS[path.split(":")[0]]}


def posting(path, value, side):
    return {"account": path, "amount": value, "asset": ASSET["id"], "direction": side}


def transaction(row):
    customer = "liabilities:customers:" + number(row, "account_id")
    other = counterpart(row["operation"], row["k_symbol"])
    side = direction(row["type"])
    value = amount(row["amount"])
    postings = [posting(other, value, OPPOSITE[side]), posting(customer, value, side)]
    postings.sort(key=lambda x: x["direction"], reverse=True)
    line = {
        "type": "transaction",
        "key": "trans-" + number(row, "trans_id"),
        "occurred_at": occurred_at(row["date"]),
        "postings": postings,
        "refs": [{"kind": "bank", "value": row["trans_id"]}],
    }
    metadata = {column: row[column] for column in METADATA if row[column]}
    if metadata:
        line["metadata"] = metadata
    return line


def rows(lines):
    """Yields each row's line number and cells by column."""
    reader = csv.reader(lines, delimiter=";", strict=True)
    try:
        header = next(reader, None)
        if header != COLUMNS:
            raise MalformedRow(f"the first line must name the columns {';'.join(COLUMNS)}")
        for cells in reader:
            if len(cells) != len(COLUMNS):
                raise MalformedRow(f"{len(cells)} columns instead of {len(COLUMNS)}")
            yield reader.line_num, {name: cell.strip() for name, cell in zip(COLUMNS, cells)}
    except (csv.Error, MalformedRow, UnicodeDecodeError) as reason:
        raise MalformedRow(f"line {max(reader.line_num, 1)}: {reason}") from reason


def convert(lines):
    """Yields the objects that stand for `lines`, an iterable of CSV text lines."""
    yield ASSET
    seen = set()
    for line_number, row in rows(lines):
        try:
            line = transaction(row)
        except MalformedRow as reason:
            raise MalformedRow(f"line {line_number}: {reason}") from reason
        for path in (x["account"] for x in line["postings"]):
            if path not in seen:
                seen.add(path)
                yield account(path)
        yield line


def main():
    parser = argparse.ArgumentParser(
        description="Converts bank transactions of the PKDD'99 financial data set to JSON Lines.",
        epilog="example: convert.py sample.csv > sample.jsonl")
    parser.add_argument("file", metavar="FILE.csv", help="rows as in sample.csv, with its header")
    path = parser.parse_args().file
    try:
        with open(path, encoding="utf-8", newline="") as lines:
            for line in convert(lines):
                print(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough; keep the interpreter from flushing once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except MalformedRow as reason:
        print(f"convert.py: {path}: {reason}", file=sys.stderr)
        return 1
    except OSError as reason:
        print(f"convert.py: cannot read {path}: {reason.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
