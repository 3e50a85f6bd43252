"""A directory that is not ours stays as it is, and one that is in use is not opened twice."""

import unittest

import books
import support


class NotOurs(support.ProcessTest):
    def assert_refused_and_unchanged(self, directory, *words):
        lines = self.write("input.jsonl", books.to_lines(books.CASH))
        before = support.fingerprint(self.directory)
        for command in (["balances", "--book", "main"], ["import", "--book", "main", lines],
                        ["verify"], ["serve", "--listen", "127.0.0.1:0"], ["book", "list"]):
            with self.subTest(command=command):
                self.fail_with(1, [str(directory), *words], *command, "--data", directory)
        self.assertEqual(support.fingerprint(self.directory), before)

    def test_a_directory_with_other_things(self):
        self.data.mkdir()
        (self.data / "holiday.jpg").write_bytes(b"beach")
        self.assert_refused_and_unchanged(self.data, "holiday.jpg")

    def test_a_directory_that_has_books_of_another_kind(self):
        (self.data / "books").mkdir(parents=True)
        (self.data / "books" / "novel.txt").write_bytes(b"Once")
        self.assert_refused_and_unchanged(self.data)

    def test_a_file(self):
        self.data.write_bytes(b"not a directory")
        self.assert_refused_and_unchanged(self.data, "not a directory")

    def test_something_below_a_file(self):
        (self.directory / "file").write_bytes(b"")
        self.assert_refused_and_unchanged(self.directory / "file" / "data")

    def test_a_device(self):
        self.assert_refused_and_unchanged("/dev/null")

    def test_a_directory_whose_parent_is_missing(self):
        self.assert_refused_and_unchanged(self.directory / "missing" / "data")

    def test_a_link_that_leads_to_itself(self):
        self.data.symlink_to(self.data)
        self.assert_refused_and_unchanged(self.data)


class Missing(support.ProcessTest):
    def test_reading_creates_nothing(self):
        for command in (["balances", "--book", "main"], ["book", "list"], ["verify"],
                        ["export", "--book", "main", "--format", "jsonl"]):
            with self.subTest(command=command):
                self.fail_with(1, [str(self.data)], *command, *self.here)
                self.assertFalse(self.data.exists())

    def test_reading_a_missing_book_names_it_and_creates_nothing(self):
        self.import_text(books.to_lines(books.CASH))
        node_data = self.directory / "node"
        node = self.start_node(node_data)
        for place in self.here, node.place:
            for command in ["balances"], ["events"], ["trial-balance"], ["balance", "a"]:
                with self.subTest(place=place, command=command):
                    self.fail_with(1, ["absent"], *command, *place, "--book", "absent")
        self.fail_with(1, ["absent"], "verify", *self.here, "--book", "absent")
        self.assertEqual(self.succeed("book", "list", *self.here), "main\n")
        self.assertEqual(self.succeed("book", "list", *node.place), "")

    def test_a_missing_file_to_import_creates_nothing(self):
        absent = self.directory / "absent.jsonl"
        self.fail_with(1, [str(absent), "No such file"], "import", *self.here, "--book", "main",
                       absent)
        self.assertFalse(self.data.exists())

    def test_a_directory_to_import_is_refused(self):
        self.fail_with(1, [str(self.directory)], "import", *self.here, "--book", "main",
                       self.directory)

    def test_an_account_that_is_not_there_is_named(self):
        self.import_text(books.to_lines(books.CASH))
        for command in "balance", "history":
            self.fail_with(1, ["assets:absent"], command, *self.here, "--book", "main",
                           "assets:absent")


class InUse(support.ProcessTest):
    def test_a_second_process_is_refused_and_told_the_first(self):
        node = self.start_node()
        lines = self.write("input.jsonl", books.to_lines(books.CASH))
        pid = str(node.process.pid)
        for command in (["balances", "--book", "main"], ["import", "--book", "main", lines],
                        ["serve", "--listen", "127.0.0.1:0"]):
            with self.subTest(command=command):
                self.fail_with(1, [str(self.data), pid], *command, *self.here)
        self.import_text(books.to_lines(books.CASH), place=node.place)

    def test_the_directory_is_free_again_when_the_first_ends_however_it_ends(self):
        node = self.start_node()
        self.import_text(books.to_lines(books.CASH), place=node.place)
        node.kill()
        self.succeed("balances", *self.here, "--book", "main")
        node = self.start_node()
        self.assertEqual(node.stop(), 0)
        self.succeed("balances", *self.here, "--book", "main")

    def test_another_name_of_the_same_directory_is_in_use_too(self):
        self.start_node()
        link = self.directory / "link"
        link.symlink_to(self.data)
        self.fail_with(1, ["in use"], "balances", "--data", link, "--book", "main")

    def test_a_port_that_is_taken_is_named(self):
        node = self.start_node()
        address = f"127.0.0.1:{node.port}"
        self.fail_with(1, [address], "serve", "--data", self.directory / "other", "--listen",
                       address)

    def test_an_address_that_is_not_ours_is_named(self):
        # 192.0.2.0/24 is set aside for documentation (RFC 5737).
        self.fail_with(1, ["192.0.2.1"], "serve", *self.here, "--insecure",
                       "--listen", "192.0.2.1:0")


class Permission(support.ProcessTest):
    def test_a_directory_that_we_may_not_read_is_named(self):
        self.import_text(books.to_lines(books.CASH))
        self.data.chmod(0)
        self.addCleanup(self.data.chmod, 0o700)
        for command in ["balances", "--book", "main"], ["verify"]:
            with self.subTest(command=command):
                self.fail_with(1, [str(self.data), "permission denied"], *command, *self.here,
                               wrapper=support.without_privileges())


if __name__ == "__main__":
    unittest.main()
