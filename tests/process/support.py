"""What the process tests share: running the program, nodes, clients, directories of their own."""

import dataclasses
import hashlib
import json
import os
import pathlib
import select
import selectors
import signal
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("DAYBOOK_SOURCE",
                                     pathlib.Path(__file__).resolve().parents[2]))
BUILD = SOURCE / "build" / "release"
PROGRAM = os.environ.get("DAYBOOK", str(BUILD / "daybook"))
ACKNOWLEDGING_CLIENT = os.environ.get("DAYBOOK_ACKNOWLEDGING_CLIENT",
                                      str(BUILD / "tests" / "process" / "acknowledging_client"))
FOLLOWING_CLIENT = os.environ.get("DAYBOOK_FOLLOWING_CLIENT",
                                  str(BUILD / "tests" / "process" / "following_client"))
CRASHING_NODE = os.environ.get("DAYBOOK_CRASHING_NODE",
                               str(BUILD / "tests" / "process" / "crashing_node"))

FENCING_CLIENT = os.environ.get("DAYBOOK_FENCING_CLIENT",
                                str(BUILD / "tests" / "process" / "fencing_client"))

# Nothing here takes long. A test that waits this long has found a bug, even on a busy machine.
DEADLINE_S = 100


@dataclasses.dataclass
class Outcome:
    """How a process ended."""
    code: int
    out: str
    err: str


def run(*arguments, stdin=b"", wrapper=()):
    """Runs the program to its end, started by the command `wrapper` if there is one."""
    done = subprocess.run([*wrapper, PROGRAM, *arguments], input=stdin, capture_output=True,
                          check=False, timeout=DEADLINE_S)
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def without_privileges():
    """A wrapper under which the permissions of files count, also for root."""
    if os.geteuid() != 0:
        return ()
    return "setpriv", "--bounding-set", "-dac_override,-dac_read_search"


def with_memory(limit_bytes):
    """A wrapper that bounds the address space."""
    return "prlimit", f"--as={limit_bytes}"


def with_file_size(limit_bytes):
    """A wrapper that bounds how large a file may grow; past it, writing fails."""
    return "prlimit", f"--fsize={limit_bytes}", "env", "--ignore-signal=XFSZ"


def read_line(pipe):
    """The next line of an unbuffered pipe; shorter when the pipe ends."""
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([pipe], [], [], DEADLINE_S)[0]:
            raise AssertionError(f"no line within {DEADLINE_S} s; so far: {line}")
        byte = os.read(pipe.fileno(), 1)
        if not byte:
            break
        line += byte
    return line.decode()


def read_some(pipe):
    """What there is in a pipe, when there is something; it must not end."""
    if not select.select([pipe], [], [], DEADLINE_S)[0]:
        raise AssertionError(f"nothing to read for {DEADLINE_S} s")
    chunk = os.read(pipe.fileno(), 65536)
    if not chunk:
        raise AssertionError("the pipe has ended")
    return chunk


def is_readable(pipe):
    """Whether there is something to read, or nothing ever will be."""
    return bool(select.select([pipe], [], [], 0)[0])


def end(process):
    """Leaves nothing of a process behind, whatever has happened."""
    process.kill()
    process.wait(DEADLINE_S)
    for pipe in process.stdin, process.stdout, process.stderr:
        if pipe:
            pipe.close()


def fingerprint(directory):
    """Everything in a directory: names, and what the files hold."""
    return {str(path.relative_to(directory)):
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "directory"
            for path in sorted(pathlib.Path(directory).rglob("*"))}


class Node:
    """A running `daybook serve`, on a port that the system chose."""

    def __init__(self, data, wrapper=(), options=()):
        self._errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*wrapper, PROGRAM, "serve", "--data", data, "--listen", "127.0.0.1:0",
             *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0)
        line = read_line(self.process.stdout)
        if not line.startswith("listening on "):
            self.kill()
            raise AssertionError(f"the node said {line!r} and {self.errors()!r}")
        self.host, _, port = line.split()[-1].rpartition(":")
        self.port = int(port)

    @property
    def place(self):
        """The options by which a command finds the node."""
        return "--connect", f"{self.host}:{self.port}"

    def errors(self):
        """What it wrote to standard error so far."""
        self._errors.seek(0)
        return self._errors.read().decode()

    def stop(self, pid=None):
        """Asks it to end, waits for that, and returns its exit code."""
        os.kill(pid or self.process.pid, signal.SIGTERM)
        return self.process.wait(DEADLINE_S)

    def kill(self):
        """Ends it as a crash would."""
        self.process.kill()
        self.process.wait(DEADLINE_S)

    def close(self):
        """Leaves nothing behind, whatever has happened."""
        self.kill()
        self.process.stdout.close()
        self._errors.close()


