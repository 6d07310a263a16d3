"""One run of sysbench, and what it says: queries a second and how long they took."""

import math
import pathlib
import re
import subprocess

from processes import Failure, cpu_us
from servers import PASSWORD, USER

HERE = pathlib.Path(__file__).parent
QUANTILES = (50, 95, 99)


def command(script, port, schema, options):
    return ["sysbench", str(script), "--db-driver=mysql", "--mysql-host=127.0.0.1", f"--mysql-port={port}",
            f"--mysql-user={USER}", f"--mysql-password={PASSWORD}", f"--mysql-db={schema}",
            *[f"--{key}={value}" for key, value in options.items()]]


def start(words):
    try:
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError as error:
        raise Failure("sysbench is not installed; tools/setup-bench-deps.sh installs it") from error


def call(words, on_line=lambda line, pid: None):
    """Runs sysbench to its end and shows its lines as they come; everything it printed."""
    lines = []
    with start(words) as child:
        try:
            for line in child.stdout:
                on_line(line, child.pid)
                lines.append(line)
        finally:
            child.kill()
    text = "".join(lines)
    if child.returncode or "FATAL" in text:
        raise Failure(f"sysbench failed: {' '.join(words)}\n{text[-4000:]}")
    return text


def prepare(port, schema, tables, rows):
    options = {"tables": tables, "table-size": rows, "threads": 1, "auto-inc": "off"}
    call([*command("oltp_read_write", port, schema, options), "prepare"])


def run(script, port, schema, options, pids=()):
    """Runs a mix; its figures as a dict, with `spent_us`: the CPU time of each of the processes, sysbench's own last.

    CPU is read when the threads have started and when they have ended, so that logging in and preparing do not count.
    """
    readings = []

    def on_line(line, own):
        if line.startswith(("Threads started!", "SQL statistics:")):
            readings.append([cpu_us(pid) for pid in (*pids, own)])

    seen = parse(call([*command(script, port, schema, {**options, "histogram": "on"}), "run"], on_line))
    before, after = readings
    seen["spent_us"] = [end - begin for begin, end in zip(before, after)]
    return seen


def parse(text):
    def number(pattern):
        found = re.search(pattern, text)
        if found is None:
            raise Failure(f"sysbench said something unexpected (no {pattern}):\n{text[-3000:]}")
        return float(found.group(1))

    seen = {
        "queries": number(r"total:\s+(\d+)"),
        "queries_s": number(r"queries:\s+\d+\s+\(([\d.]+) per"),
        "transactions": number(r"transactions:\s+(\d+)"),
        "transactions_s": number(r"transactions:\s+\d+\s+\(([\d.]+) per"),
        "ignored_errors": number(r"ignored errors:\s+(\d+)"),
        "reconnects": number(r"reconnects:\s+(\d+)"),
    }
    buckets = [(float(value), int(count)) for value, count in
               re.findall(r"^\s+([\d.]+) \|[* ]*\s(\d+)$", text, re.MULTILINE)]
    for quantile in QUANTILES:
        seen[f"p{quantile}_ms"] = quantile_of(buckets, quantile / 100)
    return seen


def quantile_of(buckets, share):
    """A quantile out of sysbench's histogram, whose steps are 1.8 %: between two steps it is interpolated."""
    total = sum(count for _, count in buckets)
    if not total:
        raise Failure("sysbench printed no latency histogram")
    wanted, below, last = share * total, 0, None
    for value, count in buckets:
        if below + count >= wanted:
            floor = max(last or 0, value / 1.0182)
            return math.exp(math.log(floor) + (math.log(value) - math.log(floor)) * (wanted - below) / count)
        below, last = below + count, value
    return buckets[-1][0]
