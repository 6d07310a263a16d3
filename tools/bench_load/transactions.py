"""What transactions cost: on one instance beside plain relaying, over two beside XA by hand, and beside snapshots.

CPU is of the proxy's process for each transaction. Every way runs once a round; ratios are of neighbours in a round.
"""

import itertools
import statistics
import time

import dataset
import report
import sysbench
import ways as ways_to
import whole
from distance import Distant
from load import interleaved
from processes import Failure

SCRIPT = sysbench.HERE / "transactions.lua"
CPU_BOUND, TRANSFER_BOUND = 1.03, 1.2
LOG_FLUSHES = {"durable": 1, "relaxed": 2}  # innodb_flush_log_at_trx_commit
READERS = (1, 4)
DELAY_MS = 0.5  # each way, to servers that are far away


class Runner:
    """One kind of event through one way, again and again."""

    def __init__(self, name, stage, way, kind, schema="split", readers=None, servers=None):
        self.name, self.stage, self.way, self.kind, self.schema = name, stage, way, kind, schema
        self.servers = servers or stage.servers  # those that a client reaches by itself
        self.readers = readers  # (kind, how many) beside it
        self.runs = []

    def run(self, threads):
        stage = self.stage
        options = self.options(self.kind, threads, stage.options.seconds)
        beside = self.start_readers(stage.options.seconds + 4) if self.readers else None
        try:
            pids = [self.way.pid] if self.way.pid else []
            seen = sysbench.run(SCRIPT, self.way.port, self.way.schema(self.schema), options, pids + stage.pids)
            if beside is not None and beside.poll() is not None:
                raise Failure(f"the readers beside have ended:\n{beside.stdout.read()[-2000:]}")
        finally:
            if beside is not None:
                beside.kill()
                beside.communicate()
        spent = [us / seen["transactions"] for us in seen.pop("spent_us")]
        seen["client_us"] = spent.pop()
        seen["cpu_us"] = spent.pop(0) if self.way.pid else None
        seen["server_us"] = sum(spent)
        self.runs.append(seen)

    def options(self, kind, threads, seconds):
        options = {"kind": kind, "rows": self.stage.options.rows, "threads": threads, "time": seconds,
                   "db-ps-mode": "disable"}
        if kind == "by-hand":
            a, b = self.servers
            options |= {"port-a": a.port, "port-b": b.port}
        return options

    def start_readers(self, seconds):
        kind, count = self.readers
        words = [*sysbench.command(SCRIPT, self.way.port, "split", self.options(kind, count, seconds)), "run"]
        beside = sysbench.start(words)
        for line in beside.stdout:
            if line.startswith("Threads started!"):
                return beside
        raise Failure("the readers do not start")

    def median(self, figure):
        return report.median_of(self.runs, figure)

    def ratio(self, other, figure):
        ratios = [own[figure] / base[figure] for own, base in zip(self.runs, other.runs)]
        return statistics.median(ratios), min(ratios), max(ratios)


def compare(title, runners, base, threads, stage):
    """Runs all in turn and prints them; ratios are to `base`."""
    for runner in interleaved(runners, stage.options.rounds):
        runner.run(threads)
    lines = [["way", "transactions/s", "ratio", "CPU us", "ratio", "p50 ms", "p99 ms", "servers us", "client us"]]
    for runner in runners:
        with_cpu = runner.way.pid and base.way.pid
        lines.append([
            runner.name, report.number(runner.median("transactions_s"), 0),
            report.shown_ratio(runner.ratio(base, "transactions_s")), report.number(runner.median("cpu_us")),
            shown(runner.ratio(base, "cpu_us")) if with_cpu else "", report.number(runner.median("p50_ms"), 2),
            report.number(runner.median("p99_ms"), 2), report.number(runner.median("server_us")),
            report.number(runner.median("client_us"))])
    options = stage.options
    print(f"\n{title}, {threads} threads ({options.server}; {options.rounds} rounds of {options.seconds} s; ratios to "
          f"{base.name}: median [least..greatest])\n{report.aligned(lines)}", flush=True)
    return {"title": title, "threads": threads, "base": base.name, "runs": {own.name: own.runs for own in runners}}


def shown(ratio):
    return f"{ratio[0]:.3f} [{ratio[1]:.3f}..{ratio[2]:.3f}]"


def local(stage, ways):
    """One instance: the same four commands through HAProxy, through Weir without routing, and through Weir."""
    weir, haproxy = ways
    base = Runner("haproxy", stage, haproxy, "transaction")
    own = Runner("weir", stage, weir, "transaction")
    runners = [base, Runner("weir, not routed", stage, weir, "transaction", "one"), own,
               Runner("weir, no transaction", stage, weir, "statements")]
    cells = [compare("a transaction on one instance", runners, base, threads, stage) for threads in (8,)]
    ratio = own.ratio(base, "cpu_us")
    print(f"CPU of a transaction on one instance: {shown(ratio)} of relaying its bytes, must be <= {CPU_BOUND}")
    # It has four commands, two of which are no statements.
    twice = [run["cpu_us"] / 2 / other["cpu_us"] for run, other in zip(own.runs, runners[-1].runs)]
    relative = statistics.median(twice), min(twice), max(twice)
    print(f"and {shown(relative)} of four statements outside of a transaction")
    return cells, ratio[0] <= CPU_BOUND


