"""What the figures were taken on."""

import datetime
import os
import pathlib
import platform
import subprocess


def first_match(path, name):
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return "unknown"


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def describe(data):
    return {
        "date": datetime.date.today().isoformat(),
        "commit": output_of("git", "describe", "--always", "--dirty"),
        "processor": first_match("/proc/cpuinfo", "model name"),
        "processors": os.cpu_count(),
        "memory": first_match("/proc/meminfo", "MemTotal"),
        "kernel": platform.release(),
        "file_system": output_of("findmnt", "-n", "-o", "FSTYPE,SOURCE", "-T", str(data)),
        "load_average": os.getloadavg()[0],
    }
