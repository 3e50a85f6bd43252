"""A torn log opens without its last batch; a corrupt one does not open and stays as it is."""

import json
import shutil
import unittest

import books
import support

COMMITS = 4


class DamagedLog(support.ProcessTest):
    """Works on copies of a small log, as a killed node left it."""

    def setUp(self):
        super().setUp()
        self.original = self.directory / "original"
        self.place = ("--data", str(self.original))
        node = self.start_node(self.original)
        self.import_text(books.to_lines(books.CASH), place=node.place)
        self.segment, = (self.original / "books" / "main").glob("segment-*.log")
        # Where the log ended after each commit: what is written ahead of it is zero.
        self.ends = [self.end_of_log()]
        for i in range(COMMITS):
            self.succeed("post", *node.place, "--book", "main", "--key", f"k-{i}", "--debit",
                         "assets:cash=1.00", "--credit", "income:other=1.00")
            self.ends.append(self.end_of_log())
        node.kill()

    def end_of_log(self):
        return len(self.segment.read_bytes().rstrip(b"\0"))

    def damaged(self, damage):
        """Makes `self.data` a copy whose segment's content went through `damage`."""
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(self.original, self.data)
        segment = self.data / self.segment.relative_to(self.original)
        segment.write_bytes(damage(segment.read_bytes()))
        return segment

    def keys(self):
        """The keys in the log, by opening it. Says on standard error what was cut off, if so."""
        done = support.run("events", *self.here, "--book", "main", "--json")
        self.assertEqual(done.code, 0, done)
        return [x["key"] for x in books.from_lines(done.out) if x["type"] == "transaction"]

    def lengths(self):
        """Lengths that cut the last record at its beginning, its end and in between."""
        begin, end = self.ends[-2:]
        # Records begin at multiples of eight.
        begin = (begin + 7) // 8 * 8
        return sorted({begin + 1, begin + 8, begin + 64, begin + 127, begin + 128, begin + 129,
                       (begin + end) // 2, end - 8, end - 1})

    def assert_torn(self, segment):
        """It verifies as torn, opens to the batch before, and is whole and usable afterwards."""
        report = json.loads(self.succeed("verify", *self.here, "--json"))
        self.assertIn(segment.name, report["incomplete"]["file"])
        self.assertEqual(self.keys(), ["k-0", "k-1", "k-2"])
        self.assertEqual(self.succeed("balance", *self.here, "--book", "main", "assets:cash"),
                         "assets:cash\tCZK\t3.00\n")
        self.assertNotIn("incomplete", json.loads(self.succeed("verify", *self.here, "--json")))
        self.succeed("post", *self.here, "--book", "main", "--key", "k-3", "--debit",
                     "assets:cash=1.00", "--credit", "income:other=1.00")
        self.assertEqual(self.keys(), ["k-0", "k-1", "k-2", "k-3"])

    def test_undamaged_it_opens_with_everything(self):
        self.damaged(lambda content: content)
        self.assertNotIn("incomplete", json.loads(self.succeed("verify", *self.here, "--json")))
        self.assertEqual(self.keys(), [f"k-{i}" for i in range(COMMITS)])

    def test_cut_within_the_last_record(self):
        for length in self.lengths():
            with self.subTest(length=length, ends=self.ends):
                self.assert_torn(self.damaged(lambda content, n=length: content[:n]))

    def test_cut_at_the_end_of_a_record_nothing_is_torn(self):
        end = (self.ends[-2] + 7) // 8 * 8
        self.damaged(lambda content: content[:end])
        self.assertNotIn("incomplete", json.loads(self.succeed("verify", *self.here, "--json")))
        self.assertEqual(self.keys(), ["k-0", "k-1", "k-2"])

    def test_what_is_cut_off_is_reported(self):
        segment = self.damaged(lambda content: content[:self.ends[-1] - 1])
        done = support.run("balances", *self.here, "--book", "main")
        self.assertEqual(done.code, 0)
        self.assertEqual(done.err.count("\n"), 1, done)
        self.assertIn(segment.name, done.err)

    def assert_corrupt(self, segment):
        """Every command refuses, names file and offset, and changes nothing."""
        before = support.fingerprint(self.data / "books")
        for command in ["verify"], ["balances", "--book", "main"], ["events", "--book", "main"]:
            done = self.fail_with(1, [str(segment)], *command, *self.here, "--json")
            error = json.loads(done.err)
            self.assertEqual((error["error"], error["file"]), ("corrupt", str(segment)))
            self.assertRegex(error["offset"], r"^\d+$")
            self.fail_with(1, [str(segment), "offset"], *command, *self.here)
            self.assertEqual(support.fingerprint(self.data / "books"), before)

    def flipped(self, offset, mask=0x01):
        def damage(content):
            return content[:offset] + bytes([content[offset] ^ mask]) + content[offset + 1:]
        return self.damaged(damage)

    def test_a_flipped_bit_in_an_earlier_record(self):
        begin, end = self.ends[1:3]
        begin = (begin + 7) // 8 * 8
        for offset in [begin, begin + 1, begin + 40, begin + 100, begin + 127, begin + 128,
                       (begin + end) // 2, end - 1]:
            for mask in 0x01, 0x80:
                with self.subTest(offset=offset, mask=mask):
                    self.assert_corrupt(self.flipped(offset, mask))

    def test_a_flipped_bit_in_the_header_page(self):
        for offset in 0, 8, 20, 60, 200:
            with self.subTest(offset=offset):
                self.assert_corrupt(self.flipped(offset))

    def test_an_earlier_record_of_zeros(self):
        begin, end = self.ends[1:3]
        self.assert_corrupt(self.damaged(
            lambda content: content[:begin] + bytes(end - begin) + content[end:]))

    def test_a_record_that_is_left_out(self):
        begin, end = ((x + 7) // 8 * 8 for x in self.ends[1:3])
        self.assert_corrupt(self.damaged(lambda content: content[:begin] + content[end:]))

    def test_a_node_serves_the_books_that_are_well(self):
        self.flipped(self.ends[1] + 20)
        node = self.start_node()
        self.fail_with(1, [self.segment.name, "offset"], "balances", *node.place, "--book", "main")
        self.import_text(books.to_lines(books.CASH), place=node.place, book="other")
        self.assertEqual(node.stop(), 0)

    def test_the_offset_is_that_of_the_damaged_record(self):
        begin = (self.ends[1] + 7) // 8 * 8
        self.flipped(begin + 130)
        done = self.fail_with(1, [f"offset {begin}"], "verify", *self.here)


if __name__ == "__main__":
    unittest.main()
