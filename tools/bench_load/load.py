"""Load: workloads by sysbench through every way, in interleaved rounds, and the ratios to HAProxy."""

import itertools
import statistics

import report
import sysbench
from dataset import TABLES
from processes import memory_kib

RESULT_ROWS = 10_000

# Name → sysbench's script, the schema it runs on, bounds on ratios to HAProxy.
WORKLOADS = {
    "point_select": ("oltp_point_select", "split",
                     {"queries_s": (">=", 1.0), "cpu_us": ("<=", 1.0), "p99_ms": ("<=", 1.0)}),
    # What is routed to one shard, but all of it to one instance: tells what the second instance adds.
    "point_one": ("oltp_point_select", "one", {}),
    # As point_select, by a thousand different prepared statements of each client.
    "distinct": (sysbench.HERE / "distinct.lua", "split", {}),
    "read_only": ("oltp_read_only", "one", {"queries_s": (">=", 1.0), "cpu_us": ("<=", 1.05)}),
    "read_write": ("oltp_read_write", "one", {"queries_s": (">=", 1.0), "cpu_us": ("<=", 1.05)}),
    "rows": (sysbench.HERE / "rows.lua", "one", {"bytes_s": (">=", 0.95)}),
}
CHECKED = [name for name, (_, _, bounds) in WORKLOADS.items() if bounds]
WAYS = ("direct", "haproxy", "haproxy2")  # methods of Stage
PROTOCOLS = {"text": "disable", "prepared": "auto"}
RATIOS = ("queries_s", "bytes_s", "cpu_us", "p99_ms")


class Cell:
    """One workload with one protocol and one number of threads: every way's runs, round by round."""

    def __init__(self, workload, protocol, threads, ways, base):
        self.workload, self.protocol, self.threads, self.base = workload, protocol, threads, base
        self.runs = {way.name: [] for way in ways}

    @property
    def title(self):
        return f"{self.workload} {self.protocol}, {self.threads} threads"

    def median(self, way, figure):
        return report.median_of(self.runs[way], figure)

    def ratio(self, way, figure):
        """To the base: median, least and greatest of the rounds' own ratios; None where there is nothing to compare."""
        if self.base not in self.runs or way == self.base:
            return None
        pairs = [(run.get(figure), other.get(figure)) for run, other in zip(self.runs[way], self.runs[self.base])]
        ratios = [left / right for left, right in pairs if left is not None and right]
        return (statistics.median(ratios), min(ratios), max(ratios)) if ratios else None

    def verdicts(self, way):
        """The bounds of docs/performance.md: figure → (bound, ratio, whether it holds)."""
        seen = {}
        for figure, (sign, bound) in WORKLOADS[self.workload][2].items():
            ratio = self.ratio(way, figure)
            if ratio is not None:
                holds = ratio[0] >= bound if sign == ">=" else ratio[0] <= bound
                seen[figure] = (f"{sign} {bound}", ratio[0], holds)
        return seen

    def record(self):
        return {"workload": self.workload, "protocol": self.protocol, "threads": self.threads, "base": self.base,
                "runs": self.runs,
                "ratios": {way: {figure: self.ratio(way, figure) for figure in RATIOS} for way in self.runs},
                "checks": {way: self.verdicts(way) for way in self.runs}}


def run(stage):
    """Every workload that is asked for; whether all bounds hold for the Weirs."""
    options = stage.options
    ways = [getattr(stage, way)() for way in options.ways]
    weirs = [stage.weir(program=program) for program in stage.programs]
    ways += weirs + stage.peers()
    stage.data.warm()
    row_bytes = stage.data.bytes_of_rows(RESULT_ROWS)
    cells = []
    for workload, protocol, threads in itertools.product(options.only, options.protocols, options.threads):
        cell = Cell(workload, protocol, threads, ways, options.base)
        run_cell(cell, ways, stage, row_bytes)
        cells.append(cell)
        print(f"\n{cell.title} ({options.rounds} rounds of {options.seconds} s; ratios to {cell.base}: "
              f"median [least..greatest])\n{report.cell_table(cell, options.check)}", flush=True)
        report.write_load(stage.folder, options, cells)
    print(f"\nwritten: {options.scratch}/load.json, {options.scratch}/load.svg")
    return all(holds for cell in cells for way in weirs for _, _, holds in cell.verdicts(way.name).values())


def run_cell(cell, ways, stage, row_bytes):
    options = stage.options
    script, schema, _ = WORKLOADS[cell.workload]
    settings = {"tables": TABLES, "table-size": options.rows, "threads": cell.threads, "time": options.seconds,
                "db-ps-mode": PROTOCOLS[cell.protocol]}
    if cell.workload == "rows":
        settings["result-rows"] = RESULT_ROWS
    for way in interleaved(ways, options.rounds):
        seen = measured(way, stage.pids, script, schema, settings)
        if cell.workload == "rows":
            seen["bytes_s"] = seen["queries_s"] * row_bytes
        cell.runs[way.name].append(seen)


def interleaved(ways, rounds):
    """Every way once a round; each round begins with another, so that none always runs after the same neighbour."""
    for turn in range(rounds):
        for number in range(len(ways)):
            yield ways[(turn + number) % len(ways)]


def measured(way, server_pids, script, schema, settings):
    """A run's own figures, and what the proxy, the servers and the client spent on each of its queries."""
    pids = [way.pid] if way.pid else []
    seen = sysbench.run(script, way.port, way.schema(schema), settings, pids + server_pids)
    spent = [us / seen["queries"] for us in seen.pop("spent_us")]
    seen["client_us"] = spent.pop()
    seen["cpu_us"] = spent.pop(0) if way.pid else None
    seen["server_us"] = sum(spent)
    seen["rss_kib"] = memory_kib(way.pid) if way.pid else None
    return seen
