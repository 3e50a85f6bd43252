"""TigerBeetle, when the user gives its executable: its own `benchmark` command, one replica.

Compared: two-sided transfers with unique ids between as many accounts, durable before their answer,
8,189 to a message or one, of several clients, over loopback. Not compared: names, decimals,
metadata, more than two postings, histories of running balances. One transfer to a message is not
what it is made for: its clients keep one message in flight each, so there are as many as it takes.
It formats a data file in the directory that it runs in, and removes it.
"""

import re
import subprocess


def measure(executable, directory, transactions, accounts, batch, clients):
    directory.mkdir(parents=True, exist_ok=True)
    command = [str(executable), "benchmark", f"--account-count={accounts}",
               f"--transfer-count={transactions}", f"--transfer-batch-size={batch}",
               f"--clients={clients}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=directory, check=False)
    text = done.stdout + done.stderr
    rate = re.search(r"load accepted = ([\d_,]+) tx/s", text)
    if done.returncode != 0 or not rate:
        raise RuntimeError(f"tigerbeetle benchmark: {text[-2000:]}")
    row = {"batch": batch, "clients": clients, "transactions": transactions,
           "transactions_per_second": float(re.sub("[_,]", "", rate.group(1)))}
    latency = re.search(r"batch latency p100 = (\d+) ms", text)
    if latency:
        row["latency_max_us"] = 1000.0 * int(latency.group(1))
    return row
