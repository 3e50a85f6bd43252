"""A disk that is full or read-only: a clear sentence, and nothing acknowledged is lost.

The real thing is a small file system of our own, which takes the right to mount one; so the script
runs itself in a mount namespace. Where that is not permitted the tests use limits and permissions
instead, so that they always test something.
"""

import collections
import json
import os
import shutil
import subprocess
import sys
import time
import unittest

import books
import support

IN_NAMESPACE = "DAYBOOK_TEST_MAY_MOUNT"

SPACE_BYTES = 8 * 1024 * 1024
FREE_BYTES = 1024 * 1024
COPIES = 12


def may_mount():
    return IN_NAMESPACE in os.environ


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def enter_namespace():
    """Starts this script anew where it may mount, if there is such a place."""
    for command in ["unshare", "-m"], ["unshare", "-Urm"]:
        probe = [*command, "mount", "-t", "tmpfs", "none", "/mnt"]
        if shutil.which("unshare") and subprocess.run(probe, capture_output=True,
                                                      check=False).returncode == 0:
            os.environ[IN_NAMESPACE] = "1"
            os.execvp(command[0], [*command, sys.executable, *sys.argv])


class SmallDisk:
    """A disk with little room, and a way to make more: a small file system whose room something
    else takes, or a limit on the size of files."""

    def __init__(self, test):
        self.path = test.directory / "disk"
        self.path.mkdir()
        self._filler = self.path / "filler"
        if not may_mount():
            self.wrapper = support.with_file_size(FREE_BYTES)
            self.sentence = "File too large"
            return
        self.wrapper = ()
        self.sentence = "the disk is full"
        mount("-t", "tmpfs", "-o", f"size={SPACE_BYTES}", "none", self.path)
        test.addCleanup(subprocess.run, ["umount", self.path], check=True)
        self._filler.write_bytes(bytes(SPACE_BYTES - FREE_BYTES))

    def make_room(self):
        self.wrapper = ()
        self._filler.unlink(missing_ok=True)


