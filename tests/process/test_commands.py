"""Every command works on a directory and on a node, and prints the same."""

import json
import re
import unittest

import books
import support

READING = [
    ["book", "list"],
    ["asset", "list", "--book", "main"],
    ["account", "list", "--book", "main"],
    ["account", "list", "--book", "main", "--prefix", "assets"],
    ["balance", "--book", "main", "assets:cash"],
    ["balance", "--book", "main", "assets:cash", "--as-of", "900"],
    ["balances", "--book", "main"],
    ["balances", "--book", "main", "--prefix", "liabilities:customers"],
    ["balances", "--book", "main", "--prefix", "nothing"],
    ["balances", "--book", "main", "--as-of", "900"],
    ["history", "--book", "main", "assets:cash"],
    ["history", "--book", "main", "assets:cash", "--after", "100", "--limit", "5"],
    ["history", "--book", "main", "assets:cash", "--after", "100", "--until", "900"],
    ["trial-balance", "--book", "main"],
    ["trial-balance", "--book", "main", "--as-of", "900"],
    ["events", "--book", "main"],
    ["events", "--book", "main", "--from", "10", "--limit", "3"],
    ["events", "--book", "main", "--kind", "account", "--prefix", "assets"],
    ["show", "--book", "main", "900"],
    ["export", "--book", "main", "--format", "jsonl"],
    ["export", "--book", "main", "--format", "hledger"],
]

POST = ["post", "--book", "main", "--key", "rent", "--debit", "expenses:rent=900.00", "--credit",
        "assets:cash=900.00", "--occurred-at", "2024-05-01", "--metadata", '{"note": "May"}']

# The life of a small book. Times and ids differ from run to run, everything else is fixed.
STORY = [
    ["asset", "register", "--book", "main", "--id", "CZK", "--precision", "2", "--class", "fiat",
     "--name", "Czech koruna"],
    ["account", "open", "--book", "main", "--path", "assets:cash", "--asset", "CZK", "--kind",
     "asset", "--min-balance", "-1000.00"],
    ["account", "open", "--book", "main", "--path", "expenses:rent", "--asset", "CZK", "--kind",
     "expense"],
    ["account", "open", "--book", "main", "--path", "suspense", "--asset", "CZK", "--kind",
     "clearing", "--normal-side", "credit", "--max-balance", "5"],
    POST,
    POST,
    ["post", "--book", "main", "--key", "split", "--debit", "expenses:rent=1.00", "--debit",
     "assets:cash=2.00", "--credit", "suspense=2.50", "--credit", "expenses:rent=0.50", "--asset",
     "CZK"],
    ["balance", "--book", "main", "assets:cash"],
    ["balances", "--book", "main"],
    ["history", "--book", "main", "expenses:rent"],
    ["trial-balance", "--book", "main"],
    ["account", "list", "--book", "main"],
    ["events", "--book", "main"],
    ["export", "--book", "main", "--format", "jsonl"],
    ["import", "--book", "main", "-"],
]


