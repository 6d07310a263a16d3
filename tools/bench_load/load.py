"""Load: workloads by sysbench through every way, in interleaved rounds, and the ratios to HAProxy."""

import statistics

import sysbench
from processes import memory_kib

RESULT_ROWS = 10_000

# Name → sysbench's script, the schema it runs on, the bounds on ratios to HAProxy.
WORKLOADS = {
    "point_select": ("oltp_point_select", "split",
                     {"queries_s": (">=", 1.0), "cpu_us": ("<=", 1.0), "p99_ms": ("<=", 1.0)}),
    # What is routed to one shard, but all of it to one instance: tells what the second instance adds.
    "point_one": ("oltp_point_select", "one", {}),
    "read_only": ("oltp_read_only", "one", {"queries_s": (">=", 1.0), "cpu_us": ("<=", 1.05)}),
    "read_write": ("oltp_read_write", "one", {"queries_s": (">=", 1.0), "cpu_us": ("<=", 1.05)}),
    "rows": (sysbench.HERE / "rows.lua", "one", {"bytes_s": (">=", 0.95)}),
}
CHECKED = [name for name, (_, _, bounds) in WORKLOADS.items() if bounds]
PROTOCOLS = {"text": "disable", "prepared": "auto"}
RATIOS = ("queries_s", "bytes_s", "cpu_us", "p99_ms")


class Cell:
    """One workload with one protocol and one number of threads: every way's runs, round by round."""

    def __init__(self, workload, protocol, threads, ways):
        self.workload, self.protocol, self.threads = workload, protocol, threads
        self.runs = {way.name: [] for way in ways}

    @property
    def title(self):
        return f"{self.workload} {self.protocol}, {self.threads} threads"

    def median(self, way, figure):
        values = [run[figure] for run in self.runs[way] if run.get(figure) is not None]
        return statistics.median(values) if values else None

    def ratio(self, way, figure, base="haproxy"):
        """Median, least and greatest of the rounds' own ratios; None where there is nothing to compare."""
        if base not in self.runs or way == base:
            return None
        pairs = [(run.get(figure), other.get(figure)) for run, other in zip(self.runs[way], self.runs[base])]
        ratios = [left / right for left, right in pairs if left is not None and right]
        return (statistics.median(ratios), min(ratios), max(ratios)) if ratios else None

    def verdicts(self, way):
        """The issue's bounds: figure → (bound, ratio, whether it holds)."""
        seen = {}
        for figure, (sign, bound) in WORKLOADS[self.workload][2].items():
            ratio = self.ratio(way, figure)
            if ratio is not None:
                holds = ratio[0] >= bound if sign == ">=" else ratio[0] <= bound
                seen[figure] = (f"{sign} {bound}", ratio[0], holds)
        return seen

    def record(self):
        return {"workload": self.workload, "protocol": self.protocol, "threads": self.threads, "runs": self.runs,
                "ratios": {way: {figure: self.ratio(way, figure) for figure in RATIOS} for way in self.runs},
                "checks": {way: self.verdicts(way) for way in self.runs}}


def run_cell(cell, ways, servers, options, row_bytes):
    script, schema, _ = WORKLOADS[cell.workload]
    settings = {"tables": 4, "table-size": options.rows, "threads": cell.threads, "time": options.seconds,
                "db-ps-mode": PROTOCOLS[cell.protocol]}
    if cell.workload == "rows":
        settings["result-rows"] = RESULT_ROWS
    for turn in range(options.rounds):
        # Every round begins with another way, so that none always runs after the same neighbour.
        for number in range(len(ways)):
            way = ways[(turn + number) % len(ways)]
            seen = measured(way, servers, script, schema, settings)
            if cell.workload == "rows":
                seen["bytes_s"] = seen["queries_s"] * row_bytes
            cell.runs[way.name].append(seen)


def measured(way, servers, script, schema, settings):
    """A run's own figures, and what the proxy, the servers and the client spent on each of its queries."""
    pids = [way.pid] if way.pid else []
    seen = sysbench.run(script, way.port, way.schema(schema), settings, pids + [server.pid for server in servers])
    spent = [us / seen["queries"] for us in seen.pop("spent_us")]
    seen["client_us"] = spent.pop()
    seen["cpu_us"] = spent.pop(0) if way.pid else None
    seen["server_us"] = sum(spent)
    seen["rss_kib"] = memory_kib(way.pid) if way.pid else None
    return seen
