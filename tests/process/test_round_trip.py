"""What is exported can be imported, and what is imported twice is there once."""

import json
import unittest

import books
import support


def taken_back(key, seq, original):
    """The line that reverses a transaction."""
    opposite = {"debit": "credit", "credit": "debit"}
    postings = [{**x, "direction": opposite[x["direction"]]} for x in original["postings"]]
    return {"type": "transaction", "key": key, "postings": postings, "reverses": seq}


class RoundTrip(support.ProcessTest):
    def setUp(self):
        super().setUp()
        self.copy = ("--data", str(self.directory / "copy"))

    def read(self, command, place, *options):
        return self.succeed(command, *place, "--book", "main", *options)

    def test_an_export_imports_to_the_same_balances_and_the_same_export(self):
        self.import_text(books.sample())
        exported = self.read("export", self.here, "--format", "jsonl")
        self.import_text(exported, place=self.copy)
        self.assertEqual(self.read("balances", self.copy), self.read("balances", self.here))
        self.assertEqual(self.read("export", self.copy, "--format", "jsonl"), exported)

    def test_an_export_says_what_was_imported(self):
        self.import_text(books.sample())
        exported = books.from_lines(self.read("export", self.here, "--format", "jsonl"))
        self.assertEqual(exported, books.from_lines(books.sample()))

    def test_everything_a_line_can_say_survives(self):
        lines = [
            books.asset("ETH", 18, "crypto", name="Ether; \"quoted\" \\ and ž"),
            books.asset("PTS", 0, "other"),
            books.account("assets:wallet", "ETH", min_balance="-1.500000000000000000",
                          max_balance="170141183460469231731.687303715884105727"),
            books.account("suspense", "ETH", "clearing", normal_side="credit"),
            books.transaction("k\"1", "0.000000000000000001", "assets:wallet", "suspense", "ETH",
                              occurred_at="1994-03-31T23:59:59.123456Z",
                              refs=[{"kind": "bank", "value": "35/30 856"}],
                              metadata={"nested": {"a": [1, True, None, "ž"]}, "empty": ""},
                              correlation_id="c-1", causation_id="c-0"),
        ]
        self.import_text(books.to_lines(lines))
        exported = self.read("export", self.here, "--format", "jsonl")
        self.assertEqual(books.from_lines(exported), lines)
        self.import_text(exported, place=self.copy)
        self.assertEqual(self.read("export", self.copy, "--format", "jsonl"), exported)

    def test_what_causes_any_event_survives(self):
        links = {"correlation_id": "c-1", "causation_id": "c-0"}
        lines = [books.asset(**links), books.account("assets:cash", **links),
                 books.account("income:other", kind="income"),
                 books.transaction("k-1", **links),
                 {"type": "account_closed", "path": "assets:cash", "even_with_balance": True,
                  **links},
                 {"type": "account_reopened", "path": "assets:cash", **links}]
        self.import_text(books.to_lines(lines))
        exported = self.read("export", self.here, "--format", "jsonl")
        self.assertEqual(books.from_lines(exported), lines)
        self.import_text(exported, place=self.copy)
        self.assertEqual(self.read("export", self.copy, "--format", "jsonl"), exported)

    def test_sales_that_were_taken_back_survive(self):
        lines = [*books.CASH]
        for i in range(1_500):
            lines.append(books.transaction(f"sale-{i}", "3.00"))
            if i % 100 == 0:
                lines.append(taken_back(f"undo-{i}", len(lines), lines[-1]))
        self.import_text(books.to_lines(lines))
        exported = self.read("export", self.here, "--format", "jsonl")
        self.assertEqual(books.from_lines(exported), lines)
        report = json.loads(self.import_text(exported, "--json", place=self.copy))
        self.assertEqual((report["accepted"], report["rejected"]), (len(lines), 0))
        self.assertEqual(self.read("balances", self.copy), self.read("balances", self.here))
        self.assertEqual(self.read("export", self.copy, "--format", "jsonl"), exported)

    def test_a_second_import_changes_nothing(self):
        transactions = sum(x["type"] == "transaction" for x in books.from_lines(books.sample()))
        first = json.loads(self.import_text(books.sample(), "--json"))
        before = [self.read("events", self.here, "--json"), self.read("balances", self.here)]
        second = json.loads(self.import_text(books.sample(), "--json"))
        self.assertEqual(first["accepted"], len(books.from_lines(books.sample())))
        self.assertEqual((first["deduplicated"], first["rejected"]), (0, 0))
        self.assertEqual(second["accepted"], 0)
        self.assertGreaterEqual(second["deduplicated"], transactions)
        self.assertEqual(second["deduplicated"], first["accepted"])
        after = [self.read("events", self.here, "--json"), self.read("balances", self.here)]
        self.assertEqual(after, before)

    def test_a_key_with_other_content_is_refused_and_named(self):
        self.import_text(books.to_lines(books.CASH + [books.transaction("k-1", "1.00")]))
        other = self.write("other.jsonl", books.to_lines([books.transaction("k-1", "2.00")]))
        self.fail_with(1, ["k-1", "line 1"], "import", *self.here, "--book", "main", other)
        self.assertEqual(self.read("balance", self.here, "assets:cash"), "assets:cash\tCZK\t1.00\n")

    def test_a_file_and_standard_input_are_the_same(self):
        self.import_text(books.sample())
        path = self.write("sample.jsonl", books.sample())
        self.succeed("import", *self.copy, "--book", "main", path)
        self.assertEqual(self.read("balances", self.copy), self.read("balances", self.here))


