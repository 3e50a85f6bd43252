"""PostgreSQL as a ledger: postgres.sql under pgbench, over TCP on loopback, prepared statements.

Compared: a key that is used once, both balances, both entries, every commit durable before its
answer (PostgreSQL's defaults: fsync, synchronous_commit, full_page_writes). Memory is set as one
would for a machine that serves nothing else. Not compared: chains of hashes, per-account limits,
subscriptions. One call posts one transaction, as an application would; pgbench shares the
processors with the server, as the clients of every other load here do.
"""

import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess

HERE = pathlib.Path(__file__).parent

SETTINGS = {
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "wal_buffers": "64MB",
    "max_connections": "300",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}

# Keys of 30 bytes, ascending for each client, as in the other loads.
SCRIPT = r"""
\set serial :serial + 1
\set debit random(0, {last})
\set other random(0, {last} - 1)
\set credit case when :other < :debit then :other else :other + 1 end
\set value random(1, 100000)
select post('postgres-' || lpad((:client_id)::text, 6, '0') || '-' || lpad((:serial)::text, 14, '0'),
            :debit, :credit, :value);
"""


def bin_directory():
    """Where initdb is: Debian keeps it off the path."""
    if found := shutil.which("pg_config"):
        directory = subprocess.run([found, "--bindir"], capture_output=True, text=True, check=True)
        if (pathlib.Path(directory.stdout.strip()) / "initdb").exists():
            return pathlib.Path(directory.stdout.strip())
    versions = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


def available():
    return bin_directory() is not None and shutil.which("pgbench") is not None


def as_server(command):
    """PostgreSQL refuses to run as root; Debian's package brings a user for it."""
    if os.getuid() != 0:
        return command
    return ["runuser", "-u", "postgres", "--", *command]


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A cluster in a new directory, and its server."""

    def __init__(self, directory):
        self.data = directory / "postgres"
        self.port = free_port()
        self.bin = bin_directory()

    def __enter__(self):
        self.data.mkdir(parents=True)
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.data, user.pw_uid, user.pw_gid)
        self.run("initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--no-instructions")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as settings:
            for name, value in SETTINGS.items():
                settings.write(f"{name} = '{value}'\n")
            settings.write(f"port = {self.port}\n")
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.data / "log", "start")
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")
        shutil.rmtree(self.data)

    def run(self, program, *arguments):
        command = as_server([str(self.bin / program), *map(str, arguments)])
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              cwd="/", check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout[-2000:]}")

    def place(self):
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]


def pgbench(server, script, clients, seconds):
    """Transactions a second, and what a client waits for one on average."""
    command = ["pgbench", *server.place(), "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
               "-T", str(seconds), "-D", "serial=0", "-f", str(script), "postgres"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"pgbench: {done.stderr[-2000:]}")
    figures = {}
    for line in done.stdout.splitlines():
        if line.startswith("tps = "):
            figures["transactions_per_second"] = float(line.split()[2])
        if line.startswith("latency average = "):
            figures["latency_mean_us"] = 1000 * float(line.split()[3])
    return figures


def measure(directory, clients, seconds, accounts):
    """With so many clients, on a database of its own: none begins with what another left."""
    with Server(directory) as server:
        subprocess.run(["psql", *server.place(), "-q", "-v", "ON_ERROR_STOP=1", "-v",
                        f"accounts={accounts}", "-f", str(HERE / "postgres.sql"), "postgres"],
                       stdout=subprocess.DEVNULL, check=True)
        script = directory / "post.pgbench"
        script.write_text(SCRIPT.format(last=accounts - 1), encoding="utf-8")
        return {"clients": clients, **pgbench(server, script, clients, seconds)}