def instructions(stage, _):
    """One instance, by user instructions of Weir and of HAProxy: they repeat where CPU time moves."""
    counts, weir = {}, whole.of_weir(stage, stage.programs[0])
    for kind, (name, way, schema) in itertools.product(("statements", "transaction"), (
            ("haproxy", stage.haproxy, "one"), ("one", weir, "one"), ("split", weir, "split"))):
        settings = {"kind": kind, "rows": stage.options.rows, "threads": 8, "time": 0, "db-ps-mode": "disable"}
        counts[kind, name] = whole.events(stage, way, (SCRIPT, schema, settings), f"{kind}-{name}")
    lines = [["", "HAProxy", "Weir, not routed", "Weir, routed"]]
    for kind in ("statements", "transaction"):
        lines.append([kind, *(f"{counts[kind, name]:,.0f}" for name in ("haproxy", "one", "split"))])
    print(f"\nuser instructions for each event: two statements, and two in a transaction\n{report.aligned(lines)}")
    ratio = counts["transaction", "split"] / counts["statements", "split"] / 2
    print(f"a transaction of four commands: {ratio:.3f} of four statements outside of one, must be <= {CPU_BOUND}")
    return [{"title": "instructions", "counts": {"-".join(key): value for key, value in counts.items()}}], ratio <= CPU_BOUND


def transfers(stage, ways):
    """Two instances, beside a client that says XA itself."""
    weir, _ = ways
    cells, held = [], True
    far = [Distant(server, DELAY_MS) for server in stage.servers]
    for server in far:
        stage.stack.callback(server.close)
    far_weir = stage.kept(ways_to.weir(stage.programs[0], far, dataset.rules(), stage.folder, "weir-far"))
    try:
        for where, way, servers in (("here", weir, stage.servers), (f"{2 * DELAY_MS} ms away", far_weir, far)):
            for (word, value), threads in itertools.product(LOG_FLUSHES.items(), (1, 8)):
                flush_logs(stage, value)
                base = Runner("XA by hand", stage, stage.direct(), "by-hand", servers=servers)
                own = Runner("weir", stage, way, "transfer")
                title = f"a transfer between two instances {where}, {word} log"
                cells.append(compare(title, [base, own], base, threads, stage))
                rate, wait = own.ratio(base, "transactions_s"), own.ratio(base, "p50_ms")
                print(f"throughput {shown(rate)} of XA by hand, must be >= {TRANSFER_BOUND}; p50 {shown(wait)}")
                held = held and rate[0] >= TRANSFER_BOUND
    finally:
        flush_logs(stage, LOG_FLUSHES["relaxed"])
    return cells, held


def flush_logs(stage, value):
    for server in stage.servers:
        with server.connect("root", "") as root:
            root.query(f"SET GLOBAL innodb_flush_log_at_trx_commit = {value}")


def snapshots(stage, ways):
    """What readers with snapshots of all instances cost those who commit, beside the same readers without."""
    weir, _ = ways
    base = Runner("no reader", stage, weir, "transfer")
    runners = [base]
    for count in READERS:
        for kind in ("plain-reader", "snapshot-reader"):
            runners.append(Runner(f"{count} x {kind}", stage, weir, "transfer", readers=(kind, count)))
    cells = [compare("transfers beside readers", runners, base, 8, stage)]
    for plain, snapshot in zip(runners[1::2], runners[2::2]):
        rate = snapshot.ratio(plain, "transactions_s")
        print(f"{snapshot.name}: throughput of transfers {shown(rate)} of that beside {plain.name}")
    return cells, True


PARTS = {"local": local, "instructions": instructions, "transfers": transfers, "snapshots": snapshots}


def run(stage):
    # Both relay the statements of `transaction` to instance a; through HAProxy they find the plain tables there.
    ways = stage.weir(), stage.haproxy()
    stage.data.warm()
    cells, held = [], True
    for part in stage.options.only:
        began = time.monotonic()
        of_part, holds = PARTS[part](stage, ways)
        cells += of_part
        held = held and holds
        print(f"{part}: {'within its bounds' if holds else 'OUT OF BOUNDS'}, {time.monotonic() - began:.0f} s", flush=True)
        report.write_json(stage.folder / f"transactions-{stage.options.server}.json", "transactions", stage.options,
                          {"cells": cells})
    return held
