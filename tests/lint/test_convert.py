"""Tests of examples/czech-bank/convert.py, through its command line."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "czech-bank"
HEADER = ('"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";'
          '"account"')
GOOD_ROW = '695247;2378;930101;"PRIJEM";"VKLAD";700.00;700.00;"";;'


def run(*arguments):
    return subprocess.run([sys.executable, EXAMPLE / "convert.py", *arguments],
                          capture_output=True, text=True, check=False)


def convert(*lines):
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("".join(line + "\n" for line in lines))
        file.flush()
        return run(file.name)


def objects(output):
    return [json.loads(line) for line in output.stdout.splitlines()]


class Mapping(unittest.TestCase):
    def transaction(self, row):
        output = convert(HEADER, row)
        self.assertEqual(output.stderr, "")
        self.assertEqual(output.returncode, 0)
        return objects(output)[-1]

    def sides(self, row):
        return {x["direction"]: x["account"] for x in self.transaction(row)["postings"]}

    def test_a_row_becomes_the_asset_the_accounts_and_the_transaction(self):
        self.assertEqual(objects(convert(HEADER, GOOD_ROW)), [
            {"type": "asset", "id": "CZK", "precision": 2, "class": "fiat",
             "name": "Czech koruna"},
            {"type": "account", "path": "assets:cash", "asset": "CZK", "kind": "asset"},
            {"type": "account", "path": "liabilities:customers:2378", "asset": "CZK",
             "kind": "liability"},
            {"type": "transaction", "key": "trans-695247", "occurred_at": "1993-01-01",
             "postings": [
                 {"account": "assets:cash", "amount": "700.00", "asset": "CZK",
                  "direction": "debit"},
                 {"account": "liabilities:customers:2378", "amount": "700.00", "asset": "CZK",
                  "direction": "credit"}],
             "refs": [{"kind": "bank", "value": "695247"}],
             "metadata": {"operation": "VKLAD"}},
        ])

    def test_the_other_side_is_by_operation(self):
        for kind, operation, k_symbol, bank_account in [
                ("PRIJEM", "VKLAD", "", "assets:cash"),
                ("VYDAJ", "VYBER", "SIPO", "assets:cash"),
                ("VYBER", "VYBER", "", "assets:cash"),
                ("PRIJEM", "PREVOD Z UCTU", "DUCHOD", "assets:interbank"),
                ("VYDAJ", "PREVOD NA UCET", "SIPO", "assets:interbank"),
                ("VYDAJ", "VYBER KARTOU", "", "assets:card-network"),
                ("PRIJEM", "", "UROK", "expenses:interest"),
                ("PRIJEM", "", "", "income:other"),
                ("VYDAJ", "", "SLUZBY", "income:other")]:
            with self.subTest(kind=kind, operation=operation, k_symbol=k_symbol):
                customer, bank = (("credit", "debit") if kind == "PRIJEM" else ("debit", "credit"))
                row = f'1;2;930101;"{kind}";"{operation}";1.50;0.00;"{k_symbol}";;'
                self.assertEqual(self.sides(row),
                                 {customer: "liabilities:customers:2", bank: bank_account})

    def test_metadata_holds_what_is_not_empty(self):
        row = '1;2;931231;"VYDAJ";"PREVOD NA UCET";1.50;0.00;"SIPO";"ST";66487163'
        self.assertEqual(self.transaction(row)["metadata"],
                         {"operation": "PREVOD NA UCET", "k_symbol": "SIPO", "bank": "ST",
                          "account": "66487163"})
        self.assertNotIn("metadata", self.transaction('1;2;930101;"PRIJEM";"";1.50;0.00;" ";;'))

    def test_an_account_opens_once(self):
        opened = [x["path"] for x in objects(convert(HEADER, GOOD_ROW, GOOD_ROW))
                  if x["type"] == "account"]
        self.assertEqual(len(opened), len(set(opened)))

    def test_an_amount_stays_as_it_is_written(self):
        row = '1;2;930101;"PRIJEM";"VKLAD";90071992547409930.10;0.00;"";;'
        self.assertEqual(self.transaction(row)["postings"][0]["amount"], "90071992547409930.10")

    def test_the_sample_converts(self):
        output = run(EXAMPLE / "sample.csv")
        self.assertEqual(output.returncode, 0, output.stderr)
        keys = [x["key"] for x in objects(output) if x["type"] == "transaction"]
        self.assertEqual(len(keys), 1000)
        self.assertEqual(len(set(keys)), 1000)


class Refusal(unittest.TestCase):
    def assert_refused(self, output, *words):
        self.assertEqual(output.returncode, 1)
        self.assertEqual(len(output.stderr.splitlines()), 1, output.stderr)
        for word in words:
            self.assertIn(word, output.stderr)

    def test_a_malformed_row_is_named_with_its_line(self):
        for row, word in [
                ('1;2;930101;"PRIJEM";"VKLAD";1.50', "6 columns"),
                ('', "0 columns"),
                ('x;2;930101;"PRIJEM";"VKLAD";1.50;0.00;"";;', "trans_id is 'x'"),
                ('1;-2;930101;"PRIJEM";"VKLAD";1.50;0.00;"";;', "account_id is '-2'"),
                ('1;2;930231;"PRIJEM";"VKLAD";1.50;0.00;"";;', "date is '930231'"),
                ('1;2;930101;"GIFT";"VKLAD";1.50;0.00;"";;', "type is 'GIFT'"),
                ('1;2;930101;"PRIJEM";"WIRE";1.50;0.00;"";;', "operation is 'WIRE'"),
                ('1;2;930101;"PRIJEM";"VKLAD";1.505;0.00;"";;', "amount is '1.505'"),
                ('1;2;930101;"PRIJEM";"VKLAD";-1.50;0.00;"";;', "amount is '-1.50'"),
                ('1;2;930101;"PRIJEM";"VKLAD";0.00;0.00;"";;', "amount is '0.00'"),
                ('1;2;930101;"PRIJEM";"VKLAD"x;1.50;0.00;"";;', "expected after")]:
            with self.subTest(row=row):
                self.assert_refused(convert(HEADER, GOOD_ROW, row), "line 3:", word)

    def test_a_file_of_another_form_is_refused(self):
        self.assert_refused(convert("a;b;c"), "line 1:", "trans_id;account_id")
        self.assert_refused(convert(), "line 1:", "trans_id;account_id")

    def test_a_missing_file_is_named(self):
        self.assert_refused(run("/nowhere.csv"), "/nowhere.csv", "No such file")

    def test_wrong_usage_exits_2_and_help_shows_an_example(self):
        self.assertEqual(run().returncode, 2)
        usage = run("--help")
        self.assertEqual(usage.returncode, 0)
        self.assertIn("convert.py sample.csv", usage.stdout)


if __name__ == "__main__":
    unittest.main()
