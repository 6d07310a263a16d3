"""The results of earlier runs as tables for docs/performance.md: `python3 tools/bench_load markdown`."""

import json

from report import median_of, number, shown_ratio


def table(heading, lines):
    rows = [heading, ["---"] + ["--:"] * (len(heading) - 1), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def load_tables(content):
    heading = ["workload", "way", "queries/s", "ratio", "CPU µs/query", "ratio", "p50 ms", "p99 ms", "ratio", "servers µs"]
    lines = []
    for cell in content["cells"]:
        for way, runs in cell["runs"].items():
            ratios = cell["ratios"][way]
            lines.append([f"{cell['workload']} {cell['protocol']}, {cell['threads']} threads", way,
                          number(median_of(runs, "queries_s"), 0), shown_ratio(ratios["queries_s"]),
                          number(median_of(runs, "cpu_us")), shown_ratio(ratios["cpu_us"]),
                          number(median_of(runs, "p50_ms"), 2), number(median_of(runs, "p99_ms"), 2),
                          shown_ratio(ratios["p99_ms"]), number(median_of(runs, "server_us"))])
    return table(heading, lines)


def clients_tables(content):
    memory, among = content["memory"], content["among"]
    lines = [[f"{int(count):,}", number(kib), number(memory["after a statement"][count])]
             for count, kib in memory["logged in"].items()]
    text = table(["idle clients", "KiB each, logged in", "KiB each, after a statement"], lines)
    lines = [[f"{int(count):,}", way, number(figures["queries_s"], 0), number(figures["cpu_us"]),
              number(figures["p50_ms"], 2), number(figures["p99_ms"], 2)]
             for way, counts in content["active"].items() for count, figures in counts.items()]
    text += "\n" + table(["active clients", "way", "queries/s", "CPU µs/query", "p50 ms", "p99 ms"], lines)
    return text + f"\n100 active among 10,000 connected, to 100 active alone: {shown_ratio(among['ratio'])}\n"


def shards_tables(content):
    lines = [[point["statement"], f"{point['tables']}", number(point["weir_ms"], 2), number(point["hand_ms"], 2),
              shown_ratio(point["ratio"]), number(point["cpu_us"], 0)] for point in content["points"]]
    return table(["statement", "tables", "Weir ms", "by hand ms", "ratio", "CPU µs of Weir"], lines)


def rules_tables(content):
    lines = [[f"{point['rules']:,}", number(point["queries_s"], 0), shown_ratio(point["queries_ratio"]),
              number(point["cpu_us"]), shown_ratio(point["cpu_ratio"]), number(point["rss_kib"] / 1024)]
             for point in content["points"]]
    return table(["table rules", "queries/s", "ratio", "CPU µs/query", "ratio", "RSS MiB"], lines)


def rows_tables(content):
    lines = [[f"{point['rows']:,}", point["way"], number(point["ms"], 2), number(point["first_ms"], 2),
              number(point["bytes_s"] / 1e6), shown_ratio(point["ratio"]), number(point["cpu_ns"], 0),
              number(None if point["peak_kib"] is None else point["peak_kib"] / 1024)] for point in content["points"]]
    return table(["rows", "way", "ms", "first row ms", "MB/s", "ratio", "CPU ns/row", "peak RSS MiB"], lines)


TABLES = {"load": load_tables, "clients": clients_tables, "shards": shards_tables, "rules": rules_tables,
          "rows": rows_tables}


def run(folder):
    for kind, tables in TABLES.items():
        path = folder / f"{kind}.json"
        if path.exists():
            content = json.loads(path.read_text())
            machine, asked = content["machine"], content["options"]
            print(f"### {kind}\n\nCommit {machine['commit']}, {machine['cpus']} cores, {asked['server']}, "
                  f"{asked['rounds']} rounds of {asked['seconds']} s.\n\n{tables(content)}")
    return True
