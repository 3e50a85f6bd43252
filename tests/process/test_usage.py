"""Wrong usage exits 2, help exits 0 and shows an example, and neither touches anything."""

import unittest

import support

COMMANDS = [["serve"], ["import"], ["export"], ["book", "list"], ["asset", "register"],
            ["asset", "list"], ["account", "open"], ["account", "list"], ["post"], ["balance"],
            ["balances"], ["history"], ["trial-balance"], ["events"], ["verify"], ["bench"]]


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
        self.assert_wrong(["assets:cash"], "post", *self.here, "--book", "b", "--key", "k",
                          "--debit", "assets:cash", "--credit", "b=1")

    def test_addresses_that_are_none(self):
        for address in "127.0.0.1:port", "127.0.0.1:70000", ":7717", "[::1:7717", "1:2:3":
            self.assert_wrong([address], "balances", "--book", "b", "--connect", address)
            self.assert_wrong([address], "serve", *self.here, "--listen", address)


if __name__ == "__main__":
    unittest.main()