class Client:
    """A running acknowledging client, and the keys it has printed so far, in their order."""

    def __init__(self, node, book, path, *options):
        self.process = subprocess.Popen(
            [ACKNOWLEDGING_CLIENT, node.host, str(node.port), book, path,
             *(str(x) for x in options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.acknowledged = []
        self._unfinished = b""

    def fileno(self):
        """Readable when there is something to `take`."""
        return self.process.stdout.fileno()

    def take(self):
        """Reads the keys that are there; false when there will be no more."""
        chunk = os.read(self.fileno(), 65536)
        *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
        self.acknowledged += [line.decode() for line in lines]
        return bool(chunk)

    def end(self):
        """How it ended, after its last key was taken."""
        errors = self.process.stderr.read().decode()
        return Outcome(self.process.wait(DEADLINE_S), "", errors)

    def close(self):
        """Leaves nothing behind, whatever has happened."""
        self.process.kill()
        self.process.wait(DEADLINE_S)
        self.process.stdout.close()
        self.process.stderr.close()


def follow(clients, count=None, then=None):
    """Takes the keys of all clients until they end. Once there are `count`, and some of each client,
    calls `then`: a client that has not connected yet would find whoever has the port by then."""
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(DEADLINE_S)
            if not ready:
                raise AssertionError(f"{len(selector.get_map())} clients say nothing, and do not "
                                     f"end, for {DEADLINE_S} s")
            for key, _ in ready:
                if not key.fileobj.take():
                    selector.unregister(key.fileobj)
            counts = [len(x.acknowledged) for x in clients]
            if then and all(counts) and sum(counts) >= count:
                then()
                then = None


class ProcessTest(unittest.TestCase):
    """A test with a directory of its own, and words for what a command must do."""

    maxDiff = 4000

    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.data = self.directory / "data"
        self.here = ("--data", str(self.data))

    def start_node(self, data=None, wrapper=(), options=()):
        node = Node(data or self.data, wrapper, options)
        self.addCleanup(node.close)
        return node

    def start_client(self, *arguments):
        client = Client(*arguments)
        self.addCleanup(client.close)
        return client

    def write(self, name, content):
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def succeed(self, *arguments, **how):
        """Runs the program, which must succeed and say nothing on standard error, and returns its
        standard output."""
        done = run(*arguments, **how)
        self.assertEqual((done.code, done.err), (0, ""), f"{arguments} {done}")
        return done.out

    def fail_with(self, code, words, *arguments, **how):
        """Runs the program, which must fail with this exit code and with one line on standard
        error that holds the words."""
        done = run(*arguments, **how)
        self.assert_failed(done, code, words)
        return done

    def assert_failed(self, done, code, words):
        self.assertEqual(done.code, code, done)
        self.assertEqual(done.err.count("\n"), 1, done)
        self.assertTrue(done.err.endswith("\n"), done)
        for word in words:
            self.assertIn(word, done.err)

    def import_text(self, text, *options, place=None, book="main"):
        """Imports JSON Lines, which must succeed."""
        return self.succeed("import", *(place or self.here), "--book", book, *options, "-",
                            stdin=text.encode())

    def objects(self, *arguments, **how):
        """What a command prints with `--json`."""
        return [json.loads(line) for line in
                self.succeed(*arguments, "--json", **how).splitlines()]


class InDirectory(ProcessTest):
    """For cases that are the same either way: the commands open the directory themselves."""

    def setUp(self):
        super().setUp()
        self.place = self.here


class OnNode(ProcessTest):
    """The same cases, with commands that ask a node."""

    def setUp(self):
        super().setUp()
        self.node = self.start_node()
        self.place = self.node.place
