"""Curves over the number of clients: memory of an idle one, throughput of active ones, active ones among idle ones."""

import statistics

import load
import plot
import report
from idle import BOUND_KIB, IDLE, allow_files, idle_memory

ACTIVE = (10, 100, 1_000)
AMONG = 100  # active clients among the connected
BOUND_RATIO = 0.9


def run(stage):
    allow_files()
    ways = [stage.direct(), stage.haproxy(), stage.weir()]
    crowded = stage.weir(name="weir-10000")
    stage.data.warm()
    memory = idle_memory(stage, crowded)
    active = active_clients(stage, ways)
    among = active_among_idle(stage, ways[-1], crowded)
    report.write_json(stage.folder / "clients.json", "clients", stage.options,
                      {"memory": memory, "active": active, "among": among})
    plot.curves(stage.folder / "clients-memory.svg", "Memory of Weir for each idle client", "clients", "KiB",
                {state: [(count, memory[state][count]) for count in IDLE if count >= 100] for state in memory})
    plot.curves(stage.folder / "clients.svg", "Point selects, all clients active", "clients", "queries/s",
                {way: sorted((count, figures["queries_s"]) for count, figures in counts.items())
                 for way, counts in active.items()})
    largest = {state: memory[state][IDLE[-1]] for state in memory}
    return largest["logged in"] <= BOUND_KIB and among["ratio"][0] >= BOUND_RATIO


def point_selects(way, stage, threads):
    settings = {"tables": 4, "table-size": stage.options.rows, "threads": threads, "time": stage.options.seconds,
                "db-ps-mode": "disable"}
    return load.measured(way, stage.pids, "oltp_point_select", "split", settings)


def active_clients(stage, ways):
    """way → clients → medians of its figures, all clients active."""
    seen = {way.name: {} for way in ways}
    lines = [["clients", "way", "queries/s", "CPU us/query", "p50 ms", "p99 ms", "RSS MiB"]]
    for count in ACTIVE:
        runs = {way.name: [] for way in ways}
        for way in load.interleaved(ways, stage.options.rounds):
            runs[way.name].append(point_selects(way, stage, count))
        for name, figures in runs.items():
            median = {figure: report.median_of(figures, figure) for figure in figures[0]}
            seen[name][count] = median
            rss = None if median["rss_kib"] is None else median["rss_kib"] / 1024
            lines.append([f"{count:,}", name, report.number(median["queries_s"], 0), report.number(median["cpu_us"]),
                          report.number(median["p50_ms"], 2), report.number(median["p99_ms"], 2), report.number(rss)])
    print(f"\npoint selects, all clients active ({stage.options.rounds} rounds of {stage.options.seconds} s, medians)\n"
          + report.aligned(lines), flush=True)
    return seen


def active_among_idle(stage, few, crowded):
    """100 active clients on a Weir with no others, and on one that holds 10,000 idle ones beside; round by round."""
    runs = {few.name: [], crowded.name: []}
    for way in load.interleaved([few, crowded], stage.options.rounds):
        runs[way.name].append(point_selects(way, stage, AMONG))
    ratios = [many["queries_s"] / alone["queries_s"] for alone, many in zip(runs[few.name], runs[crowded.name])]
    ratio = (statistics.median(ratios), min(ratios), max(ratios))
    print(f"\n{AMONG} active among {IDLE[-1]:,} connected beside {AMONG} active alone: "
          f"{report.median_of(runs[crowded.name], 'queries_s'):,.0f} and "
          f"{report.median_of(runs[few.name], 'queries_s'):,.0f} queries/s, ratio {report.shown_ratio(ratio)}, "
          f"must be >= {BOUND_RATIO}", flush=True)
    return {"runs": runs, "ratio": ratio}