class FullDisk(support.ProcessTest):
    def setUp(self):
        super().setUp()
        self.disk = SmallDisk(self)
        self.data = self.disk.path / "data"
        self.here = ("--data", str(self.data))
        definitions, self.transactions = books.large_sample(COPIES)
        self.definitions = "".join(definitions)
        self.whole = self.write("whole.jsonl", self.definitions + "".join(self.transactions))

    def keys(self):
        events = self.succeed("events", *self.here, "--book", "bank", "--json")
        return [x["key"] for x in books.from_lines(events) if x["type"] == "transaction"]

    def assert_complete_after_another_import(self):
        report = json.loads(self.succeed("import", *self.here, "--book", "bank", "--json",
                                         self.whole))
        self.assertEqual(report["rejected"], 0)
        self.assertEqual(collections.Counter(self.keys()),
                         collections.Counter(books.keys(self.transactions)))
        clean = ("--data", str(self.directory / "clean"))
        self.succeed("import", *clean, "--book", "bank", self.whole)
        self.assertEqual(self.succeed("balances", *self.here, "--book", "bank"),
                         self.succeed("balances", *clean, "--book", "bank"))

    def test_ends_an_import_which_can_be_completed_when_there_is_room(self):
        done = self.fail_with(1, [self.disk.sentence], "import", *self.here, "--book", "bank",
                              "--json", self.whole, wrapper=self.disk.wrapper)
        accepted = json.loads(done.out)["accepted"]
        self.assertGreater(accepted, 0)
        self.disk.make_room()
        self.succeed("verify", *self.here)
        self.assertGreaterEqual(
            len(self.succeed("events", *self.here, "--book", "bank").splitlines()), accepted)
        self.assert_complete_after_another_import()

    def test_loses_nothing_that_a_node_has_acknowledged(self):
        node = self.start_node(wrapper=self.disk.wrapper)
        self.import_text(self.definitions, place=node.place, book="bank")
        client = self.start_client(node, "bank",
                                   self.write("input.jsonl", "".join(self.transactions)),
                                   "--per-message", 10, "--in-flight", 4)
        support.follow([client])
        end = client.end()
        # What the node knows to be absent is refused; of the rest nobody knows.
        self.assertIn(end.code, (1, 3), end)
        self.assertRegex(end.err, "outcome_unknown|no_space|failed")
        self.assertGreater(len(client.acknowledged), 0)
        self.assertIn(self.disk.sentence, node.errors())
        self.assertEqual(node.stop(), 0)
        self.disk.make_room()
        self.succeed("verify", *self.here)
        self.assertEqual(set(client.acknowledged) - set(self.keys()), set())
        self.assert_complete_after_another_import()

    @unittest.skipUnless(may_mount(), "a limit on the size of files is no full disk")
    def test_is_read_meanwhile_and_written_again_when_there_is_room(self):
        node = self.start_node()
        self.import_text(self.definitions, place=node.place, book="bank")
        bank = (*node.place, "--book", "bank")
        self.fail_with(1, [self.disk.sentence], "import", *bank, self.whole)
        self.assertEqual(self.state_of(bank), "no_space")
        before = self.succeed("balances", *bank)
        self.assertNotEqual(before, "")
        self.fail_with(1, [self.disk.sentence], "asset", "register", *bank, "--id",
                       "NEW", "--class", "fiat", "--precision", "2")
        self.disk.make_room()
        self.await_state(bank, "running")
        self.assertEqual(self.succeed("balances", *bank), before)
        self.succeed("import", *bank, self.whole)
        self.assertIn("event=no_space", node.errors())
        self.assertIn("event=resumed", node.errors())
        self.assertEqual(node.stop(), 0)
        self.assert_complete_after_another_import()

    def state_of(self, bank):
        return json.loads(self.succeed("status", *bank, "--json"))["state"]

    def await_state(self, bank, state):
        deadline = time.monotonic() + support.DEADLINE_S
        while self.state_of(bank) != state:
            self.assertLess(time.monotonic(), deadline)

    def test_opens_again_while_it_is_still_full_or_says_why_not(self):
        support.run("import", *self.here, "--book", "bank", self.whole, wrapper=self.disk.wrapper)
        done = support.run("balances", *self.here, "--book", "bank", wrapper=self.disk.wrapper)
        if done.code != 0:
            self.assert_failed(done, 1, [self.disk.sentence])
        self.succeed("verify", *self.here, wrapper=self.disk.wrapper)

    def test_of_no_room_at_all_is_named(self):
        if may_mount():
            (self.disk.path / "rest").write_bytes(bytes(FREE_BYTES // 2))
            with self.assertRaises(OSError), open(self.disk.path / "last", "wb") as last:
                last.write(bytes(FREE_BYTES))
        else:
            self.disk.wrapper = support.with_file_size(0)
        self.fail_with(1, [self.disk.sentence], "import", *self.here, "--book", "bank", self.whole,
                       wrapper=self.disk.wrapper)
        self.disk.make_room()
        self.assert_complete_after_another_import()


class FullOutput(support.ProcessTest):
    def test_is_named_and_no_success(self):
        self.import_text(books.sample())
        with open("/dev/full", "wb") as full:
            done = subprocess.run([support.PROGRAM, "export", *self.here, "--book", "main",
                                   "--format", "jsonl"], stdout=full, stderr=subprocess.PIPE,
                                  check=False, timeout=support.DEADLINE_S)
        self.assert_failed(support.Outcome(done.returncode, "", done.stderr.decode()), 1,
                           ["standard output", "No space left on device"])


class ReadOnlyDisk(support.ProcessTest):
    def setUp(self):
        super().setUp()
        self.import_text(books.to_lines([*books.CASH, books.transaction("k")]))
        self.wrapper = ()
        if may_mount():
            mount("--bind", self.data, self.data)
            self.addCleanup(subprocess.run, ["umount", self.data], check=True)
            mount("-o", "remount,bind,ro", self.data)
            self.sentence = "mounted read-only"
        else:
            self.wrapper = support.without_privileges()
            for path in [*self.data.rglob("*"), self.data]:
                path.chmod(0o500 if path.is_dir() else 0o400)
            self.addCleanup(self.make_writable)
            self.sentence = "permission denied"

    def make_writable(self):
        self.data.chmod(0o700)
        for path in self.data.rglob("*"):
            path.chmod(0o700)

    def test_is_named_by_everything_that_opens_the_directory(self):
        lines = self.write("input.jsonl", books.to_lines([books.transaction("k-2")]))
        before = support.fingerprint(self.data)
        for command in (["import", "--book", "main", lines], ["balances", "--book", "main"],
                        ["serve", "--listen", "127.0.0.1:0"]):
            with self.subTest(command=command):
                self.fail_with(1, [str(self.data), self.sentence], *command, *self.here,
                               wrapper=self.wrapper)
        self.assertEqual(support.fingerprint(self.data), before)

    def test_can_be_verified(self):
        self.succeed("verify", *self.here, wrapper=self.wrapper)

    def test_can_be_copied_and_opened_elsewhere(self):
        copy = self.directory / "copy"
        shutil.copytree(self.data, copy)
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o700)
        self.assertEqual(self.succeed("balance", "--data", copy, "--book", "main", "assets:cash"),
                         "assets:cash\tCZK\t1.00\n")


if __name__ == "__main__":
    if not may_mount():
        enter_namespace()
    print("on a file system of our own" if may_mount() else "with limits and permissions")
    unittest.main()
