#!/usr/bin/env python3
"""What strangers at a node's port cost a client: latencies of one client, one transaction at a time,
alone and beside 1,000 idle connections and streams of random bytes.

Usage: bench/flood.py [--tls] [--seconds S] [--rounds N] [--program build/release/daybook]
The rounds alternate, so that a machine that is busy for a while slows both. What is printed is the
median of the rounds.
"""

import argparse
import json
import os
import pathlib
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
IDLE = 1_000
CHUNK_BYTES = 64 * 1024
NOISE_PAUSE_S = 0.01  # between two connections of noise: a hundred a second


class Crowd:
    """Strangers, until they are told to go. One that is hung up on comes again."""

    def __init__(self, address):
        self.address = address
        self.over = threading.Event()
        self.noisy = 0
        self.threads = [threading.Thread(target=x) for x in (self.sit, self.shout)]
        for thread in self.threads:
            thread.start()
        time.sleep(1)

    def sit(self):
        idle = []
        while not self.over.wait(0.05):
            idle = [x for x in idle if not self.is_gone(x)]
            # A node hangs up on whoever says nothing: they come again, not all at once.
            missing = IDLE - len(idle) if not idle else min(IDLE - len(idle), 10)
            idle += [socket.create_connection(self.address) for _ in range(missing)]
        for peer in idle:
            peer.close()

    @staticmethod
    def is_gone(peer):
        """Reads what there is: the node's greeting, or its end."""
        try:
            while (got := peer.recv(4096, socket.MSG_DONTWAIT)):
                pass
        except BlockingIOError:
            return False
        except OSError:
            got = b""
        peer.close()
        return not got

    def shout(self):
        noise = random.Random(1)
        while not self.over.wait(NOISE_PAUSE_S):
            with socket.create_connection(self.address) as peer:
                try:
                    while True:
                        peer.sendall(noise.randbytes(CHUNK_BYTES))
                except OSError:
                    self.noisy += 1

    def leave(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def start_node(program, data, tls):
    node = subprocess.Popen([program, "serve", "--data", data, "--listen", "127.0.0.1:0", *tls],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    where = node.stdout.readline().split()[-1]
    return node, where


def measure(program, where, seconds, tls, scratch):
    done = subprocess.run(
        [program, "bench", "--connect", where, "--clients", "1", "--in-flight", "1", "--batch", "1",
         "--accounts", "1000", "--transactions", "1000000000", "--seconds", str(seconds), "--json",
         *tls], stdout=subprocess.PIPE, check=True, text=True, cwd=scratch)
    return json.loads(done.stdout)["latency_us"]


def rounds(options, scratch):
    client, server = (), ()
    if options.tls:
        made = f"{scratch}/certificates"
        subprocess.run([ROOT / "scripts/dev-certs", made], check=True, stdout=subprocess.DEVNULL)
        client, server = (("--tls-cert", f"{made}/{x}.pem", "--tls-key", f"{made}/{x}.key",
                           "--tls-ca", f"{made}/ca.pem") for x in ("client", "node"))
    node, where = start_node(options.program, f"{scratch}/data", server)
    host, port = where.rsplit(":", 1)
    try:
        measure(options.program, where, 1, client, scratch)
        for _ in range(options.rounds):
            alone = measure(options.program, where, options.seconds, client, scratch)
            crowd = Crowd((host, int(port)))
            beside = measure(options.program, where, options.seconds, client, scratch)
            crowd.leave()
            descriptors = len(os.listdir(f"/proc/{node.pid}/fd"))
            yield alone, beside, crowd.noisy, descriptors
    finally:
        node.terminate()
        node.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--program", type=os.path.abspath,
                        default=str(ROOT / "build/release/daybook"))
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as scratch:
        seen = list(rounds(options, scratch))
    for name in "p50", "p99", "p999":
        alone, beside = (statistics.median(x[i][name] for x in seen) for i in (0, 1))
        print(f"{name:<5} alone {alone:8.0f} us   beside {beside:8.0f} us   {beside / alone:.2f} x")
    print(f"connections of noise {sum(x[2] for x in seen)}, descriptors of the node "
          f"{max(x[3] for x in seen)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
