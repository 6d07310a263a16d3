"""What the servers hold: sysbench's tables plain on each instance, and split over eight databases of both."""

import json

import sysbench
from mysql import SqlError

TABLES = 4
SHARDS = 8
COPIES = 1000

# `one` is the plain tables themselves, as a schema of a single shard: what a transaction within one shard costs.
# `split` is what is spliced and routed.
ONE = """\
schema: one
shards:
  - { database: sbtest, instance: a }
default: { single: sbtest }
"""
SPLIT = """\
schema: split
shards:
  - { database: "split_{00..03}", instance: a }
  - { database: "split_{04..07}", instance: b }
default: { single: split_00 }
tables:
  copies: { broadcast: true }
"""


def rules(tables=TABLES, unused=0):
    """The rule files of both schemas; `unused` adds rules for tables that no statement names."""
    names = [f"sbtest{number}" for number in range(1, tables + 1)]
    names += [f"unused_{number:05}" for number in range(unused)]
    return {"one": ONE, "split": SPLIT + "".join(f"  {name}: {{ dbpartition: hash(id) }}\n" for name in names)}


class Dataset:
    """Fills what is not filled yet; a file in the scratch folder remembers what is."""

    def __init__(self, servers, folder, rows):
        self.servers, self.rows = servers, rows
        self.shape = {"rows": rows, "copies": COPIES, "plain": len(servers)}
        self.file = folder / f"loaded-{servers[0].brand}.json"

    def loaded(self):
        try:
            return json.loads(self.file.read_text())
        except (OSError, ValueError):
            return {}

    def remember(self, part, value):
        self.file.write_text(json.dumps({**self.loaded(), part: value}))

    def forget(self):
        """A server's data folder is new, so nothing is filled."""
        self.file.unlink(missing_ok=True)

    def fill(self, part, value, make):
        """Runs `make` unless this part is there already with the same parameters."""
        if self.loaded().get(part) != value:
            print(f"filling {part} ({value}) …", flush=True)
            make()
            self.remember(part, value)

    def plain(self):
        def make():
            for server in self.servers:
                self.databases(server, ["sbtest"])
                sysbench.prepare(server.port, "sbtest", TABLES, self.rows)
                self.copies(server, "sbtest")

        self.fill("sbtest", self.shape, make)

    def has_split(self):
        return self.loaded().get("split") == self.shape

    def split_databases(self):
        """Empty ones; they must be there before the Weir starts that fills them."""
        half = SHARDS // 2
        for number, server in enumerate(self.servers):
            names = [f"split_{shard:02}" for shard in range(number * half, (number + 1) * half)]
            self.databases(server, names)
            for name in names:
                self.copies(server, name)

    def split(self, weir):
        self.fill("split", self.shape, lambda: sysbench.prepare(weir.port, "split", TABLES, self.rows))

    @staticmethod
    def copies(server, database):
        """Numbers to join with, so that a result may have more rows than a table; the same in every database."""
        with server.connect(schema=database) as connection:
            connection.query("CREATE TABLE copies (n INT NOT NULL PRIMARY KEY)")
            connection.query("INSERT INTO copies VALUES " + ", ".join(f"({n})" for n in range(1, COPIES + 1)))

    @staticmethod
    def databases(server, names):
        with server.connect() as connection:
            for name in names:
                connection.query(f"DROP DATABASE IF EXISTS {name}")
                connection.query(f"CREATE DATABASE {name}")

    def warm(self):
        """Reads every page once, so that the first round is like the others."""
        for server in self.servers:
            with server.connect() as connection:
                tables = connection.query(
                    "SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables "
                    "WHERE table_name LIKE 'sbtest%' AND (table_schema = 'sbtest' OR table_schema LIKE 'split\\_%')")
                for (table,) in tables:
                    connection.query(f"SELECT COUNT(*), SUM(LENGTH(c)) FROM {table}")

    def bytes_of_rows(self, count):
        """Bytes on the wire of a result of so many rows, as `rows.lua` asks for them."""
        with self.servers[0].connect(schema="sbtest") as connection:
            try:
                return connection.drain(f"SELECT id, k, c, pad FROM sbtest1 WHERE id BETWEEN 1 AND {count}")
            except SqlError as error:
                raise RuntimeError(f"the plain tables are not as expected: {error}") from error
