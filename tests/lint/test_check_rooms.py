"""Tests of check_rooms.py on small trees."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("check_rooms.py")

DESIGN = """Allowed arrows:

```
arrows:
  base ->
  ledger -> base
  actors -> ledger base
```
"""


class Rooms(unittest.TestCase):
    def check(self, files):
        """The exit code and the output for a tree of these files and the design above."""
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            for path, content in {"docs/design.md": DESIGN, **files}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(content, encoding="utf-8")
            done = subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True,
                                  check=False)
        return done.returncode, done.stdout + done.stderr

    def assert_refused(self, files, *words):
        code, text = self.check(files)
        self.assertEqual(code, 1, text)
        for word in words:
            self.assertIn(word, text)

    def test_allowed_arrows_hold(self):
        self.assertEqual(self.check({
            "base/a.hpp": "#pragma once\n#include <string>\n",
            "ledger/a.hpp": '#include "base/a.hpp"\n#include "ledger/b.hpp"\n',
            "actors/a.cpp": '#include "ledger/a.hpp"\n#include <caf/all.hpp>\n',
            "node/a.cpp": '#include "actors/a.hpp"\n',
        }), (0, "the arrows hold\n"))

    def test_an_arrow_that_is_not_in_the_design_is_named(self):
        self.assert_refused({"ledger/deep/a.cpp": '  # include  "actors/a.hpp"\n'},
                            "ledger/deep/a.cpp", "ledger -> actors")
        self.assert_refused({"base/a.hpp": "#include <ledger/a.hpp>\n"}, "base -> ledger")

    def test_a_library_outside_its_rooms_is_named(self):
        for header in "caf/all.hpp", "google/protobuf/message.h", "rocksdb/db.h":
            self.assert_refused({"ledger/a.hpp": f"#include <{header}>\n"}, "ledger/a.hpp", header)

    def test_every_violation_is_reported(self):
        _, text = self.check({"base/a.hpp": '#include "ledger/a.hpp"\n#include <caf/all.hpp>\n',
                              "base/b.cpp": '#include "actors/a.hpp"\n'})
        self.assertEqual(len(text.splitlines()), 3, text)

    def test_a_design_without_arrows_is_an_error(self):
        code, text = self.check({"docs/design.md": "none\n"})
        self.assertEqual(code, 1)
        self.assertIn("docs/design.md", text)


if __name__ == "__main__":
    unittest.main()
