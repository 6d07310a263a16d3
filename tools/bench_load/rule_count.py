"""Curve over the number of table rules: what a statement costs when a schema has 1 to 10,000 tables."""

import time

import dataset
import load
import plot
import report
from processes import memory_kib

RULES = (1, 10, 100, 1_000, 10_000)
THREADS = 8


def run(stage):
    ways, started = [], {}
    for count in RULES:
        begun = time.monotonic()
        ways.append(stage.weir(dataset.rules(tables=1, unused=count - 1), name=f"weir-{count}-rules"))
        started[ways[-1].name] = time.monotonic() - begun
    stage.data.warm()
    cell = load.Cell("point_select", "text", THREADS, ways, ways[0].name)
    settings = {"tables": 1, "table-size": stage.options.rows, "threads": THREADS, "time": stage.options.seconds,
                "db-ps-mode": "disable"}
    for way in load.interleaved(ways, stage.options.rounds):
        cell.runs[way.name].append(load.measured(way, stage.pids, "oltp_point_select", "split", settings))
    points, lines = [], [["rules", "queries/s", "ratio to 1", "CPU us/query", "ratio to 1", "RSS MiB", "start s"]]
    for count, way in zip(RULES, ways):
        rate, cpu = (cell.ratio(way.name, figure) for figure in ("queries_s", "cpu_us"))
        points.append({"rules": count, "queries_s": cell.median(way.name, "queries_s"), "queries_ratio": rate,
                       "cpu_us": cell.median(way.name, "cpu_us"), "cpu_ratio": cpu, "start_s": started[way.name],
                       "rss_kib": memory_kib(way.pid)})
        lines.append([f"{count:,}", f"{points[-1]['queries_s']:,.0f}", report.shown_ratio(rate),
                      f"{points[-1]['cpu_us']:.1f}", report.shown_ratio(cpu), f"{memory_kib(way.pid) / 1024:.1f}",
                      f"{started[way.name]:.2f}"])
    print(f"\npoint selects by the number of table rules ({stage.options.rounds} rounds of {stage.options.seconds} s)\n"
          + report.aligned(lines), flush=True)
    report.write_json(stage.folder / "rules.json", "rules", stage.options, {"points": points, "runs": cell.runs})
    plot.curves(stage.folder / "rules.svg", "Point selects by the number of table rules", "rules", "CPU us/query",
                {"weir": [(point["rules"], point["cpu_us"]) for point in points]})
    return True  # the bound is one of counted instructions, which time on a shared machine cannot show
