#!/usr/bin/env python3
"""Point selects by sysbench through several ways to the same data, in turn: queries a second, CPU of the proxy, p95.

usage: tools/point_select.py [-r ROUNDS] [-s SECONDS] [-t THREADS] NAME=PORT[:PID] ...

Each NAME is a way on 127.0.0.1: a server itself, a proxy before it. With a PID the process's CPU time per query is read
from /proc. User app, password secret, schema sbtest; fill it first on every server and through Weir:
    sysbench oltp_point_select --db-driver=mysql --mysql-host=127.0.0.1 --mysql-port=PORT --mysql-user=app \\
        --mysql-password=secret --mysql-db=sbtest --tables=4 --table-size=10000 prepare
Rounds are interleaved and medians are shown, because machines are noisy. Compare ratios, not single figures.
"""

import argparse
import os
import re
import statistics
import subprocess


def cpu_us(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000 // os.sysconf("SC_CLK_TCK")


def run(way, prepares, options):
    _, port, pid = way
    before = cpu_us(pid) if pid else 0
    command = [
        "sysbench", "oltp_point_select", "--db-driver=mysql", "--mysql-host=127.0.0.1", f"--mysql-port={port}",
        "--mysql-user=app", "--mysql-password=secret", "--mysql-db=sbtest", "--tables=4", "--table-size=10000",
        f"--threads={options.threads}", f"--time={options.seconds}", f"--db-ps-mode={prepares}", "run",
    ]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent = cpu_us(pid) - before if pid else 0
    queries = int(re.search(r"total:\s+(\d+)", text).group(1))
    rate = float(re.search(r"queries:.*\(([\d.]+) per", text).group(1))
    p95 = float(re.search(r"95th percentile:\s+([\d.]+)", text).group(1))
    return rate, spent / queries, p95


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-r", "--rounds", type=int, default=5)
    parser.add_argument("-s", "--seconds", type=int, default=3)
    parser.add_argument("-t", "--threads", type=int, default=8)
    parser.add_argument("ways", nargs="+", metavar="NAME=PORT[:PID]")
    options = parser.parse_args()
    ways = []
    for way in options.ways:
        name, place = way.split("=", 1)
        port, _, pid = place.partition(":")
        ways.append((name, int(port), int(pid) if pid else None))
    print(f"{'prepares':10}{'way':12}{'queries/s':>12}{'CPU us/query':>14}{'p95 ms':>9}")
    for prepares in ("disable", "auto"):
        seen = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way in ways:
                seen[way].append(run(way, prepares, options))
        for way, runs in seen.items():
            rate, cpu, p95 = (statistics.median(values) for values in zip(*runs))
            shown = f"{cpu:.1f}" if way[2] else "-"
            print(f"{prepares:10}{way[0]:12}{rate:12.0f}{shown:>14}{p95:9.2f}")


if __name__ == "__main__":
    main()
