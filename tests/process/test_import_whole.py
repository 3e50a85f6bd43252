"""An input imported as one atomic batch, and one that is only tried."""

import json
import unittest

import books
import support

GOOD = [books.asset(), *books.CASH[1:], books.transaction("k-1"), books.transaction("k-2")]

# Reverses k-1, which is the fourth event.
TAKEN_BACK = books.transaction("undo-1", debit="income:other", credit="assets:cash", reverses=4)
TAKEN_BACK["postings"].reverse()


class Cases:
    def run_import(self, objects, *options):
        return support.run("import", *self.place, "--book", "main", *options, "-",
                           stdin=books.to_lines(objects).encode())

    def report(self, objects, *options):
        done = self.run_import(objects, "--json", *options)
        report = json.loads(done.out)
        return done.code, [report[x] for x in ("accepted", "deduplicated", "rejected")]

    def events(self):
        return self.objects("events", *self.place, "--book", "main")

    # -- atomic

    def test_an_atomic_import_is_one_unit(self):
        self.assertEqual(self.report(GOOD, "--atomic"), (0, [5, 0, 0]))
        self.assertEqual([x.get("joined", False) for x in self.events()],
                         [False, True, True, True, True])

    def test_an_atomic_import_again_changes_nothing(self):
        self.run_import(GOOD, "--atomic")
        self.assertEqual(self.report(GOOD, "--atomic"), (0, [0, 5, 0]))
        self.assertEqual(len(self.events()), 5)

    def test_closings_and_reopenings_are_done_again_but_not_by_an_atomic_import(self):
        lines = [*GOOD, {"type": "account_closed", "path": "assets:cash", "even_with_balance": True},
                 {"type": "account_reopened", "path": "assets:cash"}]
        self.assertEqual(self.report(lines), (0, [7, 0, 0]))
        self.assertEqual(self.report(lines), (0, [2, 5, 0]))
        self.assertEqual(self.report(lines, "--atomic"), (0, [0, 7, 0]))
        self.assertEqual([x["type"] for x in self.events()][5:],
                         2 * ["account_closed", "account_reopened"])
        # What is as the line says is not done again.
        self.assertEqual(self.report(lines[-1:]), (0, [0, 1, 0]))
        self.assertEqual(self.report(lines[-2:-1]), (0, [1, 0, 0]))
        self.assertEqual(self.report(lines[-2:-1]), (0, [0, 1, 0]))

    def test_a_line_that_the_book_refuses_is_named_and_nothing_is_written(self):
        self.import_text(books.to_lines(books.CASH), place=self.place)
        lines = [books.transaction("k-1"), books.transaction("k-2", debit="assets:nowhere")]
        done = self.run_import(lines, "--atomic")
        self.assert_failed(done, 1, ["line 2", "assets:nowhere", "nothing was written"])
        self.assertIn("rejected line 2", done.out)
        self.assertEqual(len(self.events()), 3)

    def test_a_malformed_line_is_named_and_nothing_is_written(self):
        self.import_text(books.to_lines(books.CASH), place=self.place)
        done = support.run("import", *self.place, "--book", "main", "--atomic", "-",
                           stdin=(books.to_lines([books.transaction("k-1")]) + "{\n").encode())
        self.assert_failed(done, 1, ["line 2", "nothing was written"])
        self.assertEqual(len(self.events()), 3)

    def test_part_of_it_already_there_is_refused_with_the_line(self):
        self.import_text(books.to_lines(GOOD[:-1]), place=self.place)
        done = self.run_import([books.transaction("new"), GOOD[-2]], "--atomic")
        self.assert_failed(done, 1, ["line 2", "k-1"])
        self.assertEqual(len(self.events()), 4)

    def test_more_lines_than_an_atomic_batch_takes_are_refused_with_what_to_do(self):
        self.import_text(books.to_lines(books.CASH), place=self.place)
        lines = [books.transaction(f"k-{i}") for i in range(10_001)]
        self.assert_failed(self.run_import(lines, "--atomic"), 1, ["10000", "split", "--atomic"])
        self.assertEqual(len(self.events()), 3)
        self.assertEqual(self.report(lines[:-1], "--atomic"), (0, [10_000, 0, 0]))

    def test_an_export_with_a_reversal_is_one_unit_too(self):
        lines = [*GOOD, TAKEN_BACK]
        self.assertEqual(self.report(lines, "--atomic"), (0, [6, 0, 0]))
        self.assertEqual(self.report(lines, "--atomic"), (0, [0, 6, 0]))
        self.assertEqual(self.events()[-1]["reverses"], 4)

    def test_a_reversal_of_what_is_not_there_is_named(self):
        done = self.run_import([*GOOD, {**TAKEN_BACK, "reverses": 7}], "--atomic")
        self.assert_failed(done, 1, ["line 6", "seq 7", "nothing was written"])

    # -- rehearsed

    def test_a_dry_run_of_a_reversal(self):
        self.import_text(books.to_lines(books.CASH), place=self.place)
        lines = [*GOOD[3:], TAKEN_BACK]
        self.assertEqual(self.report(lines, "--dry-run"), (0, [3, 0, 0]))
        self.assertEqual(self.report(lines, "--dry-run", "--atomic"), (0, [3, 0, 0]))
        self.assertEqual(self.report([TAKEN_BACK, *lines[:-1]], "--dry-run"), (1, [2, 0, 1]))

    def test_a_dry_run_reports_what_an_import_would_and_writes_nothing(self):
        self.import_text(books.to_lines(books.CASH), place=self.place)
        lines = [books.asset("EUR"), books.account("assets:eur", "EUR"),
                 books.account("income:eur", "EUR", "income"),
                 books.transaction("k-1", "7.00", "assets:eur", "income:eur", "EUR"),
                 books.transaction("k-2", debit="assets:nowhere"), books.transaction("k-3")]
        done = self.run_import(lines, "--dry-run")
        self.assert_failed(done, 1, ["1 lines", "nothing was written"])
        rejected, summary = done.out.splitlines()
        self.assertIn("line 5", rejected)
        self.assertEqual(summary, "dry run: accepted 5, deduplicated 0, rejected 1")
        self.assertEqual(len(self.events()), 3)
        self.assertEqual(self.report(lines, "--on-error", "continue"), (1, [5, 0, 1]))
        self.assertEqual(self.report(lines, "--dry-run"), (1, [0, 5, 1]))

    def test_a_dry_run_of_an_atomic_import(self):
        self.import_text(books.to_lines(books.CASH), place=self.place)
        good = [books.transaction("k-1"), books.transaction("k-2")]
        self.assertEqual(self.report(good, "--dry-run", "--atomic"), (0, [2, 0, 0]))
        bad = [*good, books.transaction("k-3", debit="assets:nowhere")]
        self.assertEqual(self.report(bad, "--dry-run", "--atomic"), (1, [0, 0, 1]))
        self.assertEqual(len(self.events()), 3)

    def test_a_dry_run_creates_no_book(self):
        self.import_text(books.to_lines(books.CASH), place=self.place)
        self.fail_with(1, ["absent"], "import", *self.place, "--book", "absent", "--dry-run", "-")
        self.assertEqual(self.succeed("book", "list", *self.place), "main\n")

    def test_more_lines_than_can_be_tried_at_once_are_refused(self):
        self.import_text(books.to_lines(books.CASH), place=self.place)
        line = books.to_lines([books.transaction("k")]).encode()
        done = support.run("import", *self.place, "--book", "main", "--dry-run", "-",
                           stdin=line * 100_001)
        self.assert_failed(done, 1, ["100000", "split"])


class InADirectory(Cases, support.InDirectory):
    pass


class OnANode(Cases, support.OnNode):
    pass


if __name__ == "__main__":
    unittest.main()
