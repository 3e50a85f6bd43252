"""System calls of a node, as strace saw them."""

import dataclasses
import re

DISK_CALLS = "pwrite64,pwritev,pwritev2,fdatasync,fsync"
ALL_CALLS = DISK_CALLS + ",write,writev,sendto,sendmsg,read,recvfrom,recvmsg"

LINE = re.compile(r"^(?P<thread>\d+) +(?P<time>[\d.]+) (?P<rest>.*)$")
UNFINISHED = re.compile(r"^(?P<begun>\w+\(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$")
CALL = re.compile(r"^(?P<name>\w+)\(\d+<(?P<target>.*?)>[,)](?P<text>.*)$")
RESULT = re.compile(r" = (-?\d+)( .*)?$")


def wrapper(path, pid_path, calls, *options):
    """Starts a program under strace, which writes to `path`: all threads, the targets of file
    descriptors, and enough of the bytes to find a transaction's key in them. Calls that are not
    asked for take no longer than without strace. The process id of the program, which is not that
    of strace, goes to `pid_path`."""
    return ["strace", "-f", "--seccomp-bpf", "-ttt", "-yy", "-s", "1000000", "-e", "signal=none",
            "-e", f"trace={calls}", *options, "-o", str(path),
            "sh", "-c", 'echo $$ >"$0"; exec "$@"', str(pid_path)]


def slow_disk(sync_us):
    """Options that let every sync take at least so long."""
    return "-e", f"inject=fdatasync,fsync,pwritev2:delay_exit={sync_us}"


@dataclasses.dataclass
class Call:
    """One call. The numbers order beginnings and ends of all calls of all threads in time."""
    name: str
    target: str
    text: str
    began: int
    ended: int
    result: int

    @property
    def is_write(self):
        return self.name.startswith("pwrite") and self.is_segment and self.result > 0

    @property
    def is_sync(self):
        """A sync, or a write that is one."""
        return self.is_segment and self.result >= 0 and (
            self.name in ("fdatasync", "fsync") or "RWF_DSYNC" in self.text)

    @property
    def is_segment(self):
        return "/segment-" in self.target

    @property
    def is_received(self):
        return self.is_socket and self.name in ("read", "recvfrom", "recvmsg") and self.result > 0

    @property
    def is_sent(self):
        return self.is_socket and self.name in ("write", "writev", "sendto", "sendmsg")

    @property
    def is_socket(self):
        return self.target.startswith("TCP:")


def read(path):
    """All finished calls of a trace, by the time they began."""
    calls, begun = [], {}
    with open(path, encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines):
            thread, rest = LINE.match(line).group("thread", "rest")
            began = number
            if match := UNFINISHED.match(rest):
                begun[thread] = number, match["begun"]
                continue
            if match := RESUMED.match(rest):
                began, head = begun.pop(thread)
                rest = head + match["rest"]
            call, result = CALL.match(rest), RESULT.search(rest)
            if call and result:
                calls.append(Call(call["name"], call["target"], call["text"], began, number,
                                  int(result[1])))
    return sorted(calls, key=lambda x: x.began)
