"""Curves over the number of tables that a scattered statement reaches, beside the same UNION ALL sent by hand."""

import itertools
import statistics
import time

import plot
import report
from mysql import Connection, drain_side_by_side
from processes import Failure, cpu_us
from servers import PASSWORD, USER

TABLES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
ROWS_EACH = 1000
BOUND, BOUND_TABLES = 1.3, 32
STATEMENTS = {
    "top 100": "SELECT id, k, c FROM {table} ORDER BY k LIMIT 100",
    "aggregate": "SELECT COUNT(*), SUM(k), MAX(id) FROM {table}",
}


def logical(count):
    return f"fan{count:03}"


def physical(count):
    """(database, table) by number, as the rules name them: half of the tables on each instance."""
    if count == 1:
        return [("fan_0", logical(1))]
    each = count // 2
    width = len(str(count))
    return [(f"fan_{number // each}", logical(count) + (f"_{number:0{width}}" if each > 1 else ""))
            for number in range(count)]


def rules():
    lines = ["schema: fan", "shards:", "  - { database: fan_0, instance: a }", "  - { database: fan_1, instance: b }",
             "default: { single: fan_0 }", "tables:"]
    for count in TABLES:
        split = "dbpartition: hash(id)"
        if count > 2:
            split += f", tbpartition: hash(id), tbpartitions: {count // 2}"
        lines.append(f"  {logical(count)}: {{ {'single: fan_0' if count == 1 else split} }}")
    return {"fan": "\n".join(lines) + "\n"}


def fill(stage):
    """Every table holds the ids that the hash sends there, 1,000 of them."""
    def make():
        connections = []
        for number, server in enumerate(stage.servers):
            stage.data.databases(server, [f"fan_{number}"])
            connections.append(server.connect(schema=f"fan_{number}"))
        for count in TABLES:
            for number, (database, table) in enumerate(physical(count)):
                fill_table(connections[int(database[-1])], table, range(number or count, ROWS_EACH * count + 1, count))
        for connection in connections:
            connection.close()

    stage.data.fill("fan", {"tables": TABLES[-1], "rows": ROWS_EACH}, make)


def fill_table(connection, table, ids):
    connection.query(f"CREATE TABLE {table} (id BIGINT NOT NULL PRIMARY KEY, k INT NOT NULL, c CHAR(60) NOT NULL, "
                     "KEY (k))")
    # A fixed scramble of the id: k is spread evenly over the tables, and the same in every run.
    rows = ", ".join(f"({row}, {row * 2654435761 % 1_000_003}, '{row:060}')" for row in ids)
    connection.query(f"INSERT INTO {table} VALUES {rows}")


def by_hand(sql, count):
    """For each instance that has tables of it: its number and one statement for all of them there."""
    on = {0: [], 1: []}
    for database, table in physical(count):
        on[int(database[-1])].append("(" + sql.format(table=f"{database}.{table}") + ")")
    return [(instance, " UNION ALL ".join(parts)) for instance, parts in on.items() if parts]


def run(stage):
    fill(stage)
    weir = stage.weir(rules(), name="weir-fan")
    through = Connection(weir.port, USER, PASSWORD, "fan")
    straight = [Connection(server.port, USER, PASSWORD) for server in stage.servers]
    check_answers(through, straight)
    seen, lines = [], [["statement", "tables", "weir ms", "by hand ms", "ratio", "CPU us of weir"]]
    for (name, sql), count in itertools.product(STATEMENTS.items(), TABLES):
        point = compare(stage.options, weir, through, sql.format(table=logical(count)),
                        [(straight[instance], text) for instance, text in by_hand(sql, count)])
        seen.append({"statement": name, "tables": count, **point})
        lines.append([name, str(count), f"{point['weir_ms']:.3f}", f"{point['hand_ms']:.3f}",
                      report.shown_ratio(point["ratio"]), f"{point['cpu_us']:.0f}"])
    print(f"\nscatter over two instances, one client, beside UNION ALL by hand to each instance side by side\n"
          f"(bound for top 100 at {BOUND_TABLES} tables: {BOUND})\n{report.aligned(lines)}", flush=True)
    report.write_json(stage.folder / "shards.json", "shards", stage.options, {"points": seen})
    draw(stage.folder, seen)
    bound = [point for point in seen if point["tables"] == BOUND_TABLES and point["statement"] == "top 100"]
    return all(point["ratio"][0] <= BOUND for point in bound)


def check_answers(through, straight):
    """Before anything is timed: the answers are those that the parts by hand give together."""
    sql = STATEMENTS["top 100"]
    for count in TABLES:
        parts = [straight[instance].query(text) for instance, text in by_hand(sql, count)]
        merged = sorted((row for part in parts for row in part), key=lambda row: int(row[1]))[:100]
        if through.query(sql.format(table=logical(count))) != merged:
            raise Failure(f"the answer over {count} tables is not the one that the tables give together")


def draw(folder, points):
    figures = (("shards.svg", "Scatter: time through Weir, by hand = 1", "ratio", lambda point: point["ratio"][0]),
               ("shards-weir.svg", "Time of a scattered statement through Weir", "ms", lambda point: point["weir_ms"]),
               ("shards-cpu.svg", "CPU of Weir for a scattered statement", "us", lambda point: point["cpu_us"]))
    for file, title, unit, value in figures:
        plot.curves(folder / file, title, "tables", unit,
                    {name: [(point["tables"], value(point)) for point in points if point["statement"] == name]
                     for name in STATEMENTS})


def compare(options, weir, through, logical_sql, asked):
    """Both in turn, one by one, for the time of a round; medians of the times and of the rounds' ratios."""
    ratios, medians, spent, count = [], [], 0, 0
    for turn in range(options.rounds + 1):
        times = {"weir": [], "hand": []}
        before, ends = cpu_us(weir.pid), time.monotonic() + max(0.3, options.seconds / 5)
        while time.monotonic() < ends:
            times["weir"].append(timed(lambda: through.drain(logical_sql)))
            times["hand"].append(timed(lambda: drain_side_by_side(asked)))
        if turn == 0:
            continue  # the first round warms plans, connections and pages
        spent, count = spent + cpu_us(weir.pid) - before, count + len(times["weir"])
        medians.append((statistics.median(times["weir"]), statistics.median(times["hand"])))
        ratios.append(medians[-1][0] / medians[-1][1])
    return {"weir_ms": statistics.median(left for left, _ in medians), "cpu_us": spent / count,
            "hand_ms": statistics.median(right for _, right in medians),
            "ratio": (statistics.median(ratios), min(ratios), max(ratios))}


def timed(call):
    begun = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun)
