"""Bounded memory: statements over 10 million rows in 32 tables, and how much Weir holds while it answers them."""

import time

import report
from mysql import Connection
from processes import Failure, memory_kib
from result_size import reset_peak
from servers import PASSWORD, USER

TABLES = 32
ROWS = 10_000_000
GROUPS = 5_000_000
SCRAMBLE = 2_654_435_761  # has no divisor in common with GROUPS: each k comes once in as many ids
BOUND_KIB = 64 * 1024
# What is asked, and whether the first row must be (column, value).
STATEMENTS = (
    ("deep page", "SELECT id, k FROM vast ORDER BY k, id LIMIT 1000000, 10", (1, "500000")),
    ("5 million groups", "SELECT k, COUNT(*) FROM vast GROUP BY k", None),
    ("largest of 5 million groups", "SELECT k, COUNT(*) AS n FROM vast GROUP BY k ORDER BY n DESC, k LIMIT 10",
     (1, "2")),
    ("scan", "SELECT id, k, v FROM vast", None),
    ("merge node, 600,000 rows", "SELECT STDDEV(v) FROM vast WHERE id < 600000", None),
)
RULES = f"""\
schema: vast
shards:
  - {{ database: vast_0, instance: a }}
  - {{ database: vast_1, instance: b }}
default: {{ single: vast_0 }}
tables:
  vast: {{ dbpartition: hash(id), tbpartition: hash(id), tbpartitions: {TABLES // 2} }}
"""


def fill(stage):
    """Table n holds the ids that leave n when they are divided by the number of tables."""
    def make():
        for number, server in enumerate(stage.servers):
            stage.data.databases(server, [f"vast_{number}"])
            with server.connect(schema=f"vast_{number}") as connection:
                for table in range(number * TABLES // 2, (number + 1) * TABLES // 2):
                    fill_table(connection, server.brand, table)

    stage.data.fill("vast", {"tables": TABLES, "rows": ROWS}, make)


def fill_table(connection, brand, number):
    name = f"vast_{number:02}"
    connection.query(f"DROP TABLE IF EXISTS {name}")
    connection.query(f"CREATE TABLE {name} (id BIGINT NOT NULL PRIMARY KEY, k INT NOT NULL, v INT NOT NULL, KEY (k))")
    values = f"id, id * {SCRAMBLE} % {GROUPS}, id % 1000"
    if brand == "mariadb":
        ids = f"SELECT seq AS id FROM seq_{number}_to_{ROWS - 1}_step_{TABLES}"
    else:
        connection.query(f"SET SESSION cte_max_recursion_depth = {ROWS}")
        ids = (f"WITH RECURSIVE ids AS (SELECT {number} AS id UNION ALL SELECT id + {TABLES} FROM ids "
               f"WHERE id < {ROWS - TABLES}) SELECT id FROM ids")
    connection.query(f"INSERT INTO {name} SELECT {values} FROM ({ids}) AS ids")


def run(stage):
    fill(stage)
    weir = stage.weir({"vast": RULES}, name="weir-vast")
    connection = Connection(weir.port, USER, PASSWORD, "vast")
    if connection.query("SELECT COUNT(*), COUNT(DISTINCT id) FROM vast WHERE id < 100000") != [("100000", "100000")]:
        raise Failure("the rows do not lie where the rules look for them")
    points, lines = [], [["statement", "s", "first row s", "MB", "RSS before MiB", "peak RSS MiB", "more MiB"]]
    for name, sql, expected in STATEMENTS:
        point = {"statement": name, **measure(connection, weir.pid, sql, expected)}
        points.append(point)
        mib = [point["before_kib"] / 1024, point["peak_kib"] / 1024, (point["peak_kib"] - point["before_kib"]) / 1024]
        lines.append([name, f"{point['seconds']:.1f}", f"{point['first_s']:.1f}", f"{point['bytes'] / 1e6:.1f}",
                      *(f"{size:.1f}" for size in mib)])
    print(f"\n{ROWS:,} rows in {TABLES} tables of two instances, one client (bound: {BOUND_KIB // 1024} MiB more)\n"
          + report.aligned(lines), flush=True)
    report.write_json(stage.folder / "bounds.json", "bounds", stage.options, {"points": points})
    return all(point["peak_kib"] - point["before_kib"] <= BOUND_KIB for point in points)


def measure(connection, pid, sql, expected):
    before = memory_kib(pid)
    reset_peak(pid)
    begun = time.perf_counter()
    if expected is None:
        connection.send_query(sql)
        connection.drain_head()
        first = time.perf_counter() - begun
        received = connection.drain_rest()
    else:
        rows = connection.query(sql)
        first = time.perf_counter() - begun
        column, value = expected
        if len(rows) != 10 or rows[0][column] != value:
            raise Failure(f"{sql} answers {rows}")
        received = len(str(rows))
    return {"seconds": time.perf_counter() - begun, "first_s": first, "bytes": received, "before_kib": before,
            "peak_kib": memory_kib(pid, "VmHWM")}