def masked(text):
    """Without what differs from run to run, times of commits, ids and hashes, and without the
    epoch, which counts how often a book was opened: once a command, or once a node."""
    text = re.sub(r'"epoch":\d+', '"epoch":', text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", "TIME", text)
    text = re.sub(r"[0-9a-f]{64}", "HASH", text)
    return re.sub(r"[0-9a-f]{32}", "ID", text)


class Reading(support.ProcessTest):
    """On one directory, so that everything must be the same to the byte."""

    def setUp(self):
        super().setUp()
        self.import_text(books.sample())

    def outputs(self, place, *options):
        return {" ".join(x): self.succeed(*x, *place, *options) for x in READING}

    def test_prints_the_same_from_a_directory_and_from_a_node(self):
        for options in [], ["--json"]:
            here = self.outputs(self.here, *options)
            node = self.start_node()
            there = self.outputs(node.place, *options)
            self.assertEqual(node.stop(), 0)
            for outputs in here, there:
                # Whether a book has a running actor is no property of the book.
                outputs["book list"] = re.sub(r'"open":\w+', '"open":', outputs["book list"])
            for command, output in here.items():
                with self.subTest(command=command, options=options):
                    self.assertEqual(there[command], output)
                    self.assertEqual(bool(output), "nothing" not in command)

    def test_json_is_one_object_a_line_with_as_many_lines_as_plain(self):
        for command in READING:
            if "export" in command:
                continue
            with self.subTest(command=command):
                plain = self.succeed(*command, *self.here)
                lines = self.succeed(*command, *self.here, "--json").splitlines()
                self.assertEqual(len(lines), len(plain.splitlines()))
                for line in lines:
                    self.assertIsInstance(json.loads(line), dict)

    def test_balances_are_path_asset_and_amount_sorted_by_path(self):
        rows = [x.split("\t") for x in
                self.succeed("balances", *self.here, "--book", "main").splitlines()]
        self.assertGreater(len(rows), 100)
        for row in rows:
            self.assertEqual(len(row), 3)
            self.assertEqual(row[1], "CZK")
            self.assertRegex(row[2], r"^-?\d+\.\d\d$")
        paths = [row[0] for row in rows]
        self.assertEqual(paths, sorted(paths, key=str.encode))

    def test_balances_are_the_sums_of_what_was_imported(self):
        cents = {}
        credit_is_normal = ("liabilities", "income")
        for line in books.from_lines(books.sample()):
            for posting in line.get("postings", []):
                path = posting["account"]
                is_normal = ((posting["direction"] == "credit")
                             == path.startswith(credit_is_normal))
                amount = int(posting["amount"].replace(".", ""))
                cents[path] = cents.get(path, 0) + (amount if is_normal else -amount)
        printed = books.balances(self.succeed("balances", *self.here, "--book", "main"))
        self.assertEqual({path: int(x.replace(".", "")) for path, x in printed.items()}, cents)

    def test_history_runs_to_the_balance_and_pages_lie_end_to_end(self):
        def history(*options):
            return books.from_lines(self.succeed("history", *self.here, "--book", "main",
                                                 "assets:cash", "--json", *options))
        whole = history()
        balance = self.succeed("balance", *self.here, "--book", "main", "assets:cash")
        self.assertEqual(balance, f"assets:cash\tCZK\t{whole[-1]['balance']}\n")
        self.assertEqual(len({x["seq"] for x in whole}), len(whole))
        paged, after = [], 0
        while page := history("--limit", "100", "--after", str(after)):
            self.assertLessEqual(len(page), 100)
            paged += page
            after = page[-1]["seq"]
        self.assertEqual(paged, whole)

    def test_a_balance_as_of_an_event_is_the_one_in_the_history(self):
        history = self.objects("history", *self.here, "--book", "main", "assets:cash")
        node = self.start_node()
        for entry in history[::100]:
            [then] = self.objects("balance", *node.place, "--book", "main", "assets:cash",
                                  "--as-of", str(entry["seq"]))
            self.assertEqual((then["balance"], then["updated_seq"]),
                             (entry["balance"], entry["seq"]))
            [by_time] = self.objects("balance", *node.place, "--book", "main", "assets:cash",
                                     "--as-of", entry["committed_at"])
            later = [x for x in history if x["committed_at"] <= entry["committed_at"]]
            self.assertEqual(by_time["balance"], later[-1]["balance"])
            [row] = self.objects("trial-balance", *node.place, "--book", "main", "--as-of",
                                 str(entry["seq"]))
            self.assertEqual(row["debit_balances"], row["credit_balances"])

    def test_balances_as_of_an_event_are_those_of_each_account(self):
        for at in "900", "1000":
            listed = self.objects("balances", *self.here, "--book", "main", "--as-of", at)
            self.assertGreater(len(listed), 3)
            for account in listed[::10]:
                [alone] = self.objects("balance", *self.here, "--book", "main", "--as-of", at,
                                       account["account"])
                self.assertEqual(alone, account)

    def test_history_until_an_event_ends_with_it(self):
        history = self.objects("history", *self.here, "--book", "main", "assets:cash")
        middle = history[len(history) // 2]["seq"]
        self.assertEqual(
            self.objects("history", *self.here, "--book", "main", "assets:cash", "--until",
                         str(middle)),
            [x for x in history if x["seq"] <= middle])

    def test_a_moment_that_has_not_come_or_is_too_early_is_refused(self):
        last = self.objects("events", *self.here, "--book", "main")[-1]["seq"]
        self.fail_with(1, [str(last)], "balance", *self.here, "--book", "main", "assets:cash",
                       "--as-of", str(last + 1))
        self.fail_with(1, ["assets:cash"], "balance", *self.here, "--book", "main", "assets:cash",
                       "--as-of", "1")

    def test_events_are_gapless_and_in_time(self):
        events = books.from_lines(self.succeed("events", *self.here, "--book", "main", "--json"))
        self.assertEqual([x["seq"] for x in events], list(range(1, len(events) + 1)))
        times = [x["committed_at"] for x in events]
        self.assertEqual(times, sorted(times))
        page = self.succeed("events", *self.here, "--book", "main", "--json", "--from", "7",
                            "--limit", "2")
        self.assertEqual(books.from_lines(page), events[6:8])


class Story(support.ProcessTest):
    """The same commands in the same order on a fresh directory and on a fresh node."""

    INPUT = books.to_lines([books.asset("EUR"), books.account("assets:eur", "EUR")]).encode()

    def tell(self, place, *options):
        return [masked(self.succeed(*command, *place, *options, stdin=self.INPUT))
                for command in STORY]

    def test_is_the_same_in_a_directory_and_on_a_node(self):
        for number, options in enumerate([[], ["--json"]]):
            here = self.tell(("--data", str(self.directory / f"here-{number}")), *options)
            node = self.start_node(self.directory / f"there-{number}")
            there = self.tell(node.place, *options)
            for command, one, other in zip(STORY, here, there):
                with self.subTest(command=command, options=options):
                    self.assertEqual(one, other)

    def test_has_the_expected_end(self):
        told = {" ".join(command[:2]): output
                for command, output in zip(STORY, self.tell(self.here))}
        self.assertEqual(told["balance --book"], "assets:cash\tCZK\t-898.00\n")
        self.assertEqual(told["balances --book"], "assets:cash\tCZK\t-898.00\n"
                         "expenses:rent\tCZK\t900.50\nsuspense\tCZK\t2.50\n")
        self.assertEqual(told["trial-balance --book"],
                         "CZK\t903.00\t903.00\t900.50\t900.50\n")
        self.assertEqual(len(told["history --book"].splitlines()), 3)
        self.assertEqual(told["import --book"], "accepted 2, deduplicated 0, rejected 0\n")

    def test_a_repeated_post_prints_the_first_receipt(self):
        for command in STORY[:4]:
            self.succeed(*command, *self.here)
        first = json.loads(self.succeed(*POST, *self.here, "--json"))
        node = self.start_node()
        second = json.loads(self.succeed(*POST, *node.place, "--json"))
        self.assertFalse(first.pop("deduplicated"))
        self.assertTrue(second.pop("deduplicated"))
        self.assertEqual(second, first)

    def test_what_one_way_writes_the_other_reads(self):
        node = self.start_node()
        self.import_text(books.to_lines([*books.CASH, books.transaction("k-1")]), place=node.place)
        self.assertEqual(node.stop(), 0)
        self.import_text(books.to_lines([books.transaction("k-2")]))
        node = self.start_node()
        self.assertEqual(self.succeed("balance", *node.place, "--book", "main", "assets:cash"),
                         "assets:cash\tCZK\t2.00\n")

    def test_two_books_know_nothing_of_each_other(self):
        node = self.start_node()
        for book in "one", "two":
            self.import_text(books.to_lines([*books.CASH, books.transaction("k")]),
                             place=node.place, book=book)
        self.import_text(books.to_lines([books.transaction("k-2")]), place=node.place, book="two")
        self.assertEqual(self.succeed("book", "list", *node.place), "one\ntwo\n")
        for book, amount in ("one", "1.00"), ("two", "2.00"):
            self.assertEqual(self.succeed("balance", *node.place, "--book", book, "assets:cash"),
                             f"assets:cash\tCZK\t{amount}\n")


if __name__ == "__main__":
    unittest.main()
