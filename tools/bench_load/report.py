"""Results for people and for programs: tables, JSON, plots."""

import json
import os
import platform
import statistics
import subprocess

import plot


def number(value, digits=1):
    return "-" if value is None else f"{value:,.{digits}f}"


def median_of(runs, figure):
    values = [run[figure] for run in runs if run.get(figure) is not None]
    return statistics.median(values) if values else None


def shown_ratio(ratio):
    return "" if ratio is None else f"{ratio[0]:.2f} [{ratio[1]:.2f}..{ratio[2]:.2f}]"


COLUMNS = (
    # heading, figure, divided by, digits, whether its ratio is shown
    ("queries/s", "queries_s", 1, 0, True),
    ("MB/s", "bytes_s", 1e6, 0, True),
    ("CPU us/query", "cpu_us", 1, 1, True),
    ("p50 ms", "p50_ms", 1, 2, False),
    ("p95 ms", "p95_ms", 1, 2, False),
    ("p99 ms", "p99_ms", 1, 2, True),
    ("servers us", "server_us", 1, 1, False),
    ("client us", "client_us", 1, 1, False),
    ("RSS MiB", "rss_kib", 1024, 1, False),
)


def cell_table(cell, check):
    columns = [column for column in COLUMNS if any(cell.median(way, column[1]) is not None for way in cell.runs)]
    heading = ["way"]
    for title, _, _, _, with_ratio in columns:
        heading += [title, "ratio"] if with_ratio else [title]
    lines = [heading + (["check"] if check else [])]
    for way in cell.runs:
        line = [way]
        for _, figure, divisor, digits, with_ratio in columns:
            median = cell.median(way, figure)
            line.append(number(None if median is None else median / divisor, digits))
            if with_ratio:
                line.append(shown_ratio(cell.ratio(way, figure)))
        lines.append(line + ([verdict(cell, way)] if check else []))
    return aligned(lines)


def verdict(cell, way):
    if way in ("direct", "haproxy", "haproxy2"):
        return ""
    seen = cell.verdicts(way)
    broken = [f"{figure} {ratio:.3f}, must be {bound}" for figure, (bound, ratio, holds) in seen.items() if not holds]
    return "FAIL: " + "; ".join(broken) if broken else "pass" if seen else ""


def aligned(lines):
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) if place in (0, len(widths) - 1) else text.rjust(width)
                               for place, (text, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


def machine():
    """What the figures were measured on, so that nobody compares two machines."""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return {"cpus": os.cpu_count(), "kernel": platform.release(), "machine": platform.machine(),
            "commit": commit.stdout.strip()}


def asked(options):
    return {key: value for key, value in vars(options).items() if isinstance(value, (str, int, float, list, bool))}


def write_json(path, kind, options, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"kind": kind, "machine": machine(), "options": asked(options), **content}, indent=1))


def write_load(folder, options, cells):
    """Cells of earlier calls with the same commit and settings stay, so that a long measurement can be had in parts."""
    path = folder / "load.json"
    records = [cell.record() for cell in cells]
    records = earlier_cells(path, options, {place(record) for record in records}) + records
    write_json(path, "load", options, {"cells": records})
    panels = []
    for title, figure in (("throughput", "queries_s"), ("CPU of the proxy per query", "cpu_us"), ("p99", "p99_ms")):
        rows = [(" ".join(map(str, place(record))) + " threads", shown(record, figure)) for record in records]
        panels.append((f"{title}, {options.base} = 1", [row for row in rows if row[1]]))
    plot.bars(folder / "load.svg", [panel for panel in panels if panel[1]])


def place(record):
    return record["workload"], record["protocol"], record["threads"]


def shown(record, figure):
    return [(way, ratios[figure]) for way, ratios in record["ratios"].items() if ratios[figure]]


def earlier_cells(path, options, replaced):
    try:
        before = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    alike = ("server", "weir", "rounds", "seconds", "rows", "base")
    if before["machine"] != machine() or any(before["options"].get(key) != asked(options)[key] for key in alike):
        return []
    return [record for record in before["cells"] if place(record) not in replaced]