class Rejections(support.ProcessTest):
    """Of eight lines, the sixth and the eighth are bad: one for the book, one for the reader."""

    LINES = books.to_lines([*books.CASH, books.transaction("k-1"), books.transaction("k-1"),
                            books.transaction("k-2", debit="assets:nowhere"),
                            books.transaction("k-3")]) + "{\n"

    def do_import(self, *options):
        return support.run("import", *self.here, "--book", "main", *options, "-",
                           stdin=self.LINES.encode())

    def keys(self):
        events = self.succeed("events", *self.here, "--book", "main", "--json")
        return [x["key"] for x in books.from_lines(events) if x["type"] == "transaction"]

    def test_continue_reports_each_with_line_and_reason_and_accepts_the_rest(self):
        done = self.do_import("--on-error", "continue")
        self.assert_failed(done, 1, ["2 lines"])
        *rejected, summary = done.out.splitlines()
        self.assertEqual(summary, "accepted 5, deduplicated 1, rejected 2")
        self.assertEqual(len(rejected), 2)
        for line, words in zip(sorted(rejected), [("line 6", "assets:nowhere"), ("line 8",)]):
            for word in words:
                self.assertIn(word, line)
        self.assertEqual(self.keys(), ["k-1", "k-3"])

    def test_continue_reports_the_same_as_json(self):
        report = json.loads(self.do_import("--on-error", "continue", "--json").out)
        self.assertEqual([report[x] for x in ("accepted", "deduplicated", "rejected")], [5, 1, 2])
        self.assertEqual(sorted(x["line"] for x in report["rejections"]), [6, 8])

    def test_stop_names_the_first_bad_line_and_is_the_default(self):
        for options in [], ["--on-error", "stop"]:
            done = self.do_import(*options)
            self.assert_failed(done, 1, ["line 6", "assets:nowhere"])
            self.assertIn("rejected line 6", done.out)

    def test_a_correction_completes_the_import(self):
        self.do_import()
        corrected = self.LINES.replace("assets:nowhere", "assets:cash").removesuffix("{\n")
        self.import_text(corrected)
        self.assertEqual(sorted(self.keys()), ["k-1", "k-2", "k-3"])


if __name__ == "__main__":
    unittest.main()
