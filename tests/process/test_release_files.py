"""What a release wrote, every later one opens: data directories kept in tests/testdata/releases.

Each release adds its own, made by `tests/process/make_release_files.py DIR`, and changes none.
"""

import json
import pathlib
import re
import shutil
import unittest

import support

RELEASES = sorted((pathlib.Path(__file__).parent.parent / "testdata/releases").iterdir())


class ReleaseFiles(support.ProcessTest):
    def open_copy(self, release):
        copy = self.directory / release.name
        shutil.copytree(release / "data", copy)
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o700 if path.is_dir() else 0o600)
        return copy, json.loads((release / "expected.json").read_text(encoding="utf-8"))

    def compare(self, expected, *command):
        """Later releases may say more, and nothing else."""
        said = self.objects(*command)
        self.assertEqual(len(said), len(expected))
        for mine, other in zip(expected, said, strict=True):
            self.assertEqual(mine, {name: other.get(name) for name in mine})

    def test_there_is_one(self):
        self.assertTrue(RELEASES)

    def test_all_that_was_written_is_there(self):
        for release in RELEASES:
            with self.subTest(release.name):
                data, expected = self.open_copy(release)
                self.succeed("verify", "--data", data)
                place = ("--data", data, "--book", "main")
                self.compare(expected["events"], "events", *place, "--limit", "10000")
                self.compare(expected["balances"], "balances", *place)
                self.compare(expected["history"], "history", *place, "assets:cash")
                self.assertIn("mailer", self.succeed("cursors", *place))

    def test_it_goes_on(self):
        for release in RELEASES:
            with self.subTest(release.name):
                data, expected = self.open_copy(release)
                node = self.start_node(data, options=("--node-id", "db1"))
                place = (*node.place, "--book", "main")
                # What it knows already changes nothing.
                self.import_text(json.dumps(expected["line"]) + "\n", place=node.place)
                said = self.objects("post", *place, "--key", "after the upgrade", "--debit",
                                    "assets:cash=1.00", "--credit", "equity=1.00")
                self.assertEqual(said[0]["seq"], expected["events"][-1]["seq"] + 1)
                members = self.objects("cluster", "status", *node.place)
                self.assertEqual([x["node"] for x in members], ["db1"])
                self.assertEqual(node.stop(), 0)
                self.succeed("verify", "--data", data)

    def test_another_name_is_refused(self):
        data, _ = self.open_copy(RELEASES[-1])
        outcome = support.run("serve", "--data", data, "--listen", "127.0.0.1:0", "--node-id",
                              "db2")
        self.assertEqual(outcome.code, 1, outcome)
        self.assertTrue(re.search(r"node 'db1', and not of 'db2'", outcome.err), outcome.err)


if __name__ == "__main__":
    unittest.main()
