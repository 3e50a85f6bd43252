"""hledger, which shares no code with us, finds the same balances in an exported journal."""

import csv
import fractions
import os
import pathlib
import subprocess
import unittest
import urllib.parse

import books
import support

CREDIT_KINDS = {"liability", "equity", "income"}


def normal_side(account):
    return account.get("normal_side", "credit" if account["kind"] in CREDIT_KINDS else "debit")


def hledger_balances(journal):
    """What hledger makes of a journal: (path, asset) -> balance, debits positive. Accounts whose
    balance is zero are left out."""
    # CSV, because its JSON rounds to ten places. Names beyond ASCII it reads only when told to.
    done = subprocess.run(
        ["hledger", "-f", "-", "balance", "-N", "--flat", "-O", "csv", "--layout=bare"],
        input=journal.encode(), capture_output=True, check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    rows = csv.DictReader(done.stdout.decode().splitlines())
    return {(urllib.parse.unquote(row["account"]), urllib.parse.unquote(row["commodity"])):
            fractions.Fraction(row["balance"]) for row in rows}


class Agreement(support.ProcessTest):
    def our_balances(self):
        """The same of ours: on the normal side we print what hledger shows as debit or credit."""
        accounts = {x["path"]: x for x in books.from_lines(
            self.succeed("account", "list", *self.here, "--book", "main", "--json"))}
        ours = {}
        for line in self.succeed("balances", *self.here, "--book", "main").splitlines():
            path, asset, amount = line.split("\t")
            sign = 1 if normal_side(accounts[path]) == "debit" else -1
            ours[path, asset] = sign * fractions.Fraction(amount)
        self.assertEqual({path for path, _ in ours}, set(accounts))
        return {account: balance for account, balance in ours.items() if balance != 0}

    def assert_agreement(self, lines):
        """Imports the lines and compares; returns what both agree on."""
        self.import_text(lines)
        journal = self.succeed("export", *self.here, "--book", "main", "--format", "hledger")
        ours = self.our_balances()
        self.assertEqual(hledger_balances(journal), ours)
        return ours

    def test_on_the_sample_of_the_bank(self):
        agreed = self.assert_agreement(books.sample())
        self.assertGreater(len(agreed), 100)

    def test_on_the_whole_year_of_the_bank(self):
        # Large, and so not a part of the sources; the sample above is its beginning.
        year = pathlib.Path(os.environ.get("DAYBOOK_CZECH_BANK", ""))
        lines = books.convert(year) if year.is_file() else books.sample()
        self.assert_agreement(lines)

    def test_on_every_precision_and_beyond_64_bits(self):
        # Turnovers fit in 128 bits too, so the largest amount is one that leaves room for others.
        largest = str(2 ** 127 - 2 ** 121)
        amounts = {0: ["1", "7", "18446744073709551616", "1" + "0" * 38],
                   2: ["0.01", "0.10", "184467440737095516.17", "999999999999999999999999.99"],
                   18: ["0.000000000000000001", "1.000000000000000000",
                        "99999999999999999999.999999999999999999"],
                   30: ["0." + "0" * 29 + "1", "1234567." + "0" * 29 + "1",
                        f"{largest[:-30]}.{largest[-30:]}"]}
        lines = []
        for precision, values in amounts.items():
            asset = f"P{precision}"
            lines.append(books.asset(asset, precision, "other"))
            for i, value in enumerate(values):
                # An account each, for their sums would not fit in 128 bits.
                debit, credit = f"assets:{asset}:{i}", f"equity:{asset}:{i}"
                lines += [books.account(debit, asset), books.account(credit, asset, "equity"),
                          books.transaction(f"{asset}-{i}", value, debit, credit, asset)]
        agreed = self.assert_agreement(books.to_lines(lines))
        self.assertEqual(agreed["assets:P0:1", "P0"], 7)
        self.assertEqual(agreed["equity:P30:2", "P30"] * 10 ** 30, 2 ** 121 - 2 ** 127)
        self.assertEqual(len(agreed), 2 * sum(map(len, amounts.values())))

    def test_on_names_that_hledger_could_read_differently(self):
        paths = ["assets:with space", "assets:two  spaces", "assets:semi;colon", "assets:a; b",
                 "assets:(in parentheses)", "[assets:in brackets]", "assets:100% sure",
                 "assets:100%25 sure", "assets:a|b", "assets:=1", "assets:@2", "*assets", "!assets",
                 "# assets", "assets:\"quoted\"", "assets:příliš žluťoučký kůň", "assets:現金",
                 "assets:no\u00a0break", "assets:👛", "assets:CZK 5", "12.50", "-", "assets:a :b"]
        identifiers = ["CZK", "US$", "two words", "A;B", "\"", "20%", "2024", "Kč", "a,b", "=",
                       "-"]
        keys = ["; not a comment", "a | b", "(code)", "! *", "2024-01-01", "100 %", "  spaces  ",
                "ž", "=", "key\u2003wide", "a  ; b: c, d"]
        lines = [books.asset(x, i % 5, "other") for i, x in enumerate(identifiers)]
        for i, path in enumerate(paths):
            asset = identifiers[i % len(identifiers)]
            lines += [books.account(path, asset), books.account(f"equity:{i}", asset, "equity"),
                      books.transaction(f"{keys[i % len(keys)]} {i}", str(i + 1), path,
                                        f"equity:{i}", asset,
                                        refs=[{"kind": "a kind: ;", "value": "v, w: x ; y"}])]
        agreed = self.assert_agreement(books.to_lines(lines))
        self.assertEqual({path for path, _ in agreed if not path.startswith("equity:")}, set(paths))

    def test_on_both_normal_sides_of_every_kind(self):
        kinds = ["asset", "liability", "equity", "income", "expense", "clearing"]
        lines = [books.asset(), books.account("clearing:credit", kind="clearing",
                                              normal_side="credit")]
        lines += [books.account(f"a:{kind}", kind=kind) for kind in kinds]
        for i, kind in enumerate(kinds):
            pair = [f"a:{kind}", "clearing:credit"]
            for j, (debit, credit) in enumerate([pair, pair[::-1]]):
                lines.append(books.transaction(f"{i}-{j}", f"{(i + 2) ** (j + 1)}.{i}{j}", debit,
                                               credit))
        self.assertEqual(len(self.assert_agreement(books.to_lines(lines))), 7)

    def test_on_a_transaction_of_many_postings_and_assets(self):
        lines = [books.asset("EUR"), books.asset("JPY", 0)]
        postings = []
        for i in range(50):
            for asset in ("EUR", "JPY"):
                path = f"assets:{asset}:{i % 7}"
                if i < 7:
                    lines.append(books.account(path, asset))
                for direction, account in (("debit", path), ("credit", f"assets:{asset}:{i % 5}")):
                    postings.append(books.posting(account, str(i + 1), direction, asset))
        lines.append({"type": "transaction", "key": "k", "postings": postings})
        self.assertGreater(len(self.assert_agreement(books.to_lines(lines))), 10)


if __name__ == "__main__":
    unittest.main()
