"""Wrong usage exits 2, help exits 0 and shows an example, and neither touches anything."""

import unittest

import support

COMMANDS = [["serve"], ["import"], ["export"], ["book", "list"], ["asset", "register"],
            ["asset", "list"], ["account", "open"], ["account", "close"], ["account", "reopen"],
            ["account", "list"], ["post"], ["reverse"], ["balance"], ["balances"], ["history"],
            ["trial-balance"], ["events"], ["show"], ["ancestors"], ["status"], ["top"],
            ["snapshot"], ["cursors"], ["cursor", "remove"], ["verify"], ["bench"], ["torture"]]


class Help(support.ProcessTest):
    def test_of_the_program_names_every_command(self):
        text = self.succeed("--help")
        for name, *_ in COMMANDS:
            self.assertRegex(text, rf"(?m)^ +{name}\b")

    def test_of_every_command_shows_an_example_of_it(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                text = self.succeed(*command, "--help")
                examples = [x for x in text.splitlines() if x.strip().startswith("daybook ")]
                self.assertTrue(any(" ".join(command) in x for x in examples), text)

    def test_the_version_is_printed(self):
        self.assertRegex(self.succeed("--version"), r"^daybook \d+\.\d+\.\d+\n$")


class WrongUsage(support.ProcessTest):
    def assert_wrong(self, words, *arguments):
        with self.subTest(arguments=arguments):
            done = self.fail_with(2, words, *arguments)
            self.assertEqual(done.out, "")

    def tearDown(self):
        self.assertFalse(self.data.exists())

    def test_of_the_program(self):
        self.assert_wrong(["--help"])
        self.assert_wrong(["frobnicate"], "frobnicate")
        self.assert_wrong(["--frobnicate"], "--frobnicate")

    def test_unknown_options(self):
        for command in ["serve"], ["verify"], ["book", "list"], ["bench"]:
            self.assert_wrong(["--frobnicate"], *command, *self.here, "--frobnicate")
        for command in ["balances"], ["events"], ["import", "-"], ["balance", "a"]:
            self.assert_wrong(["--frobnicate"], *command, *self.here, "--book", "b", "--frobnicate")

    def test_missing_options(self):
        self.assert_wrong(["--book"], "balances", *self.here)
        self.assert_wrong(["--key"], "post", *self.here, "--book", "b", "--debit", "a=1",
                          "--credit", "b=1")
        self.assert_wrong(["--data"], "serve")
        self.assert_wrong(["--data"], "verify")
        self.assert_wrong(["PATH"], "balance", *self.here, "--book", "b")
        self.assert_wrong(["--format"], "export", *self.here, "--book", "b")
        self.assert_wrong(["--help"], "book")

    def test_a_directory_and_a_node_at_once_or_neither(self):
        for command in ["balances"], ["import", "-"], ["trial-balance"], ["events"]:
            self.assert_wrong(["--data", "--connect"], *command, "--book", "b")
            self.assert_wrong(["--data", "--connect"], *command, "--book", "b", *self.here,
                              "--connect", "127.0.0.1:7717")

    def test_values_that_cannot_be(self):
        self.assert_wrong(["xml"], "export", *self.here, "--book", "b", "--format", "xml")
        self.assert_wrong(["ignore"], "import", *self.here, "--book", "b", "--on-error", "ignore",
                          "-")
        self.assert_wrong(["seven"], "history", *self.here, "--book", "b", "a", "--limit", "seven")
        self.assert_wrong(["31"], "asset", "register", *self.here, "--book", "b", "--id", "X",
                          "--precision", "31", "--class", "fiat")
        for option in "--limit", "--from":
            for count in "-1", "1.5", "18446744073709551616":
                self.assert_wrong([count], "events", *self.here, "--book", "b", option, count)
        for option in "--limit", "--after":
            self.assert_wrong(["-1"], "history", *self.here, "--book", "b", "a", option, "-1")
        for command in ["balance", "a"], ["trial-balance"]:
            for moment in "-1", "yesterday", "2024-05-01T12:00":
                self.assert_wrong([moment], *command, *self.here, "--book", "b", "--as-of", moment)
        self.assert_wrong(["dividend"], "events", *self.here, "--book", "b", "--kind", "dividend")
        self.assert_wrong(["abc"], "show", *self.here, "--book", "b", "abc")
        self.assert_wrong(["abc"], "reverse", *self.here, "--book", "b", "--key", "k", "abc")
        for option, value in (("--expect-version", "a"), ("--expect-version", "a=1.5"),
                              ("--expect-at-least", "a"), ("--expect-seq", "-1"),
                              ("--occurred-at", "yesterday"), ("--metadata", "{"),
                              ("--metadata", "[]")):
            self.assert_wrong([option], "post", *self.here, "--book", "b", "--key", "k", "--debit",
                              "a=1", "--credit", "b=1", option, value)
        self.assert_wrong(["1000"], "serve", *self.here, "--segment-bytes", "1000")
        self.assert_wrong(["flood", "kill"], "torture", "--faults", "pause,flood")
        self.assert_wrong(["--seconds"], "torture", "--seconds", "0")
        self.assert_wrong(["-1"], "torture", "--seed", "-1")
        self.assert_wrong(["assets:cash"], "post", *self.here, "--book", "b", "--key", "k",
                          "--debit", "assets:cash", "--credit", "b=1")

    def test_what_contradicts_itself(self):
        book = *self.here, "--book", "b"
        self.assert_wrong([], "show", *book)
        self.assert_wrong([], "show", *book, "1", "--key", "k")
        self.assert_wrong(["--lossy", "--follow"], "events", *book, "--lossy")
        self.assert_wrong(["--follow", "--limit"], "events", *book, "--follow", "--limit", "1")
        for option in "--atomic", "--dry-run":
            self.assert_wrong(["--on-error", option], "import", *book, "-", "--on-error", "stop",
                              option)

    def test_addresses_that_are_none(self):
        for address in "127.0.0.1:port", "127.0.0.1:70000", ":7717", "[::1:7717", "1:2:3":
            self.assert_wrong([address], "balances", "--book", "b", "--connect", address)
            self.assert_wrong([address], "serve", *self.here, "--listen", address)


if __name__ == "__main__":
    unittest.main()
