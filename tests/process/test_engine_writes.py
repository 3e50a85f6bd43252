"""Conditions, rehearsals, reversals, closed accounts: in a directory and on a node."""

import unittest

import books
import support

BOOK = ("--book", "main")


class Cases:
    """A book with 5.00 in cash, posted by event 4."""

    def setUp(self):
        super().setUp()
        self.import_text(books.to_lines([*books.CASH, books.transaction("k-1", "5.00")]),
                         place=self.place)

    def arguments(self, key, amount, *options):
        return ("post", *self.place, *BOOK, "--key", key, "--debit", f"assets:cash={amount}",
                "--credit", f"income:other={amount}", *options)

    def post(self, key, amount, *options):
        [receipt] = self.objects(*self.arguments(key, amount, *options))
        return receipt

    def refuse(self, words, *arguments):
        """A refused command, which changes nothing."""
        before = self.state()
        self.fail_with(1, words, *arguments)
        self.assertEqual(self.state(), before)

    def state(self):
        return (self.objects("events", *self.place, *BOOK)[-1]["seq"],
                self.succeed("balances", *self.place, *BOOK))

    def last_event(self):
        return self.objects("events", *self.place, *BOOK)[-1]

    # -- receipts

    def test_a_receipt_has_the_balances_it_left(self):
        receipt = self.post("k-2", "1.00")
        self.assertEqual(receipt["balances"], [{"account": "assets:cash", "balance": "6.00"},
                                               {"account": "income:other", "balance": "6.00"}])
        self.post("k-3", "1.00")
        again = self.post("k-2", "1.00")
        self.assertTrue(again.pop("deduplicated"))
        self.assertFalse(receipt.pop("deduplicated"))
        self.assertEqual(again, receipt)

    def test_a_receipt_is_printed_with_a_line_for_each_account(self):
        first, *rest = self.succeed(*self.arguments("k-2", "1.00")).splitlines()
        self.assertRegex(first, r"^accepted\t5\t[0-9a-f]{32}\t.*Z$")
        self.assertEqual(rest, ["assets:cash\tCZK\t6.00", "income:other\tCZK\t6.00"])

    def test_links_are_stored(self):
        self.post("k-2", "1.00", "--correlation-id", "order-7", "--causation-id", "mail-3")
        event = self.last_event()
        self.assertEqual((event["correlation_id"], event["causation_id"]), ("order-7", "mail-3"))

    def test_links_of_everything_that_is_written_are_stored(self):
        links = ("--correlation-id", "order-7", "--causation-id", "mail-3")
        here = (*self.place, *BOOK)
        for command in (["asset", "register", *here, "--id", "EUR", "--precision", "2", "--class",
                         "fiat"],
                        ["account", "open", *here, "--path", "assets:new", "--asset", "CZK",
                         "--kind", "asset"],
                        ["account", "close", *here, "assets:new"],
                        ["account", "reopen", *here, "assets:new"]):
            with self.subTest(command=command[:2]):
                self.succeed(*command, *links)
                event = self.last_event()
                self.assertEqual((event["correlation_id"], event["causation_id"]),
                                 ("order-7", "mail-3"))

    # -- conditions

    def test_conditions_that_hold_let_a_write_through(self):
        receipt = self.post("k-2", "1.00", "--expect-seq", "4", "--expect-version", "assets:cash=4",
                            "--expect-at-least", "assets:cash=5.00", "--expect-at-most",
                            "assets:cash=5")
        self.assertEqual(receipt["seq"], 5)

    def test_conditions_that_do_not_hold_name_what_was_found(self):
        for words, *condition in [(["4"], "--expect-seq", "3"),
                                  (["assets:cash", "4"], "--expect-version", "assets:cash=3"),
                                  (["assets:cash", "5.00"], "--expect-at-least",
                                   "assets:cash=5.01"),
                                  (["assets:cash", "5.00"], "--expect-at-most",
                                   "assets:cash=4.99")]:
            with self.subTest(condition=condition):
                self.refuse(words, *self.arguments("k-2", "1.00", *condition))

    def test_conditions_on_what_is_not_there_are_refused(self):
        for condition in ("--expect-version", "absent=3"), ("--expect-at-least", "absent=1.00"):
            self.refuse(["absent"], *self.arguments("k-2", "1.00", *condition))

    def test_a_repeat_is_answered_before_conditions_are_looked_at(self):
        self.post("k-2", "1.00", "--expect-seq", "4")
        self.assertTrue(self.post("k-2", "1.00", "--expect-seq", "4")["deduplicated"])

    # -- rehearsals

    def test_a_dry_run_answers_as_the_commit_does_and_writes_nothing(self):
        before = self.state()
        rehearsed = self.post("k-2", "1.00", "--dry-run")
        self.assertEqual(self.state(), before)
        written = self.post("k-2", "1.00")
        self.assertTrue(rehearsed["dry_run"])
        for field in "seq", "transaction_id", "deduplicated", "balances":
            self.assertEqual(rehearsed[field], written[field])

    def test_a_dry_run_of_a_repeat_is_the_first_receipt(self):
        written = self.post("k-2", "1.00")
        rehearsed = self.post("k-2", "1.00", "--dry-run")
        for field in "seq", "committed_at", "chain", "balances":
            self.assertEqual(rehearsed[field], written[field])
        self.assertTrue(rehearsed["deduplicated"])

    def test_a_dry_run_of_what_would_be_refused_is_refused(self):
        self.refuse(["k-1"], *self.arguments("k-1", "1.00", "--dry-run"))
        self.refuse(["4"], *self.arguments("k-2", "1.00", "--dry-run", "--expect-seq", "3"))

    # -- reversals

    def reverse(self, what, key, *options):
        return ("reverse", *self.place, *BOOK, "--key", key, *options, str(what))

    def test_a_reversal_posts_the_mirror_image_caused_by_the_original(self):
        [original] = self.objects("show", *self.place, *BOOK, "4")
        [receipt] = self.objects(*self.reverse(4, "undo", "--metadata", '{"why":"typo"}',
                                               "--occurred-at", "2024-05-01"))
        self.assertEqual([x["balance"] for x in receipt["balances"]], ["0.00", "0.00"])
        [reversal] = self.objects("show", *self.place, *BOOK, "--key", "undo")
        self.assertEqual(reversal["reverses"], 4)
        self.assertEqual(reversal["causation_id"], original["transaction_id"])
        self.assertEqual((reversal["metadata"], reversal["occurred_at"]),
                         ({"why": "typo"}, "2024-05-01"))
        self.assertEqual([(x["account"], x["direction"]) for x in reversal["postings"]],
                         [("assets:cash", "credit"), ("income:other", "debit")])

    def test_a_transaction_is_reversed_once(self):
        self.succeed(*self.reverse(4, "undo"))
        self.assertTrue(self.objects(*self.reverse(4, "undo"))[0]["deduplicated"])
        self.refuse(["reversed"], *self.reverse(4, "undo-2"))

    def test_an_id_names_a_transaction_as_its_seq_does(self):
        [original] = self.objects("show", *self.place, *BOOK, "4")
        self.objects(*self.reverse(original["transaction_id"], "undo"))
        self.assertEqual(self.last_event()["reverses"], 4)

    def test_a_dry_run_of_a_reversal_writes_nothing(self):
        before = self.state()
        [rehearsed] = self.objects(*self.reverse(4, "undo", "--dry-run"))
        self.assertEqual(self.state(), before)
        self.assertEqual(rehearsed["balances"], self.objects(*self.reverse(4, "undo"))[0]
                         ["balances"])

    def test_only_a_transaction_of_this_book_can_be_reversed(self):
        self.refuse([], *self.reverse(1, "undo"))
        for absent in "5", "0", "0" * 31 + "4":
            self.refuse([], *self.reverse(absent, "undo"))

    # -- one event

    def test_show_prints_an_event_by_id_seq_and_key_as_events_does(self):
        for json in [], ["--json"]:
            lines = self.succeed("events", *self.place, *BOOK, *json).splitlines(keepends=True)
            for seq, line in enumerate(lines, 1):
                self.assertEqual(self.succeed("show", *self.place, *BOOK, str(seq), *json), line)
            self.assertEqual(self.succeed("show", *self.place, *BOOK, "--key", "k-1", *json),
                             lines[3])
            identity = self.last_event()["transaction_id"]
            self.assertEqual(self.succeed("show", *self.place, *BOOK, identity, *json), lines[3])

    def test_show_names_what_is_not_there(self):
        self.fail_with(1, ["absent"], "show", *self.place, *BOOK, "--key", "absent")
        self.fail_with(1, ["0" * 31 + "4"], "show", *self.place, *BOOK, "0" * 31 + "4")
        self.fail_with(1, [], "show", *self.place, *BOOK, "99")

    def test_ancestors_are_what_caused_an_event_the_nearest_first(self):
        cause = self.last_event()["transaction_id"]
        for key in "k-2", "k-3":
            cause = self.post(key, "1.00", "--causation-id", cause)["transaction_id"]

        def ancestors(*options):
            return [x["seq"] for x in self.objects("ancestors", *self.place, *BOOK, *options)]

        self.assertEqual(ancestors(cause), [5, 4])
        self.assertEqual(ancestors("6", "--limit", "1"), [5])
        self.assertEqual(ancestors("4"), [])
        self.fail_with(1, ["1000"], "ancestors", *self.place, *BOOK, cause, "--limit", "1001")

    # -- accounts

    def close(self, *options):
        return ("account", "close", *self.place, *BOOK, "assets:cash", *options)

    def listed(self):
        return {x["path"]: x.get("closed", False)
                for x in self.objects("account", "list", *self.place, *BOOK)}

    def test_a_closed_account_takes_no_postings_until_it_is_reopened(self):
        self.refuse(["assets:cash", "5.00"], *self.close())
        self.succeed(*self.close("--even-with-balance"))
        self.assertEqual(self.listed(), {"assets:cash": True, "income:other": False})
        self.refuse(["assets:cash", "closed"], *self.arguments("k-2", "1.00"))
        self.succeed("account", "reopen", *self.place, *BOOK, "assets:cash")
        self.assertEqual(self.listed(), {"assets:cash": False, "income:other": False})
        self.post("k-2", "1.00")
        self.assertEqual([x["type"] for x in self.objects("events", *self.place, *BOOK)][4:],
                         ["account_closed", "account_reopened", "transaction"])

    def test_closing_and_reopening_again_changes_nothing(self):
        for command in (self.close("--even-with-balance"),
                        ("account", "reopen", *self.place, *BOOK, "assets:cash")):
            [first], [second] = self.objects(*command), self.objects(*command)
            self.assertFalse(first.pop("deduplicated"))
            self.assertTrue(second.pop("deduplicated"))
            self.assertEqual(first["seq"], second["seq"])

    def test_a_book_with_closings_verifies_and_round_trips(self):
        self.succeed(*self.close("--even-with-balance"))
        exported = self.succeed("export", *self.place, *BOOK, "--format", "jsonl")
        copy = ("--data", str(self.directory / "copy"))
        self.import_text(exported, place=copy)
        self.assertEqual(self.succeed("export", *copy, *BOOK, "--format", "jsonl"), exported)
        [report] = self.objects("verify", *copy)
        self.assertEqual([report[x] for x in ("events", "accounts", "transactions")], [5, 2, 1])


class InADirectory(Cases, support.InDirectory):
    pass


class OnANode(Cases, support.OnNode):
    pass


if __name__ == "__main__":
    unittest.main()
