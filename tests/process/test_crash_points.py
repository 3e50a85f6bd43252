"""A node that dies between any two steps of what it does comes back with everything that it has
acknowledged, once, and with nothing else."""

import concurrent.futures
import pathlib
import signal
import subprocess
import tempfile
import unittest

import support

# The steps that must be among those of a run; each is a point at which the node dies.
GROUPS = {
    "creation": [
        "create new book", "create first segment", "write first segment header",
        "write first segment header (middle)", "sync first segment", "sync new book",
        "rename book", "sync books"],
    "rotation": [
        "create segment", "write segment header", "write segment header (middle)", "sync segment",
        "sync book after segment", "truncate segment", "write segment footer",
        "write segment footer (middle)", "write segment zeros", "write segment zeros (middle)",
        "write segment record", "write segment record (middle)", "batch durable"],
    "snapshot": [
        "create snapshot", "write snapshot", "write snapshot (middle)", "sync snapshot",
        "rename snapshot", "sync book after snapshot", "remove snapshot"],
    "spill": ["spill begins", "spill written", "spill flushed", "spill answered"],
    "index write": ["history begins", "history written", "pack begins", "pack written",
                    "merge made", "merge named", "merge removed"],
    "fence commit": [
        "fence commit", "fence: write segment record", "fence: write segment record (middle)",
        "fence: sync segment", "fence: batch durable"],
}

# What one crash leaves, and the step by which the next opening puts it in order.
REPAIRS = [
    ("rename book", "remove first segment"),
    ("rename book", "remove new book"),
    ("write segment header (middle)", "remove segment"),
    ("write segment record (middle)", "truncate segment"),
    ("rename snapshot", "remove snapshot"),
]

NOT_REACHED = 4


def crashing_node(*arguments):
    """Runs the node to its end, whichever that is."""
    return subprocess.run([support.CRASHING_NODE, *(str(x) for x in arguments)],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True,
                          timeout=support.DEADLINE_S)


def whole_run():
    """How often each point is reached in a run that does not crash, and what its book holds."""
    with tempfile.TemporaryDirectory() as directory:
        data = pathlib.Path(directory) / "data"
        done = crashing_node("run", data, "--list")
        if done.returncode != 0:
            raise AssertionError(f"a run that does not crash fails: {done}")
        points = [line.split(maxsplit=2) for line in done.stdout.splitlines()
                  if line.startswith("point ")]
        told = pathlib.Path(directory) / "told"
        told.write_text("".join(acknowledged(done.stdout)))
        checked = crashing_node("check", data, told)
        if checked.returncode != 0:
            raise AssertionError(f"a book that did not crash is not in order: {checked}")
        return {name: int(count) for _, count, name in points}, checked.stdout


def acknowledged(output):
    return [line for line in output.splitlines(keepends=True) if line.startswith("acknowledged ")]


class CrashPoints(support.ProcessTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counts, cls.end = whole_run()

    def crash(self, data, name, hit):
        """Runs a node that must die at a point, and returns what it has acknowledged; nothing when
        it did not come so far."""
        done = crashing_node("run", data, "--crash-at", name, "--hit", hit)
        if done.returncode == NOT_REACHED:
            print(f"not {hit} times: {done.stdout.splitlines()[-1]}", flush=True)
            return None
        self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
        return acknowledged(done.stdout)

    def crash_early_enough(self, directory, name, hit):
        """How often a point is reached depends on how threads take turns: a node that did not come
        to it so often this time tries again, from the beginning, to come half as far. The first
        time is reached always. Returns the data too."""
        while True:
            data = directory / f"data-{hit}"
            told = self.crash(data, name, hit)
            if told is not None:
                return data, told
            self.assertGreater(hit, 1, f"'{name}' was not reached at all")
            hit //= 2

    def check(self, data, told):
        """Checks what a node left, lets it do the rest, and compares the end."""
        file = data.with_name("told")
        file.write_text("".join(told))
        checked = crashing_node("check", data, file)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        # Of a process that dies only the last batch may be torn. A snapshot or an index that had to
        # be passed over would be hidden by the log, which has everything.
        self.assertEqual([line for line in checked.stderr.splitlines()
                          if "event=cut_incomplete_batch" not in line], [])
        self.assertEqual(checked.stdout, self.end)

    def crash_at(self, name, hit):
        with tempfile.TemporaryDirectory(dir=self.directory) as directory:
            self.check(*self.crash_early_enough(pathlib.Path(directory), name, hit))

    def all_of(self, cases, check):
        """Some at a time: mostly they wait for the disk."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            running = [(case, pool.submit(check, *case)) for case in cases]
            for case, outcome in running:
                with self.subTest(case=case):
                    outcome.result()

    def crash_at_each(self, names):
        self.all_of([(name, hit) for name in names
                     for hit in sorted({1, (self.counts[name] + 1) // 2, self.counts[name]})],
                    self.crash_at)

    def test_all_points_are_known(self):
        missing = {name for names in GROUPS.values() for name in names} - set(self.counts)
        self.assertEqual(missing, set(), "these points are not reached any more")

    def test_creation(self):
        self.crash_at_each(GROUPS["creation"])

    def test_rotation(self):
        self.crash_at_each(GROUPS["rotation"])

    def test_snapshot(self):
        self.crash_at_each(GROUPS["snapshot"])

    def test_spill(self):
        self.crash_at_each(GROUPS["spill"])

    def test_index_write(self):
        self.crash_at_each(GROUPS["index write"])

    def test_fence_commit(self):
        self.crash_at_each(GROUPS["fence commit"])

    def test_everything_else(self):
        """The making of the directory, and rotation for a fence."""
        grouped = {name for names in GROUPS.values() for name in names}
        self.crash_at_each(sorted(set(self.counts) - grouped))

    def crash_twice(self, first, second):
        with tempfile.TemporaryDirectory(dir=self.directory) as directory:
            middle = (self.counts[first] + 1) // 2
            data, told = self.crash_early_enough(pathlib.Path(directory), first, middle)
            again = self.crash(data, second, 1)
            self.assertIsNotNone(again, f"'{second}' was not reached after '{first}'")
            self.check(data, told + again)

    def test_a_second_crash_soon_after_the_first(self):
        self.all_of([(name, name) for names in GROUPS.values() for name in names],
                    self.crash_twice)

    def test_a_crash_while_the_first_one_is_repaired(self):
        self.all_of(REPAIRS, self.crash_twice)


if __name__ == "__main__":
    unittest.main()
