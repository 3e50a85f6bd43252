"""What the tests of `daybook torture` share."""

import pathlib
import subprocess
import time

import support

# A run of a minute, and the judging.
DEADLINE_S = 280


def end_of(process):
    out, err = process.communicate(timeout=DEADLINE_S)
    return support.Outcome(process.returncode, out.decode(), err.decode())


def children_of(pid):
    """The processes that a process has started and that run."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(path.parent.name))
    return found


def runs(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(condition):
    end = time.monotonic() + support.DEADLINE_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it has not come about")
        time.sleep(0.02)


class TortureTest(support.ProcessTest):
    def start(self, *arguments):
        process = subprocess.Popen(
            [support.PROGRAM, "torture", "--data", self.directory, *(str(x) for x in arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def program(self, name, text):
        """A program in place of this one, for the nodes."""
        path = self.write(name, text)
        path.chmod(0o755)
        return path

    def kept(self):
        return list(self.directory.glob("daybook-torture-*"))
