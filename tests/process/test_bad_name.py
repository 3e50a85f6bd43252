"""Names that could leave the directory, garble a terminal or mean two things are refused."""

import json
import unittest

import books
import support

# What no name may be, as bytes, and a word of the sentence that says so.
BAD_NAMES = [
    (b"a/b", "'/'"), (b"/", "'/'"), (b"..", "'..'"), (b"../../etc", "must not"), (b"a..b", "'..'"),
    (b".", "'.'"), (b".hidden", "'.'"), (b"a\\b", "must not contain"), (b"", "empty"),
    (b"x" * 256, "255"), ("ž".encode() * 128, "255"), (b"a\nb", "control"), (b"a\tb", "control"),
    (b"\x1b[31mred", "control"), (b"a\x7f", "control"), ("a\u0085b".encode(), "control"),
    (b"\xff", "UTF-8"), (b"a\xc3", "UTF-8"), (b"\xc0\xaf", "UTF-8"), (b"\xed\xa0\x80", "UTF-8"),
    (b" a", "space"), (b"a ", "space"),
]
BAD_PATHS = [*BAD_NAMES, (b":a", "empty part"), (b"a:", "empty part"), (b"a::b", "empty part"),
             (b":", "empty part")]
GOOD_NAMES = ["x" * 255, "a b", "účty", "現金", "-", "%41", "a;b", "CON", "~", "*", "$HOME"]


class BadName(support.ProcessTest):
    def assert_refused(self, name, word, *arguments):
        with self.subTest(name=name, command=arguments[0]):
            done = self.fail_with(1, [word], *arguments)
            self.assertNotRegex(done.err[:-1], r"[\x00-\x1f\x7f-\x9f]")

    def test_of_a_book_to_write_to(self):
        path = self.write("input.jsonl", books.to_lines(books.CASH))
        self.import_text(books.to_lines(books.CASH))
        before = support.fingerprint(self.data / "books")
        for name, word in BAD_NAMES:
            self.assert_refused(name, word, "import", *self.here, "--book", name, path)
        self.assertEqual(support.fingerprint(self.data / "books"), before)
        self.assertEqual([x.name for x in sorted(self.directory.iterdir())],
                         ["data", "input.jsonl"])

    def test_of_a_book_to_read_or_verify(self):
        self.import_text(books.to_lines(books.CASH))
        for name, word in BAD_NAMES:
            self.assert_refused(name, word, "balances", *self.here, "--book", name)
        # To `verify`, no name at all means every book.
        for name, word in BAD_NAMES:
            if name:
                self.assert_refused(name, word, "verify", *self.here, "--book", name)

    def test_of_a_book_of_a_node(self):
        node = self.start_node()
        for name, word in BAD_NAMES:
            self.assert_refused(name, word, "balances", *node.place, "--book", name)
            self.assert_refused(name, word, "asset", "register", *node.place, "--book", name,
                                "--id", "X", "--precision", "2", "--class", "fiat")
        self.assertEqual(self.succeed("book", "list", *node.place), "")

    def test_reading_a_book_that_is_not_there_makes_none(self):
        self.import_text(books.to_lines(books.CASH))
        node = self.start_node()
        before = support.fingerprint(self.data / "books")
        for command in (["events"], ["events", "--follow"], ["events", "--follow", "--cursor", "c"],
                        ["balances"], ["balance", "assets:cash"], ["history", "assets:cash"],
                        ["trial-balance"], ["cursors"], ["status"],
                        ["export", "--format", "hledger"]):
            with self.subTest(command=command):
                self.fail_with(1, ["absent"], *command, *node.place, "--book", "absent")
        self.assertEqual(support.fingerprint(self.data / "books"), before)

    def test_of_an_account(self):
        self.import_text(books.to_lines(books.CASH))
        for name, word in BAD_PATHS:
            self.assert_refused(name, word, "account", "open", *self.here, "--book", "main",
                                "--path", name, "--asset", "CZK", "--kind", "asset")
        self.assertEqual(len(self.succeed("account", "list", *self.here, "--book",
                                          "main").splitlines()), 2)

    def test_of_an_asset(self):
        for name, word in BAD_NAMES:
            self.assert_refused(name, word, "asset", "register", *self.here, "--book", "main",
                                "--id", name, "--precision", "2", "--class", "fiat")

    def test_of_a_key(self):
        self.import_text(books.to_lines(books.CASH))
        for key, word in [(b"", "empty"), (b"x" * 256, "255"), (b"a\nb", "control"),
                          (b"\xff", "UTF-8")]:
            with self.subTest(key=key):
                self.fail_with(1, ["key", word], "post", *self.here, "--book", "main", "--key", key,
                               "--debit", "assets:cash=1", "--credit", "income:other=1")

    def test_in_a_line(self):
        for name, word in BAD_PATHS:
            try:
                text = name.decode()
            except UnicodeDecodeError:
                continue
            with self.subTest(name=name):
                lines = self.write("input.jsonl", books.to_lines(
                    [books.asset(), books.account(text)]))
                self.fail_with(1, ["line 2", word], "import", *self.here, "--book", "main", lines)


class GoodName(support.ProcessTest):
    """What the rules do not forbid works everywhere."""

    def test_of_books_accounts_assets_and_keys(self):
        for name in GOOD_NAMES:
            with self.subTest(name=name):
                lines = [books.asset(name), books.account(name, name),
                         books.account("income:other", name, "income"),
                         books.transaction(name, debit=name, holds=name)]
                self.import_text(books.to_lines(lines), book=name)
                self.assertEqual(self.succeed("balance", *self.here, "--book", name, name),
                                 f"{name}\t{name}\t1.00\n")
        self.assertEqual(self.succeed("book", "list", *self.here).splitlines(), sorted(
            GOOD_NAMES, key=str.encode))
        reports = self.succeed("verify", *self.here, "--json")
        self.assertEqual({json.loads(x)["book"] for x in reports.splitlines()}, set(GOOD_NAMES))


if __name__ == "__main__":
    unittest.main()
