"""Curve over the rows of a result: bytes a second, time to the first row, and what Weir holds meanwhile."""

import pathlib
import statistics
import time

import load
import plot
import report
from dataset import COPIES
from mysql import Connection
from processes import cpu_us, memory_kib
from servers import PASSWORD, USER

SIZES = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
WARMED = 10_000  # results up to here are read once before they count


class Reader:
    """A way with one of its schemas: `weir one` relays from one shard, `weir split` joins eight streams."""

    def __init__(self, name, way, schema):
        self.name, self.way = name, way
        self.connection = Connection(way.port, USER, PASSWORD, way.schema(schema))


def statement(rows, table_rows):
    """So many rows: the table's own, each as often as it is joined."""
    if rows <= table_rows:
        return f"SELECT s.id, s.k, s.c FROM sbtest1 s JOIN copies n ON n.n = 1 WHERE s.id <= {rows}"
    return f"SELECT s.id, s.k, s.c FROM sbtest1 s JOIN copies n ON n.n <= {rows // table_rows}"


def run(stage):
    weir = stage.weir()
    readers = [Reader("direct", stage.direct(), "one"), Reader("haproxy", stage.haproxy(), "one"),
               Reader("weir one", weir, "one"), Reader("weir split", weir, "split")]
    stage.data.warm()
    sizes = [size for size in SIZES if size <= stage.options.rows * COPIES]
    points, lines = [], [["rows", "way", "ms", "first row ms", "MB/s", "ratio", "CPU ns/row", "peak RSS MiB"]]
    for size in sizes:
        runs = {reader.name: [] for reader in readers}
        if size <= WARMED:
            for reader in readers:
                reader.connection.drain(statement(size, stage.options.rows))
        rounds = min(stage.options.rounds, 3) if size >= 1_000_000 else stage.options.rounds
        for reader in load.interleaved(readers, rounds):
            runs[reader.name].append(read(reader, statement(size, stage.options.rows), size))
        for name, seen in runs.items():
            point = {figure: report.median_of(seen, figure) for figure in seen[0]}
            pairs = [run_["bytes_s"] / other["bytes_s"] for run_, other in zip(seen, runs["haproxy"])]
            ratio = None if name == "haproxy" else (statistics.median(pairs), min(pairs), max(pairs))
            points.append({"rows": size, "way": name, "ratio": ratio, **point})
            lines.append([f"{size:,}", name, report.number(point["ms"], 2), report.number(point["first_ms"], 2),
                          report.number(point["bytes_s"] / 1e6), report.shown_ratio(ratio),
                          report.number(point["cpu_ns"], 0),
                          report.number(None if point["peak_kib"] is None else point["peak_kib"] / 1024)])
    print("\nrows of a result, one client (ratios of MB/s to haproxy: median [least..greatest])\n"
          + report.aligned(lines), flush=True)
    report.write_json(stage.folder / "rows.json", "rows", stage.options, {"points": points})
    for figure, divisor, unit, title in (("bytes_s", 1e6, "MB/s", "Bytes a second"),
                                         ("peak_kib", 1024, "MiB", "Most memory while it runs")):
        plot.curves(stage.folder / f"rows-{figure.split('_')[0]}.svg", f"{title} by the rows of a result", "rows", unit,
                    {reader.name: [(point["rows"], point[figure] / divisor) for point in points
                                   if point["way"] == reader.name and point[figure] is not None] for reader in readers})
    return True


def read(reader, sql, rows):
    """Runs it once for a large result, or many times for a small one."""
    times, pid, connection = 1 if rows >= 100_000 else max(1, 20_000 // (rows + 100)), reader.way.pid, reader.connection
    if pid:
        reset_peak(pid)
    before, begun, first = cpu_us(pid) if pid else 0, time.perf_counter(), 0
    for _ in range(times):
        sent = time.perf_counter()
        connection.send_query(sql)
        connection.drain_head()
        first += time.perf_counter() - sent
        received = connection.drain_rest()
    seconds = (time.perf_counter() - begun) / times
    return {"ms": 1000 * seconds, "first_ms": 1000 * first / times, "bytes_s": received / seconds,
            "cpu_ns": 1000 * (cpu_us(pid) - before) / times / rows if pid else None,
            "peak_kib": memory_kib(pid, "VmHWM") if pid else None}


def reset_peak(pid):
    """Lets VmHWM begin anew, where the kernel allows it."""
    try:
        pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
    except OSError:
        pass
