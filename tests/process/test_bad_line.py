"""A bad line is refused with its number and the thing that is wrong, and changes nothing."""

import json
import unittest

import books
import support


class BadLine(support.ProcessTest):
    def setUp(self):
        super().setUp()
        self.import_text(books.to_lines(books.CASH))
        self.before = self.read()

    def read(self):
        return self.succeed("events", *self.here, "--book", "main", "--json")

    def assert_refused(self, words, line):
        """Refused as the second line of an import whose first line is known already."""
        with self.subTest(line=line[:100] if isinstance(line, (str, bytes)) else line):
            if isinstance(line, dict):
                line = json.dumps(line, ensure_ascii=False)
            if isinstance(line, str):
                line = line.encode()
            path = self.write("input.jsonl", json.dumps(books.CASH[0]).encode() + b"\n" + line)
            done = self.fail_with(1, ["line 2", *words], "import", *self.here, "--book", "main",
                                  path)
            self.assertEqual(done.out.splitlines()[-1], "accepted 0, deduplicated 1, rejected 1")
            self.assertLess(len(done.err), 2000)
            self.assertEqual(self.read(), self.before)

    def test_not_json(self):
        for line in ["{", "hello", "[1]", "17", '"text"', "null", "{}}", '{"type":}', "{'type':1}",
                     '{"type":"asset",}', '{"type":"asset" "id":"x"}', '{"type":"as', "\x00"]:
            self.assert_refused([], line)
        self.assert_refused(["twice"], '{"type":"asset","type":"asset"}')
        self.assert_refused(["UTF-8"], b'{"type":"\xff\xfe"}')
        self.assert_refused([], b"\xff\xfe{")
        self.assert_refused(["deep"], '{"metadata":' + '{"a":' * 100_000)
        self.assert_refused(["deep"], '{"metadata":{"a":' + "[" * 100_000)

    def test_fields_that_are_not_known_missing_or_of_another_type(self):
        good = books.transaction("k")
        self.assert_refused(["ammount"], {**good, "ammount": "1.00"})
        self.assert_refused(["note"], {**good, "postings": [{**x, "note": ""}
                                                            for x in good["postings"]]})
        self.assert_refused(["color"], {**books.asset("EUR"), "color": "blue"})
        self.assert_refused(["owner"], {**books.account("assets:x"), "owner": "me"})
        self.assert_refused(["typ"], {"typ": "asset"})
        self.assert_refused(["order"], {"type": "order"})
        for field in "key", "postings":
            self.assert_refused([field], {x: y for x, y in good.items() if x != field})
        for field in "account", "amount", "direction":
            self.assert_refused([field], {**good, "postings": [
                {x: y for x, y in posting.items() if x != field} for posting in good["postings"]]})
        self.assert_refused(["key"], {**good, "key": 17})
        self.assert_refused(["postings"], {**good, "postings": {}})
        self.assert_refused(["metadata"], {**good, "metadata": "text"})
        self.assert_refused(["occurred_at"], {**good, "occurred_at": "yesterday"})
        self.assert_refused(["occurred_at"], {**good, "occurred_at": "1994-02-30"})
        self.assert_refused(["direction"], {**good, "postings": [
            {**x, "direction": "up"} for x in good["postings"]]})
        self.assert_refused(["precision"], books.asset("EUR", 31))
        self.assert_refused(["precision"], books.asset("EUR", -1))
        self.assert_refused(["class"], books.asset("EUR", cls="money"))
        self.assert_refused(["kind"], books.account("assets:x", kind="cash"))

    def test_amounts_that_cannot_be(self):
        for amount, words in [("-1.00", ["-1.00"]), ("0.00", ["0.00"]), ("0", []),
                              ("-0.00", []), ("1.001", ["1.001", "2"]), ("1.000", ["1.000"]),
                              ("1,00", ["1,00"]), ("1e3", ["1e3"]), ("0x10", ["0x10"]),
                              ("one", ["one"]), ("", []), (" 1.00", []),
                              ("1.", []), (".5", []), ("NaN", ["NaN"]), ("∞", []), ("１.00", []),
                              ("1701411834604692317316873037158841057.28", ["128"]),
                              ("9" * 100, ["128"]), ("9" * 100_000, [])]:
            self.assert_refused(words, books.transaction("k", amount))
        self.assert_refused(["amount"], {**books.transaction("k"), "postings": [
            {**x, "amount": 1.0} for x in books.transaction("k")["postings"]]})

    def test_postings_that_do_not_balance(self):
        debit, credit = books.transaction("k")["postings"]
        self.assert_refused(["CZK", "1.00", "1.01"], {
            "type": "transaction", "key": "k", "postings": [debit, {**credit, "amount": "1.01"}]})
        self.assert_refused(["CZK"], {"type": "transaction", "key": "k", "postings": [debit]})
        self.assert_refused(["CZK"], {"type": "transaction", "key": "k",
                                      "postings": [debit, debit]})
        self.assert_refused(["postings"], {"type": "transaction", "key": "k", "postings": []})

    def test_accounts_and_assets_that_are_not_there_or_others(self):
        self.assert_refused(["assets:nowhere"], books.transaction("k", debit="assets:nowhere"))
        self.assert_refused(["XAU"], books.transaction("k", holds="XAU"))
        self.assert_refused(["XAU"], books.account("assets:x", "XAU"))
        self.assert_refused(["CZK"], books.asset("CZK", 3))
        self.assert_refused(["assets:cash"], books.account("assets:cash", kind="expense"))
        self.assert_refused(["normal side"], books.account("assets:x", normal_side="credit"))

    def test_a_balance_past_its_limits_names_account_limit_and_balance(self):
        self.import_text(books.to_lines([books.account("liabilities:limited", kind="liability",
                                                       min_balance="-5.00", max_balance="7.00")]))
        self.before = self.read()
        for debit, credit, words in [
                ("liabilities:limited", "assets:cash", ["liabilities:limited", "-5.00", "-9.00"]),
                ("assets:cash", "liabilities:limited", ["liabilities:limited", "7.00", "9.00"])]:
            self.assert_refused(words, books.transaction("k", "9.00", debit, credit))

    def test_a_balance_past_128_bits(self):
        most = "1701411834604692317316873037158841057.27"
        self.import_text(books.to_lines([books.transaction("most", most)]))
        self.before = self.read()
        self.assert_refused(["assets:cash", "128"], books.transaction("k", "0.01"))

    def test_more_postings_than_the_limit(self):
        debit, credit = books.transaction("k")["postings"]
        self.assert_refused(["postings", "10000", "10001"], {
            "type": "transaction", "key": "k",
            "postings": [debit] * 5_000 + [credit] * 4_999 + [{**credit, "amount": "0.50"}] * 2})
        most = {"type": "transaction", "key": "k", "postings": [debit] * 5_000 + [credit] * 5_000}
        self.import_text(books.to_lines([most]))

    def test_metadata_larger_than_the_limit(self):
        limit = 64 * 1024
        self.assert_refused(["metadata", str(limit)],
                            books.transaction("k", metadata={"blob": "x" * limit}))
        # So long that the line as a whole is over its limit.
        self.assert_refused(["metadata", "bytes"],
                            books.transaction("k", metadata={"blob": "x" * 1024 * limit}))
        self.import_text(books.to_lines([books.transaction("k", metadata={"blob": "x" * 65_000})]))

    def test_a_line_without_an_end_takes_bounded_memory(self):
        # Address space is what can be bounded, and threads reserve much of it that they never use.
        limit = 2 * 1024 ** 3
        endless = self.directory / "endless"
        with open(endless, "wb") as file:
            file.truncate(limit + limit // 8)
        self.fail_with(1, ["line 1"], "import", *self.here, "--book", "main", endless,
                       wrapper=support.with_memory(limit))


class BadPost(support.ProcessTest):
    """The same rules on the command line."""

    def setUp(self):
        super().setUp()
        self.import_text(books.to_lines(books.CASH))

    def assert_refused(self, words, debit, credit="income:other=1.00", *options, code=1):
        with self.subTest(debit=debit, options=options):
            self.fail_with(code, words, "post", *self.here, "--book", "main", "--key", "k",
                           "--debit", debit, "--credit", credit, *options)

    def test_is_refused_with_the_thing_that_is_wrong(self):
        self.assert_refused(["1.00", "2.00"], "assets:cash=2.00")
        self.assert_refused(["-1.00"], "assets:cash=-1.00")
        self.assert_refused(["0.00"], "assets:cash=0.00")
        self.assert_refused(["1.001"], "assets:cash=1.001")
        self.assert_refused(["128"], "assets:cash=" + "9" * 100)
        self.assert_refused(["assets:nowhere"], "assets:nowhere=1.00")
        self.assert_refused(["XAU"], "assets:cash=1.00", "income:other=1.00", "--asset", "XAU")
        self.assert_refused(["yesterday"], "assets:cash=1.00", "income:other=1.00",
                            "--occurred-at", "yesterday", code=2)
        for metadata in "{", "[]", "text", '{"a":1,"a":2}':
            self.assert_refused([], "assets:cash=1.00", "income:other=1.00", "--metadata",
                                metadata, code=2)
        self.assert_refused(["65536"], "assets:cash=1.00", "income:other=1.00",
                            "--metadata", json.dumps({"blob": "x" * 70_000}))
        self.assertEqual(self.succeed("balance", *self.here, "--book", "main", "assets:cash"),
                         "assets:cash\tCZK\t0.00\n")

    def test_an_error_is_json_when_that_is_asked_for(self):
        done = self.fail_with(1, [], "post", *self.here, "--book", "main", "--key", "k", "--debit",
                              "assets:nowhere=1", "--credit", "income:other=1", "--json")
        error = json.loads(done.err)
        self.assertEqual((error["error"], error["account"]), ("unknown_account", "assets:nowhere"))


if __name__ == "__main__":
    unittest.main()
