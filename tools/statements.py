#!/usr/bin/env python3
"""Writes the collection of statements under tests/sql: one file a topic, over the tables of tests/sql/tables.sql.

Every statement has one answer: a LIMIT stands only behind a total order, a top-level ORDER BY is always total, groups
show only what they determine. Run without arguments; what it writes is kept in the repository and read by a test.
"""

import itertools
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "sql"

topics = {}


def normal(sql):
    """The statement without literals and with lists folded: two with the same normal form have the same shape."""
    sql = re.sub(r"'(?:[^'\\]|''|\\.)*'", "?", sql)
    sql = re.sub(r"\b\d+(?:\.\d+)?(?:e\d+)?\b", "?", sql)
    sql = re.sub(r"\?(?:, ?\?)+", "?", sql)
    return re.sub(r"\s+", " ", sql)


seen = set()


def add(topic, sql, only=None):
    """Keeps a statement if its shape is new."""
    form = normal(sql)
    if form in seen:
        return
    seen.add(form)
    lines = []
    if only:
        lines.append(f"--@ only: {only}")
    for aspect in apart(sql):
        lines.append(f"--@ {aspect}")
    lines.append(sql + ";")
    topics.setdefault(topic, []).append("\n".join(lines))


# Warnings that are no promise (docs/compatibility.md tells of each), by statement.
ZERO_DATES = "MySQL warns of a zero date in hidden MIN and MAX columns"

def apart(sql):
    """What may differ of a statement."""
    if "DATE(placed)" in sql or "LAST_DAY(placed) AS v, COUNT" in sql:
        return [f"apart on mysql: warning: {ZERO_DATES}", f"apart on mysql: warning count: {ZERO_DATES}"]
    return []


# What joins what: left, right, condition; the first two pairs are split alike, the others are not.
PAIRS = [
    ("customers c", "orders o", "o.customer_id = c.id", "c.id", "o.id"),
    ("orders o", "refunds r", "r.customer_id = o.customer_id AND r.order_id = o.id", "o.id", "r.id"),
    ("orders o", "items i", "i.order_id = o.id", "o.id", "i.order_id, i.line"),
    ("items i", "products p", "p.id = i.product_id", "i.order_id, i.line", "p.id"),
    ("customers c", "regions g", "g.code = c.region", "c.id", "g.code"),
    ("customers c", "staff s", "s.id = c.manager_id", "c.id", "s.id"),
    ("events e", "customers c", "c.id = e.customer_id", "e.id", "c.id"),
    ("staff s", "staff b", "b.id = s.boss_id", "s.id", "b.id"),
    ("customers c", "customers d", "d.region = c.region AND d.id > c.id", "c.id", "d.id"),
    ("products p", "regions g", "g.number = p.id", "p.id", "g.code"),
    ("events e", "staff s", "s.team = e.kind", "e.id", "s.id"),
]
SHOWN = {
    "c": ["c.name", "c.credit", "c.joined"], "o": ["o.total", "o.status", "o.placed"], "r": ["r.amount", "r.reason"],
    "i": ["i.quantity", "i.price"], "p": ["p.name", "p.category", "p.price"], "g": ["g.title", "g.number"],
    "s": ["s.name", "s.salary", "s.team"], "b": ["b.name", "b.salary"], "e": ["e.kind", "e.value"],
    "d": ["d.name", "d.score"],
}
FILTERS = {
    "c": "c.credit > 100", "o": "o.total >= 50", "r": "r.amount < 40", "i": "i.quantity > 1", "p": "p.price < 30",
    "g": "g.number > 1", "s": "s.salary > 2000", "b": "b.salary > 2500", "e": "e.value IS NOT NULL", "d": "d.score > 3",
}


def letter(table):
    return table.split()[1]


def joins():
    kinds = ["JOIN", "INNER JOIN", "LEFT JOIN", "RIGHT JOIN", "LEFT OUTER JOIN", "STRAIGHT_JOIN"]
    for (left, right, condition, lkey, rkey), kind in itertools.product(PAIRS, kinds):
        l, r = letter(left), letter(right)
        shown = f"{lkey}, {rkey}, {SHOWN[l][0]}, {SHOWN[r][0]}"
        source = f"{left} {kind} {right} ON {condition}"
        add("joins", f"SELECT {shown} FROM {source} ORDER BY {lkey}, {rkey}")
        add("joins", f"SELECT {shown} FROM {source} WHERE {FILTERS[l]} ORDER BY {lkey} DESC, {rkey} LIMIT 5")
        add("joins", f"SELECT COUNT(*), COUNT({rkey.split(',')[0]}) FROM {source}")
        if kind == "LEFT JOIN":
            add("joins", f"SELECT {lkey} FROM {source} WHERE {rkey.split(',')[0]} IS NULL ORDER BY {lkey}")
            add("joins", f"SELECT {lkey}, {SHOWN[r][0]} FROM {source} AND {FILTERS[r]} ORDER BY {lkey}, {rkey}")
            add("joins", f"SELECT DISTINCT {SHOWN[r][-1]} FROM {source} WHERE {FILTERS[r]}")
    for left, right, condition, lkey, rkey in PAIRS:
        l, r = letter(left), letter(right)
        add("joins", f"SELECT {SHOWN[l][0]}, {SHOWN[r][0]} FROM {left}, {right} WHERE {condition} ORDER BY {lkey}, {rkey}")
        add("joins", f"SELECT {lkey}, COUNT(*) FROM {left}, {right} WHERE {condition} GROUP BY {lkey} ORDER BY {lkey}")
        add("joins", f"SELECT {SHOWN[l][0]} FROM {left} CROSS JOIN {right} WHERE {condition} AND {FILTERS[r]} ORDER BY {lkey}, {rkey}")
        add("joins", f"SELECT COUNT(*) FROM {left} JOIN {right} ON NOT ({condition})")
        add("joins", f"SELECT {l}.*, {SHOWN[r][0]} FROM {left} JOIN {right} ON {condition} ORDER BY {lkey}, {rkey}")
        add("joins", f"SELECT * FROM {left} JOIN {right} ON {condition} ORDER BY {lkey}, {rkey} LIMIT 3 OFFSET 2")
        add("joins", f"SELECT {lkey} FROM {left} JOIN {right} ON {condition} WHERE {FILTERS[l]} OR {FILTERS[r]} ORDER BY {lkey}, {rkey}")
    triples = [
        ("customers c JOIN orders o ON o.customer_id = c.id JOIN items i ON i.order_id = o.id", "c.id, o.id, i.line", "i.price"),
        ("orders o JOIN items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id", "o.id, i.line", "p.name"),
        ("customers c LEFT JOIN orders o ON o.customer_id = c.id LEFT JOIN items i ON i.order_id = o.id", "c.id, o.id, i.line", "i.quantity"),
        ("customers c JOIN regions g ON g.code = c.region LEFT JOIN staff s ON s.id = c.manager_id", "c.id", "s.name"),
        ("staff s JOIN staff b ON b.id = s.boss_id LEFT JOIN staff t ON t.id = b.boss_id", "s.id", "t.name"),
        ("customers c JOIN (orders o JOIN items i ON i.order_id = o.id) ON o.customer_id = c.id", "c.id, o.id, i.line", "o.total"),
        ("events e JOIN customers c ON c.id = e.customer_id JOIN orders o ON o.customer_id = c.id", "e.id, o.id", "c.name"),
        ("customers c JOIN orders o ON o.customer_id = c.id JOIN refunds r ON r.customer_id = c.id AND r.order_id = o.id", "c.id, o.id, r.id", "r.amount"),
        ("products p LEFT JOIN items i ON i.product_id = p.id LEFT JOIN orders o ON o.id = i.order_id", "p.id, i.order_id, i.line", "o.status"),
    ]
    for source, keys, shown in triples:
        add("joins", f"SELECT {keys}, {shown} FROM {source} ORDER BY {keys}")
        add("joins", f"SELECT {shown}, COUNT(*) FROM {source} GROUP BY {shown} ORDER BY {shown}")
        add("joins", f"SELECT COUNT(DISTINCT {shown}), MAX({keys.split(',')[0]}) FROM {source}")
        add("joins", f"SELECT {keys} FROM {source} WHERE {shown} IS NOT NULL ORDER BY {keys} LIMIT 4")
    for kind in ["JOIN", "LEFT JOIN", "RIGHT JOIN"]:
        add("joins", f"SELECT customer_id, a.n, b.n FROM (SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id) a "
            f"{kind} (SELECT customer_id, COUNT(*) AS n FROM events WHERE customer_id IS NOT NULL GROUP BY customer_id) b USING (customer_id) ORDER BY 1, 2, 3")
        natural = kind if kind == "JOIN" else f"{kind.split()[0]} JOIN"
        add("joins", f"SELECT id, name, team FROM (SELECT id, name FROM customers) a NATURAL {natural} (SELECT id, team FROM staff) b ORDER BY 1, 2, 3")
        add("joins", f"SELECT o.id, i.line FROM orders o {kind} (SELECT order_id AS id, line FROM items) i USING (id) ORDER BY 1, 2")
    for inner in ["ORDER BY o.id LIMIT 2", "ORDER BY o.total DESC, o.id LIMIT 1"]:
        add("joins", f"SELECT c.id, l.id, l.total FROM customers c JOIN LATERAL (SELECT o.id, o.total FROM orders o WHERE o.customer_id = c.id {inner}) l ON TRUE ORDER BY 1, 2", only="mysql")
        add("joins", f"SELECT c.id, l.n FROM customers c LEFT JOIN LATERAL (SELECT COUNT(*) AS n FROM items i JOIN orders o ON o.id = i.order_id WHERE o.customer_id = c.id) l ON TRUE ORDER BY 1, 2", only="mysql")


OUTERS = [("customers c", "c", "c.id"), ("orders o", "o", "o.id"), ("events e", "e", "e.id"), ("products p", "p", "p.id"), ("staff s", "s", "s.id")]
INNERS = {
    "c": [("orders x", "x.customer_id = c.id", "x.customer_id", "x.total"), ("events x", "x.customer_id = c.id", "x.customer_id", "x.value"),
          ("staff x", "x.id = c.manager_id", "x.id", "x.salary"), ("regions x", "x.code = c.region", "x.number", "x.number")],
    "o": [("items x", "x.order_id = o.id", "x.order_id", "x.quantity"), ("refunds x", "x.customer_id = o.customer_id", "x.order_id", "x.amount"),
          ("customers x", "x.id = o.customer_id", "x.id", "x.credit")],
    "e": [("customers x", "x.id = e.customer_id", "x.id", "x.score"), ("staff x", "x.team = e.kind", "x.id", "x.salary"),
          ("events x", "x.kind = e.kind AND x.id <> e.id", "x.id", "x.value")],
    "p": [("items x", "x.product_id = p.id", "x.product_id", "x.price"), ("products x", "x.category = p.category AND x.id < p.id", "x.id", "x.price")],
    "s": [("staff x", "x.boss_id = s.id", "x.boss_id", "x.salary"), ("customers x", "x.manager_id = s.id", "x.manager_id", "x.credit")],
}


def subqueries():
    for outer, o, key in OUTERS:
        for inner, link, column, number in INNERS[o]:
            own = SHOWN[o][0]
            add("subqueries", f"SELECT {key}, {own} FROM {outer} WHERE {key} IN (SELECT {column} FROM {inner}) ORDER BY {key}")
            add("subqueries", f"SELECT {key} FROM {outer} WHERE {key} NOT IN (SELECT {column} FROM {inner} WHERE {column} IS NOT NULL) ORDER BY {key}")
            add("subqueries", f"SELECT {key} FROM {outer} WHERE EXISTS (SELECT 1 FROM {inner} WHERE {link}) ORDER BY {key}")
            add("subqueries", f"SELECT {key} FROM {outer} WHERE NOT EXISTS (SELECT * FROM {inner} WHERE {link} AND {number} > 2) ORDER BY {key}")
            for function in ["COUNT(*)", f"MAX({number})", f"SUM({number})", f"AVG({number})"]:
                add("subqueries", f"SELECT {key}, (SELECT {function} FROM {inner} WHERE {link}) AS n FROM {outer} ORDER BY {key}")
            for comparison in ["= ANY", "> ALL", "<> ALL", "< SOME", ">= ANY"]:
                add("subqueries", f"SELECT {key} FROM {outer} WHERE {key} {comparison} (SELECT {column} FROM {inner} WHERE {column} < 9) ORDER BY {key}")
            add("subqueries", f"SELECT COUNT(*) FROM {outer} WHERE {key} > (SELECT MIN({column}) FROM {inner})")
            add("subqueries", f"SELECT {key} FROM {outer} WHERE (SELECT COUNT(*) FROM {inner} WHERE {link}) >= 1 ORDER BY {key}")
            add("subqueries", f"SELECT {key}, {key} IN (SELECT {column} FROM {inner} WHERE {number} IS NOT NULL) AS found FROM {outer} ORDER BY {key}")
            add("subqueries", f"SELECT {key} FROM {outer} WHERE EXISTS (SELECT 1 FROM {inner} WHERE {link}) OR {FILTERS[o]} ORDER BY {key} LIMIT 6")
            add("subqueries", f"SELECT d.n, COUNT(*) FROM (SELECT {key}, (SELECT COUNT(*) FROM {inner} WHERE {link}) AS n FROM {outer}) d GROUP BY d.n ORDER BY d.n")
            add("subqueries", f"SELECT {key} FROM {outer} ORDER BY (SELECT COUNT(*) FROM {inner} WHERE {link}) DESC, {key}")
            add("subqueries", f"SELECT CASE WHEN EXISTS (SELECT 1 FROM {inner} WHERE {link}) THEN 'some' ELSE 'none' END AS has, COUNT(*) FROM {outer} GROUP BY has ORDER BY has")
            add("subqueries", f"SELECT {own}, MAX({key}) AS m FROM {outer} GROUP BY {own} HAVING m > (SELECT AVG({column}) FROM {inner}) ORDER BY m")
    for sql in [
        "SELECT d.customer_id, d.total FROM (SELECT customer_id, SUM(total) AS total FROM orders GROUP BY customer_id) d WHERE d.total > 100 ORDER BY d.customer_id",
        "SELECT MAX(d.total) FROM (SELECT customer_id, SUM(total) AS total FROM orders GROUP BY customer_id) d",
        "SELECT c.name, d.n FROM customers c JOIN (SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id) d ON d.customer_id = c.id ORDER BY c.id",
        "SELECT x.id FROM (SELECT id FROM customers ORDER BY credit DESC, id LIMIT 5) x ORDER BY x.id",
        "SELECT COUNT(*) FROM (SELECT DISTINCT region FROM customers) x",
        "SELECT * FROM (SELECT id, total FROM orders WHERE total > 20) a JOIN (SELECT order_id, SUM(quantity) AS q FROM items GROUP BY order_id) b ON b.order_id = a.id ORDER BY a.id",
        "SELECT id FROM customers WHERE (region, grade) IN (SELECT region, grade FROM customers GROUP BY region, grade HAVING COUNT(*) > 1) ORDER BY id",
        "SELECT id FROM orders WHERE (customer_id, total) = (SELECT customer_id, MAX(total) FROM orders GROUP BY customer_id ORDER BY customer_id LIMIT 1) ORDER BY id",
        "SELECT id FROM orders o WHERE total = (SELECT MAX(total) FROM orders x WHERE x.customer_id = o.customer_id) ORDER BY id",
        "SELECT id FROM orders o WHERE total > (SELECT AVG(total) FROM orders x WHERE x.status = o.status) ORDER BY id",
        "SELECT (SELECT COUNT(*) FROM customers), (SELECT COUNT(*) FROM orders), (SELECT COUNT(*) FROM items)",
        "SELECT (SELECT MAX(total) FROM orders) - (SELECT MIN(total) FROM orders) AS span",
        "SELECT id FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE id IN (SELECT order_id FROM items WHERE product_id IN (SELECT id FROM products WHERE category = 'tool'))) ORDER BY id",
        "SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND EXISTS (SELECT 1 FROM items i WHERE i.order_id = o.id AND i.quantity > 2)) ORDER BY id",
        "SELECT id, (SELECT name FROM staff s WHERE s.id = c.manager_id) AS manager FROM customers c ORDER BY id",
        "SELECT id, (SELECT p.name FROM items i JOIN products p ON p.id = i.product_id WHERE i.order_id = o.id ORDER BY i.line LIMIT 1) AS first FROM orders o ORDER BY id",
        "SELECT id FROM customers WHERE credit > ALL (SELECT credit FROM customers WHERE region = 'N') ORDER BY id",
        "SELECT name FROM staff s WHERE salary > (SELECT AVG(salary) FROM staff t WHERE t.team = s.team) ORDER BY id",
        "SELECT team, (SELECT MAX(salary) FROM staff t WHERE t.team = s.team) AS top FROM staff s GROUP BY team ORDER BY team",
        "SELECT id FROM orders WHERE NOT (total <= ANY (SELECT amount FROM refunds)) ORDER BY id",
        "SELECT a.region, a.n FROM (SELECT region, COUNT(*) AS n FROM customers GROUP BY region) a WHERE a.n = (SELECT MAX(b.n) FROM (SELECT COUNT(*) AS n FROM customers GROUP BY region) b) ORDER BY 1",
        "SELECT id FROM customers c WHERE 2 <= (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id) ORDER BY id",
        "SELECT id FROM events e WHERE value = (SELECT MAX(value) FROM events f WHERE f.kind = e.kind) ORDER BY id",
        "SELECT IFNULL((SELECT SUM(amount) FROM refunds WHERE customer_id = 999), 0) AS none",
        "SELECT x.n FROM (SELECT COUNT(*) AS n, customer_id FROM orders GROUP BY customer_id) x ORDER BY x.n DESC, x.customer_id LIMIT 3",
    ]:
        add("subqueries", sql)


NUMBERS = [("customers", "score"), ("customers", "credit"), ("orders", "total"), ("items", "quantity"), ("items", "price"), ("events", "value"), ("staff", "salary"), ("refunds", "amount"), ("products", "price")]
GROUPS = {"customers": ["region", "grade", "YEAR(joined)"], "orders": ["status", "customer_id", "DATE(placed)"], "items": ["product_id", "order_id"],
          "events": ["kind", "customer_id", "value % 3"], "staff": ["team", "boss_id"], "refunds": ["reason", "customer_id"], "products": ["category"]}


def aggregates():
    functions = ["COUNT({})", "SUM({})", "AVG({})", "MIN({})", "MAX({})", "COUNT(DISTINCT {})", "SUM(DISTINCT {})", "AVG(DISTINCT {})",
                 "BIT_OR({})", "BIT_AND({})", "BIT_XOR({})", "ROUND(STDDEV({}), 6)", "ROUND(VARIANCE({}), 6)", "ROUND(STDDEV_SAMP({}), 6)", "ROUND(VAR_SAMP({}), 6)"]
    for (table, column), function in itertools.product(NUMBERS, functions):
        if function.startswith("BIT") and column in ("credit", "total", "price", "amount", "salary"):
            continue
        call = function.format(column)
        add("aggregates", f"SELECT {call} FROM {table}")
        group = GROUPS[table][0]
        add("aggregates", f"SELECT {group}, {call} FROM {table} GROUP BY {group} ORDER BY {group}")
    for (table, column) in NUMBERS:
        for group in GROUPS[table]:
            add("aggregates", f"SELECT {group} AS g, COUNT(*) AS n FROM {table} GROUP BY g ORDER BY n DESC, g")
            add("aggregates", f"SELECT {group} AS g, SUM({column}) AS s FROM {table} GROUP BY g HAVING s > 10 ORDER BY g")
            add("aggregates", f"SELECT {group} AS g, MAX({column}) - MIN({column}) AS span FROM {table} GROUP BY g ORDER BY g")
            add("aggregates", f"SELECT {group} AS g, SUM({column}) / COUNT(*) AS mean FROM {table} GROUP BY g HAVING COUNT(*) > 1 ORDER BY g LIMIT 3")
            add("aggregates", f"SELECT COUNT(*) FROM {table} GROUP BY {group} ORDER BY {group}")
            add("aggregates", f"SELECT {group} AS g, COUNT(DISTINCT {column}) AS a, COUNT({column}) AS b FROM {table} GROUP BY g ORDER BY g DESC")
            add("aggregates", f"SELECT {group} AS g FROM {table} GROUP BY g HAVING MIN({column}) IS NOT NULL ORDER BY g")
            add("aggregates", f"SELECT {group} AS g, SUM(CASE WHEN {column} > 5 THEN 1 ELSE 0 END) AS big FROM {table} GROUP BY g ORDER BY g")
            add("aggregates", f"SELECT {group} AS g, SUM({column} > 5) AS big, SUM(IF({column} IS NULL, 1, 0)) AS none FROM {table} GROUP BY g ORDER BY g")
        add("aggregates", f"SELECT COUNT(*), SUM({column}), AVG({column}), MIN({column}), MAX({column}) FROM {table} WHERE {column} > 3")
        add("aggregates", f"SELECT SUM({column}) + COUNT(*) * 2 AS mixed FROM {table}")
        add("aggregates", f"SELECT COALESCE(SUM({column}), 0) FROM {table} WHERE {column} < -999")
        add("aggregates", f"SELECT COUNT(*) AS n FROM {table} HAVING n > 1")
        add("aggregates", f"SELECT ROUND(AVG({column}), 2), FLOOR(SUM({column})), ABS(MIN({column})) FROM {table}")
    for sql in [
        "SELECT COUNT(DISTINCT region, grade) FROM customers",
        "SELECT COUNT(DISTINCT customer_id), COUNT(DISTINCT status), COUNT(*) FROM orders",
        "SELECT status, COUNT(DISTINCT customer_id), SUM(DISTINCT total), AVG(total) FROM orders GROUP BY status ORDER BY status",
        "SELECT region, grade, COUNT(*) FROM customers GROUP BY region, grade ORDER BY region, grade",
        "SELECT c.region, SUM(o.total) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.region ORDER BY c.region",
        "SELECT p.category, SUM(i.quantity * i.price) AS revenue FROM items i JOIN products p ON p.id = i.product_id GROUP BY p.category ORDER BY revenue DESC, p.category",
        "SELECT o.customer_id, COUNT(DISTINCT i.product_id) FROM orders o JOIN items i ON i.order_id = o.id GROUP BY o.customer_id ORDER BY o.customer_id",
        "SELECT MIN(name), MAX(name) FROM staff",
        "SELECT MIN(placed), MAX(placed) FROM orders",
        "SELECT team, MIN(name) FROM staff GROUP BY team ORDER BY team",
        "SELECT MAX(grade), MIN(grade) FROM customers",
        "SELECT DISTINCT COUNT(*) FROM orders GROUP BY customer_id",
        "SELECT COUNT(*) FROM customers WHERE region = 'nowhere'",
        "SELECT region FROM customers GROUP BY region HAVING COUNT(*) = (SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM customers GROUP BY region) x) ORDER BY region",
        "SELECT LENGTH(name) AS l, COUNT(*) FROM customers GROUP BY l ORDER BY l",
        "SELECT ANY_VALUE(region) = ANY_VALUE(region), region FROM customers GROUP BY region ORDER BY region",
        "SELECT region, COUNT(*) AS n FROM customers GROUP BY 1 ORDER BY 2 DESC, 1",
        "SELECT region AS r, COUNT(*) FROM customers GROUP BY r HAVING r <> 'N' ORDER BY r",
        "SELECT AVG(total) OVER () FROM orders LIMIT 1",
        "SELECT GREATEST(MAX(score), 3), LEAST(MIN(score), 100) FROM customers",
        "SELECT SUM(total) FROM orders WHERE placed BETWEEN '2024-01-05' AND '2024-02-10'",
        "SELECT SUM(i.price * (1 - p.price / 1000)) FROM items i, products p WHERE p.id = i.product_id",
    ]:
        add("aggregates", sql, only="mysql" if "ANY_VALUE" in sql else None)
    for column, order in itertools.product(["name", "id", "score", "grade"], ["id", "id DESC", "credit DESC, id", "score, id", "name, id"]):
        add("group_concat", f"SELECT GROUP_CONCAT({column} ORDER BY {order}) FROM customers")
        add("group_concat", f"SELECT region, GROUP_CONCAT({column} ORDER BY {order} SEPARATOR '; ') FROM customers GROUP BY region ORDER BY region")
    for table, column, key in [("orders", "status", "id"), ("items", "price", "order_id, line"), ("staff", "name", "id"), ("events", "kind", "id"), ("products", "name", "id")]:
        add("group_concat", f"SELECT GROUP_CONCAT(DISTINCT {column} ORDER BY {column}) FROM {table}")
        add("group_concat", f"SELECT GROUP_CONCAT(DISTINCT {column} ORDER BY {column} DESC SEPARATOR '') FROM {table}")
        add("group_concat", f"SELECT GROUP_CONCAT({column}, '=', {key.split(',')[0]} ORDER BY {key}) FROM {table}")
        add("group_concat", f"SELECT GROUP_CONCAT(CONCAT('<', {column}, '>') ORDER BY {key} SEPARATOR ' ') FROM {table} WHERE {key.split(',')[0]} < 9")
        add("group_concat", f"SELECT LENGTH(GROUP_CONCAT({column} ORDER BY {key})) AS l, COUNT(*) FROM {table}")
    add("group_concat", "SELECT c.name, GROUP_CONCAT(o.id ORDER BY o.id) AS orders FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.name ORDER BY c.id")
    add("group_concat", "SELECT o.id, GROUP_CONCAT(p.name ORDER BY i.line SEPARATOR ', ') FROM orders o JOIN items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id GROUP BY o.id ORDER BY o.id")
    add("group_concat", "SELECT c.id, (SELECT GROUP_CONCAT(o.total ORDER BY o.id) FROM orders o WHERE o.customer_id = c.id) AS totals FROM customers c ORDER BY c.id")
    for table, column in NUMBERS:
        for group in GROUPS[table][:2]:
            add("rollup", f"SELECT {group}, SUM({column}) FROM {table} GROUP BY {group} WITH ROLLUP")
            add("rollup", f"SELECT {group}, COUNT(*), MAX({column}) FROM {table} GROUP BY {group} WITH ROLLUP HAVING COUNT(*) > 1")
            add("rollup", f"SELECT x.g, x.n FROM (SELECT {group} AS g, COUNT(*) AS n FROM {table} GROUP BY {group} WITH ROLLUP) x ORDER BY x.g, x.n")
        if len(GROUPS[table]) > 1:
            a, b = GROUPS[table][:2]
            add("rollup", f"SELECT {a}, {b}, COUNT(*), SUM({column}) FROM {table} GROUP BY {a}, {b} WITH ROLLUP")
            add("rollup", f"SELECT COALESCE({a}, 'all') AS a, COUNT(*) FROM {table} GROUP BY {a} WITH ROLLUP", only="mysql")


def windows():
    tables = [("orders", "id", "total", "customer_id", "status"), ("staff", "id", "salary", "team", "boss_id"),
              ("events", "id", "value", "kind", "customer_id"), ("items", "order_id, line", "quantity", "product_id", "order_id"),
              ("customers", "id", "credit", "region", "grade")]
    for table, key, number, part, other in tables:
        whole = [f"ROW_NUMBER() OVER (ORDER BY {number}, {key})", f"RANK() OVER (ORDER BY {number})", f"DENSE_RANK() OVER (ORDER BY {number} DESC)",
                 f"PERCENT_RANK() OVER (ORDER BY {number})", f"CUME_DIST() OVER (ORDER BY {number})", f"NTILE(3) OVER (ORDER BY {number}, {key})",
                 f"ROW_NUMBER() OVER (PARTITION BY {part} ORDER BY {number} DESC, {key})", f"RANK() OVER (PARTITION BY {part} ORDER BY {number})",
                 f"SUM({number}) OVER ()", f"SUM({number}) OVER (PARTITION BY {part})", f"AVG({number}) OVER (PARTITION BY {part})",
                 f"COUNT(*) OVER (PARTITION BY {part}, {other})", f"MAX({number}) OVER (PARTITION BY {other})", f"MIN({number}) OVER (PARTITION BY {part})",
                 f"SUM({number}) OVER (ORDER BY {key})", f"SUM({number}) OVER (PARTITION BY {part} ORDER BY {key})",
                 f"SUM({number}) OVER (ORDER BY {key} ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)",
                 f"SUM({number}) OVER (ORDER BY {key} ROWS UNBOUNDED PRECEDING)",
                 f"AVG({number}) OVER (PARTITION BY {part} ORDER BY {key} ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)",
                 f"COUNT(*) OVER (ORDER BY {number} RANGE BETWEEN 10 PRECEDING AND 10 FOLLOWING)",
                 f"LAG({number}) OVER (ORDER BY {key})", f"LAG({number}, 2) OVER (PARTITION BY {part} ORDER BY {key})",
                 f"LEAD({number}) OVER (PARTITION BY {part} ORDER BY {key})", f"LEAD({number}, 1) OVER (ORDER BY {key} DESC)",
                 f"FIRST_VALUE({number}) OVER (PARTITION BY {part} ORDER BY {key})",
                 f"LAST_VALUE({number}) OVER (PARTITION BY {part} ORDER BY {key} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
                 f"NTH_VALUE({number}, 2) OVER (PARTITION BY {part} ORDER BY {key})"]
        for call in whole:
            add("windows", f"SELECT {key}, {call} AS w FROM {table} ORDER BY {key}")
        for call in whole[:10]:
            add("windows", f"SELECT x.w, COUNT(*) FROM (SELECT {key}, {call} AS w FROM {table}) x GROUP BY x.w ORDER BY x.w")
            add("windows", f"SELECT {key}, {call} AS w FROM {table} WHERE {number} > 5 ORDER BY w DESC, {key} LIMIT 4")
        add("windows", f"SELECT * FROM (SELECT {key}, ROW_NUMBER() OVER (PARTITION BY {part} ORDER BY {number} DESC, {key}) AS n FROM {table}) x WHERE x.n <= 2 ORDER BY {key}")
        add("windows", f"SELECT {part}, COUNT(*), SUM(COUNT(*)) OVER (ORDER BY {part}) AS running FROM {table} GROUP BY {part} ORDER BY {part}")
        add("windows", f"SELECT {part}, SUM({number}) AS s, RANK() OVER (ORDER BY SUM({number}) DESC) AS r FROM {table} GROUP BY {part} ORDER BY {part}")
        add("windows", f"SELECT {key}, {number} - AVG({number}) OVER (PARTITION BY {part}) AS apart FROM {table} ORDER BY {key}")
        add("windows", f"SELECT {key}, SUM({number}) OVER w AS s, COUNT(*) OVER w AS n FROM {table} WINDOW w AS (PARTITION BY {part} ORDER BY {key}) ORDER BY {key}")
        add("windows", f"SELECT DISTINCT {part}, MAX({number}) OVER (PARTITION BY {part}) AS m FROM {table}")
    add("windows", "SELECT c.name, o.id, SUM(o.total) OVER (PARTITION BY c.id ORDER BY o.id) AS running FROM customers c JOIN orders o ON o.customer_id = c.id ORDER BY c.id, o.id")
    add("windows", "SELECT i.order_id, i.line, RANK() OVER (PARTITION BY p.category ORDER BY i.price) AS r FROM items i JOIN products p ON p.id = i.product_id ORDER BY 1, 2")


def set_operations():
    arms = {
        "number": ["SELECT id FROM customers", "SELECT customer_id FROM orders", "SELECT order_id FROM items", "SELECT id FROM staff WHERE salary > 2000", "SELECT product_id FROM items WHERE quantity > 1", "SELECT id FROM products"],
        "text": ["SELECT region FROM customers", "SELECT code FROM regions", "SELECT team FROM staff", "SELECT kind FROM events", "SELECT category FROM products"],
        "pair": ["SELECT customer_id, id FROM orders", "SELECT customer_id, order_id FROM refunds", "SELECT manager_id, id FROM customers", "SELECT boss_id, id FROM staff"],
    }
    operators = ["UNION", "UNION ALL", "UNION DISTINCT", "INTERSECT", "EXCEPT"]
    for kind, some in arms.items():
        order = "1, 2" if kind == "pair" else "1"
        for (a, b), operator in itertools.product(itertools.permutations(some, 2), operators):
            if (some.index(a) + some.index(b)) % 2 == 0 and operator in ("UNION DISTINCT", "INTERSECT"):
                continue
            add("set_operations", f"{a} {operator} {b} ORDER BY {order}")
    for a, b, c in itertools.combinations(arms["number"], 3):
        add("set_operations", f"{a} UNION {b} UNION ALL {c} ORDER BY 1")
        first = a.replace(" FROM", " AS n FROM")
        add("set_operations", f"SELECT COUNT(*), SUM(x.n) FROM ({first} UNION ALL {b} UNION ALL {c}) x")
    for a, b in itertools.combinations(arms["text"], 2):
        add("set_operations", f"({a}) UNION ({b}) ORDER BY 1 LIMIT 3")
        add("set_operations", f"SELECT x.t, COUNT(*) FROM ({a.replace(' FROM', ' AS t FROM')} UNION ALL {b}) x GROUP BY x.t ORDER BY x.t")
        add("set_operations", f"SELECT name FROM staff WHERE team IN ({a} UNION {b}) ORDER BY id")
    add("set_operations", "(SELECT id, total FROM orders ORDER BY total DESC, id LIMIT 3) UNION ALL (SELECT id, amount FROM refunds ORDER BY id LIMIT 2) ORDER BY 1, 2")
    add("set_operations", "SELECT 'customer' AS what, COUNT(*) AS n FROM customers UNION ALL SELECT 'order', COUNT(*) FROM orders UNION ALL SELECT 'item', COUNT(*) FROM items ORDER BY 1")
    add("set_operations", "SELECT id, name, NULL AS team FROM customers UNION ALL SELECT id, name, team FROM staff ORDER BY 1, 2, 3")
    add("set_operations", "SELECT 1 AS n UNION SELECT score FROM customers ORDER BY n")
    add("set_operations", "SELECT total FROM orders UNION SELECT score FROM customers UNION SELECT weight FROM products ORDER BY 1")


def common_tables():
    bodies = [
        ("SELECT customer_id, SUM(total) AS v FROM orders GROUP BY customer_id", "customer_id"),
        ("SELECT id, credit AS v FROM customers WHERE credit > 50", "id"),
        ("SELECT order_id, SUM(quantity * price) AS v FROM items GROUP BY order_id", "order_id"),
        ("SELECT team, COUNT(*) AS v FROM staff GROUP BY team", "team"),
        ("SELECT kind, MAX(value) AS v FROM events GROUP BY kind", "kind"),
        ("SELECT i.product_id, SUM(i.quantity) AS v FROM items i JOIN orders o ON o.id = i.order_id GROUP BY i.product_id", "product_id"),
    ]
    uses = [
        "SELECT * FROM w ORDER BY {k}", "SELECT COUNT(*), SUM(v) FROM w", "SELECT {k} FROM w WHERE v = (SELECT MAX(v) FROM w) ORDER BY {k}",
        "SELECT a.{k}, b.{k} FROM w a JOIN w b ON a.v < b.v ORDER BY 1, 2", "SELECT {k}, v, RANK() OVER (ORDER BY v) AS r FROM w ORDER BY {k}",
        "SELECT {k} FROM w UNION SELECT {k} FROM w ORDER BY 1", "SELECT AVG(v), MIN({k}) FROM w WHERE v > 1", "SELECT {k}, (SELECT COUNT(*) FROM w x WHERE x.v >= w.v) AS place FROM w ORDER BY {k}",
        "SELECT {k} FROM w WHERE v > (SELECT AVG(v) FROM w) ORDER BY v DESC, {k} LIMIT 3", "SELECT c.id, w.v FROM customers c LEFT JOIN w ON w.{k} = c.id ORDER BY c.id, w.v",
    ]
    for (body, key), use in itertools.product(bodies, uses):
        if "customers c LEFT JOIN" in use and key in ("team", "kind"):
            continue
        add("common_tables", f"WITH w AS ({body}) {use.format(k=key)}")
    for (a, ka), (b, kb) in itertools.permutations(bodies[:4], 2):
        add("common_tables", f"WITH a AS ({a}), b AS ({b}) SELECT COUNT(*) FROM a, b WHERE a.v > b.v")
    for sql in [
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT i FROM n ORDER BY i",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT n.i, COUNT(c.id) FROM n LEFT JOIN customers c ON c.score = n.i GROUP BY n.i ORDER BY n.i",
        "WITH RECURSIVE up AS (SELECT id, boss_id, 0 AS depth FROM staff WHERE boss_id IS NULL UNION ALL SELECT s.id, s.boss_id, up.depth + 1 FROM up JOIN staff s ON s.boss_id = up.id) SELECT id, depth FROM up ORDER BY id",
        "WITH RECURSIVE up AS (SELECT id, boss_id, CAST(name AS CHAR(200)) AS path FROM staff WHERE boss_id IS NULL UNION ALL SELECT s.id, s.boss_id, CONCAT(up.path, '/', s.name) FROM up JOIN staff s ON s.boss_id = up.id) SELECT path FROM up ORDER BY id",
        "WITH RECURSIVE up AS (SELECT id, boss_id FROM staff WHERE id = 9 UNION SELECT s.id, s.boss_id FROM up JOIN staff s ON s.id = up.boss_id) SELECT COUNT(*) FROM up",
        "WITH RECURSIVE d AS (SELECT DATE '2024-01-01' AS day UNION ALL SELECT day + INTERVAL 1 DAY FROM d WHERE day < '2024-01-10') SELECT d.day, COUNT(o.id) FROM d LEFT JOIN orders o ON DATE(o.placed) = d.day GROUP BY d.day ORDER BY d.day",
        "WITH a AS (SELECT id FROM customers), b AS (SELECT id FROM a WHERE id > 3) SELECT COUNT(*) FROM b",
        "WITH a (x, y) AS (SELECT id, name FROM staff) SELECT y FROM a WHERE x < 5 ORDER BY x",
        "SELECT * FROM (WITH w AS (SELECT id FROM customers WHERE id < 4) SELECT id FROM w) x ORDER BY id",
        "SELECT id FROM customers WHERE id IN (WITH w AS (SELECT customer_id FROM orders) SELECT customer_id FROM w) ORDER BY id",
    ]:
        add("common_tables", sql)


def json():
    documents = [("customers", "profile", "id"), ("products", "attributes", "id")]
    calls = [
        "JSON_EXTRACT({}, '$.a')", "JSON_UNQUOTE(JSON_EXTRACT({}, '$.b'))", "JSON_VALUE({}, '$.b')", "JSON_LENGTH({})", "JSON_LENGTH({}, '$.list')",
        "JSON_TYPE({})", "JSON_TYPE(JSON_EXTRACT({}, '$.list'))", "JSON_KEYS({})", "JSON_VALID({})", "JSON_DEPTH({})",
        "JSON_CONTAINS({}, '2', '$.list')", "JSON_CONTAINS_PATH({}, 'one', '$.a', '$.zzz')", "JSON_CONTAINS_PATH({}, 'all', '$.a', '$.b')",
        "JSON_SEARCH({}, 'one', 'x')", "JSON_SET({}, '$.a', 9)", "JSON_INSERT({}, '$.z', 1)", "JSON_REPLACE({}, '$.a', 'r')", "JSON_REMOVE({}, '$.b')",
        "JSON_ARRAY_APPEND({}, '$.list', 7)", "JSON_ARRAY_INSERT({}, '$.list[0]', 7)", "JSON_MERGE_PATCH({}, '{{\"q\": 1}}')", "JSON_MERGE_PRESERVE({}, '{{\"q\": 1}}')",
        "JSON_QUOTE(JSON_UNQUOTE(JSON_EXTRACT({}, '$.b')))", "JSON_OBJECT('doc', JSON_EXTRACT({}, '$.a'))", "JSON_ARRAY(JSON_EXTRACT({}, '$.a'), 1)",
        "JSON_EXTRACT({}, '$.list[0]')", "JSON_EXTRACT({}, '$.list[*]')", "JSON_EXTRACT({}, '$.*')", "CAST(JSON_EXTRACT({}, '$.a') AS SIGNED)", "JSON_OVERLAPS(JSON_EXTRACT({}, '$.list'), '[1, 2]')",
        "JSON_PRETTY(JSON_EXTRACT({}, '$.list'))",
    ]
    for (table, column, key), call in itertools.product(documents, calls):
        only = "mysql" if "PRETTY" in call else None
        add("json", f"SELECT {key}, {call.format(column)} AS v FROM {table} ORDER BY {key}", only=only)
    for (table, column, key), call in itertools.product(documents, calls[:10]):
        add("json", f"SELECT COUNT(*) FROM {table} WHERE {call.format(column)} IS NOT NULL")
    for table, column, key in documents:
        add("json", f"SELECT {key} FROM {table} WHERE JSON_EXTRACT({column}, '$.a') > 2 ORDER BY {key}")
        add("json", f"SELECT {key} FROM {table} WHERE JSON_UNQUOTE(JSON_EXTRACT({column}, '$.b')) = 'x' ORDER BY {key}")
        add("json", f"SELECT JSON_UNQUOTE(JSON_EXTRACT({column}, '$.b')) AS b, COUNT(*) FROM {table} GROUP BY b ORDER BY b")
        add("json", f"SELECT t.{key}, j.v FROM {table} t JOIN JSON_TABLE(t.{column}, '$.list[*]' COLUMNS (v INT PATH '$')) j ORDER BY 1, 2")
        add("json", f"SELECT t.{key}, j.o, j.v FROM {table} t, JSON_TABLE(t.{column}, '$.list[*]' COLUMNS (o FOR ORDINALITY, v VARCHAR(10) PATH '$')) j ORDER BY 1, 2")
        add("json", f"SELECT SUM(j.v), COUNT(*) FROM {table} t JOIN JSON_TABLE(t.{column}, '$.list[*]' COLUMNS (v INT PATH '$')) j")
        add("json", f"SELECT j.v, COUNT(*) FROM {table} t JOIN JSON_TABLE(t.{column}, '$.list[*]' COLUMNS (v INT PATH '$')) j GROUP BY j.v ORDER BY j.v")
        add("json", f"SELECT t.{key}, j.b FROM {table} t LEFT JOIN JSON_TABLE(t.{column}, '$' COLUMNS (b VARCHAR(20) PATH '$.b' DEFAULT '\"none\"' ON EMPTY)) j ON TRUE ORDER BY 1, 2")
        add("json", f"SELECT {key}, {column}->'$.a', {column}->>'$.b' FROM {table} ORDER BY {key}", only="mysql")
        add("json", f"SELECT {key} FROM {table} WHERE {column}->'$.a' = 3 ORDER BY {key}", only="mysql")
        add("json", f"SELECT {key}, {column} FROM {table} ORDER BY {key}")
        add("json", f"SELECT JSON_ARRAYAGG({key}) FROM {table} WHERE {key} = 3")
        add("json", f"SELECT JSON_OBJECTAGG({key}, name) FROM {table} WHERE {key} = 3")
        add("json", f"SELECT JSON_LENGTH(JSON_ARRAYAGG({key})) FROM {table}")
        add("json", f"SELECT JSON_LENGTH(JSON_OBJECTAGG({key}, name)) FROM {table}")
        add("json", f"SELECT {key}, 2 MEMBER OF (JSON_EXTRACT({column}, '$.list')) AS m FROM {table} ORDER BY {key}", only="mysql")
    add("json", "SELECT region, JSON_LENGTH(JSON_ARRAYAGG(id)) AS n FROM customers GROUP BY region ORDER BY region")
    add("json", "SELECT c.id, JSON_OBJECT('name', c.name, 'orders', (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id)) AS doc FROM customers c ORDER BY c.id")
    add("json", "SELECT JSON_ARRAYAGG(id ORDER BY id) FROM customers", only="mariadb")


def functions():
    texts = [
        "UPPER({})", "LOWER({})", "CHAR_LENGTH({})", "LENGTH({})", "CONCAT({}, '!')", "CONCAT_WS('-', {}, id)", "SUBSTRING({}, 2)", "SUBSTRING({}, 1, 2)", "SUBSTR({} FROM 2 FOR 2)",
        "LEFT({}, 3)", "RIGHT({}, 3)", "REVERSE({})", "REPLACE({}, 'a', 'b')", "TRIM({})", "LTRIM({})", "RTRIM({})", "LPAD({}, 10, '*')", "RPAD({}, 10, '*')", "REPEAT({}, 2)",
        "INSTR({}, 'a')", "LOCATE('a', {})", "POSITION('a' IN {})", "LOCATE('a', {}, 2)", "ASCII({})", "ORD({})", "HEX({})", "MD5({})", "SHA1({})", "SHA2({}, 256)", "CRC32({})",
        "QUOTE({})", "INSERT({}, 1, 1, 'Z')", "ELT(1, {}, 'x')", "FIELD({}, 'Ann', 'Bob')", "FIND_IN_SET({}, 'Ann,Bob')", "STRCMP({}, 'M')", "SUBSTRING_INDEX({}, 'a', 1)", "SOUNDEX({})",
        "BIT_LENGTH({})", "TO_BASE64({})", "FROM_BASE64(TO_BASE64({}))", "UNHEX(HEX({}))", "{} LIKE '%a%'", "{} NOT LIKE 'A%'", "{} REGEXP '^[A-M]'", "{} RLIKE 'n'", "REGEXP_REPLACE({}, '[aeiou]', '')",
        "REGEXP_SUBSTR({}, '[a-z]+')", "REGEXP_INSTR({}, 'n')", "COALESCE({}, 'none')", "IFNULL({}, 'none')", "NULLIF({}, 'Ann')", "IF({} > 'M', 'late', 'early')",
        "CASE {} WHEN 'Ann' THEN 1 WHEN 'Bob' THEN 2 ELSE 0 END", "CASE WHEN {} < 'F' THEN 'a' WHEN {} < 'P' THEN 'b' END", "GREATEST({}, 'M')", "LEAST({}, 'M')", "CAST({} AS CHAR(3))", "CAST({} AS BINARY)",
        "CONVERT({} USING latin1)", "{} COLLATE utf8mb4_bin", "COLLATION({})", "CHARSET({})", "COERCIBILITY({})", "WEIGHT_STRING({})", "INET_ATON(CONCAT('10.0.0.', CHAR_LENGTH({})))", "{} = 'ann'", "BINARY {} = 'ann'",
        "MAKE_SET(3, {}, 'b')", "EXPORT_SET(5, 'Y', 'N', ',', CHAR_LENGTH({}))", "FORMAT(CHAR_LENGTH({}), 2)", "CHAR(65, CHAR_LENGTH({}) + 65)", "SPACE(CHAR_LENGTH({}))", "COMPRESS({}) IS NULL",
    ]
    for call in texts:
        only = "mariadb" if call.startswith(("MD5", "SHA1")) else None
        add("strings", f"SELECT id, {call.format(*['name'] * call.count('{}'))} AS v FROM customers ORDER BY id", only=only)
    for call in texts[:26]:
        add("strings", f"SELECT {call.format('name')} AS v, COUNT(*) FROM staff GROUP BY v ORDER BY v, COUNT(*)" if "UPPER" not in call else f"SELECT UPPER(team) AS v, COUNT(*) FROM staff GROUP BY v ORDER BY v")
        add("strings", f"SELECT id FROM staff ORDER BY {call.format('name')}, id LIMIT 5")
    numbers = [
        "{} + 1", "{} - 1.5", "{} * 2", "{} / 3", "{} DIV 2", "{} % 3", "MOD({}, 4)", "-{}", "ABS({})", "SIGN({})", "FLOOR({})", "CEIL({})", "CEILING({})", "ROUND({})", "ROUND({}, 1)", "ROUND({}, -1)",
        "TRUNCATE({}, 1)", "POWER({}, 2)", "SQRT(ABS({}))", "EXP(1 + 0 * {})", "LN(1 + ABS({}))", "LOG10(1 + ABS({}))", "LOG2(1 + ABS({}))", "SIN({})", "ROUND(COS({}), 8)", "ATAN({})", "DEGREES({})", "RADIANS({})", "PI() + 0 * {}",
        "GREATEST({}, 5)", "LEAST({}, 5)", "{} & 3", "{} | 8", "{} ^ 1", "~0 & {}", "{} << 1", "{} >> 1", "BIT_COUNT({})", "CONV({}, 10, 2)", "BIN({})", "OCT({})", "HEX({})", "FORMAT({}, 1)", "CRC32({})",
        "CAST({} AS DECIMAL(12,3))", "CAST({} AS SIGNED)", "CAST({} AS UNSIGNED)", "CAST({} AS CHAR)", "CAST({} AS DOUBLE)", "{} BETWEEN 2 AND 7", "{} IN (1, 3, 5)", "{} IS NULL", "{} <=> NULL", "{} IS TRUE", "NOT {}", "{} XOR 1", "{} AND 1", "{} OR 0",
        "IF({} > 4, 'big', 'small')", "IFNULL({}, -1)", "NULLIF({}, 3)", "COALESCE({}, id)", "CASE WHEN {} > 4 THEN 2 WHEN {} IS NULL THEN 1 ELSE 0 END", "INTERVAL({}, 2, 4, 8)", "ELT(1 + ({} % 2), 'odd', 'even')",
    ]
    for call in numbers:
        for table, column, key in [("customers", "score", "id"), ("staff", "salary", "id")]:
            if column == "salary" and any(word in call for word in ("&", "|", "^", "<<", ">>", "BIT", "CONV", "~", "OCT", "BIN(", "HEX", "AS UNSIGNED", "SIN(", "COS(", "EXP", "LN", "LOG")):
                continue
            add("numbers", f"SELECT {key}, {call.format(*[column] * call.count('{}'))} AS v FROM {table} ORDER BY {key}")
    for call in numbers[:20]:
        add("numbers", f"SELECT SUM({call.format('quantity')}) FROM items" if not any(w in call for w in ("EXP", "SQRT", "POWER")) else f"SELECT MAX({call.format('quantity')}) FROM items")
        add("numbers", f"SELECT id FROM orders WHERE {call.format('total')} > 20 ORDER BY id")
    dates = [
        "YEAR({})", "MONTH({})", "DAY({})", "DAYOFMONTH({})", "DAYOFWEEK({})", "DAYOFYEAR({})", "WEEK({})", "WEEK({}, 3)", "WEEKOFYEAR({})", "YEARWEEK({})", "WEEKDAY({})", "QUARTER({})", "DAYNAME({})", "MONTHNAME({})", "LAST_DAY({})", "TO_DAYS({})", "TO_SECONDS({})",
        "HOUR({})", "MINUTE({})", "SECOND({})", "MICROSECOND({})", "DATE({})", "TIME({})", "TIMESTAMP({})", "UNIX_TIMESTAMP({})", "DATE_FORMAT({}, '%Y-%m')", "DATE_FORMAT({}, '%W %d %b %H:%i')", "TIME_FORMAT({}, '%H %i')", "EXTRACT(YEAR FROM {})", "EXTRACT(YEAR_MONTH FROM {})", "EXTRACT(DAY_HOUR FROM {})",
        "{} + INTERVAL 1 DAY", "{} - INTERVAL 1 MONTH", "{} + INTERVAL 90 MINUTE", "{} + INTERVAL '1:30' HOUR_MINUTE", "{} + INTERVAL '1-2' YEAR_MONTH", "DATE_ADD({}, INTERVAL 1 WEEK)", "DATE_SUB({}, INTERVAL 1 QUARTER)", "ADDDATE({}, 3)", "SUBDATE({}, 3)", "ADDTIME({}, '01:00:00')", "SUBTIME({}, '00:30:00')",
        "DATEDIFF({}, '2024-01-01')", "TIMEDIFF({}, '2024-01-01 00:00:00')", "TIMESTAMPDIFF(DAY, '2024-01-01', {})", "TIMESTAMPDIFF(HOUR, '2024-01-01', {})", "TIMESTAMPADD(MONTH, 1, {})", "PERIOD_DIFF(202406, EXTRACT(YEAR_MONTH FROM {}))", "STR_TO_DATE(DATE_FORMAT({}, '%d/%m/%Y'), '%d/%m/%Y')", "CAST({} AS DATE)", "CAST({} AS TIME)", "CAST({} AS CHAR)", "CAST({} AS UNSIGNED)", "CONVERT_TZ({}, '+00:00', '+02:00')", "FROM_DAYS(TO_DAYS({}))", "{} > '2024-01-15'", "{} BETWEEN '2024-01-05' AND '2024-01-25'", "MAKEDATE(YEAR({}), 32)", "FROM_UNIXTIME(UNIX_TIMESTAMP({}))", "SEC_TO_TIME(HOUR({}) * 60)", "TIME_TO_SEC(TIME({}))", "GREATEST({}, '2024-01-20 00:00:00')",
    ]
    for call in dates:
        add("temporal", f"SELECT id, {call.format('placed')} AS v FROM orders ORDER BY id")
    for call in dates[:31]:
        add("temporal", f"SELECT {call.format('placed')} AS v, COUNT(*), SUM(total) FROM orders GROUP BY v ORDER BY v")
    for call in dates[:17]:
        add("temporal", f"SELECT MIN({call.format('joined')}), MAX({call.format('joined')}) FROM customers")
        add("temporal", f"SELECT id FROM customers ORDER BY {call.format('joined')} DESC, id LIMIT 4")
    for part in ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "HOUR", "MINUTE", "SECOND"]:
        add("temporal", f"SELECT COUNT(*) FROM orders WHERE placed > DATE '2024-03-01' - INTERVAL 1 {part}")
        add("temporal", f"SELECT id, placed + INTERVAL id {part} AS v FROM orders ORDER BY v, id")
        add("temporal", f"SELECT TIMESTAMPDIFF({part}, MIN(placed), MAX(placed)) FROM orders")
    for sql in [
        "SELECT COUNT(DISTINCT NOW()) FROM orders", "SELECT COUNT(*) FROM orders WHERE placed < NOW()", "SELECT COUNT(*) FROM customers WHERE joined <= CURDATE()", "SELECT COUNT(DISTINCT CURRENT_TIMESTAMP) FROM customers c JOIN items i",
        "SELECT COUNT(*) FROM orders WHERE YEAR(NOW()) >= 2024", "SELECT MAX(UTC_TIMESTAMP() >= placed) FROM orders", "SELECT COUNT(*) FROM orders WHERE DATEDIFF(CURDATE(), placed) > 0",
        "SELECT id, USER() = CURRENT_USER() OR TRUE AS u FROM customers ORDER BY id LIMIT 2", "SELECT DATABASE(), COUNT(*) FROM orders GROUP BY 1 ORDER BY 1", "SELECT COUNT(*) FROM orders WHERE CONNECTION_ID() > 0",
        "SELECT @@sql_mode = '' OR TRUE, COUNT(*) FROM customers GROUP BY 1 ORDER BY 1", "SELECT COUNT(*) FROM orders WHERE RAND() < 2", "SELECT COUNT(DISTINCT UUID()) > 1 FROM orders", "SELECT ROUND(AVG(total), 2), VERSION() IS NOT NULL FROM orders",
        "SELECT SUM(total > 20 AND NOW() > '2020-01-01') FROM orders", "SELECT LAST_INSERT_ID() * 0, COUNT(*) FROM items", "SELECT COUNT(*) FROM events WHERE UNIX_TIMESTAMP() > 0", "SELECT SYSDATE() > '2020-01-01', COUNT(*) FROM events GROUP BY 1 ORDER BY 1",
    ]:
        add("session", sql)
    for sql in [
        "SET @low = 20", "SELECT id FROM orders WHERE total > @low ORDER BY id", "SELECT COUNT(*), @low FROM orders", "SET @low = (SELECT AVG(total) FROM orders)", "SELECT id FROM orders WHERE total > @low ORDER BY id DESC",
        "SELECT c.id, @low + c.id AS v FROM customers c JOIN items i ON i.order_id = c.id ORDER BY c.id, i.line", "SET time_zone = '+03:00'", "SELECT id, FROM_UNIXTIME(1700000000 + id) AS v FROM customers ORDER BY id", "SELECT COUNT(*) FROM customers c JOIN orders o ON HOUR(FROM_UNIXTIME(0)) = 3 AND o.id = c.id",
        "SET time_zone = '+00:00'", "SET SESSION group_concat_max_len = 20", "SELECT LENGTH(GROUP_CONCAT(id ORDER BY id)) <= 20 FROM customers WHERE id < 4", "SET SESSION group_concat_max_len = DEFAULT", "SET sql_mode = 'PIPES_AS_CONCAT'",
        "SELECT id, name || '/' || region AS v FROM customers ORDER BY id", "SELECT s.name || b.name AS v FROM staff s JOIN staff b ON b.id = s.boss_id ORDER BY s.id", "SET sql_mode = DEFAULT", "SET lc_time_names = 'de_DE'", "SELECT DAYNAME(joined) AS d, COUNT(*) FROM customers GROUP BY d ORDER BY d", "SET lc_time_names = 'en_US'",
        "SET div_precision_increment = 8", "SELECT SUM(total) / 7 FROM orders", "SELECT c.region, SUM(i.price) / 3 FROM customers c JOIN items i ON i.order_id = c.id GROUP BY c.region ORDER BY c.region", "SET div_precision_increment = 4",
    ]:
        add("session", sql)


def conditions():
    forms = [
        "{a} = {b}", "{a} <> {b}", "{a} != {b}", "{a} < {b}", "{a} >= {b}", "{a} <=> {b}", "NOT {a} = {b}", "{a} = {b} OR {c}", "{a} = {b} AND {c}", "{a} IN ({b}, 3)", "{a} NOT IN ({b}, 3)", "{a} BETWEEN {b} AND 9", "{a} NOT BETWEEN {b} AND 9",
        "{a} IS NULL", "{a} IS NOT NULL", "({a} > {b}) IS UNKNOWN", "({a} > {b}) IS NOT FALSE", "({a}, id) = ({b}, 2)", "({a}, id) IN (({b}, 2), (3, 3))", "({a}, id) > ({b}, 2)", "{a} = {b} XOR {c}", "NOT ({a} = {b} OR NOT {c})", "{a} + id > {b} * 2", "COALESCE({a}, 0) > {b}", "{a} > {b} AND {a} < 9 AND ({c} OR id = 1)",
        "CASE WHEN {a} > {b} THEN {c} ELSE id > 3 END", "IF({a} IS NULL, id > 4, {a} > {b})", "{a} = '{b}'", "{a} LIKE '{b}%'",
    ]
    tables = [("customers", "score", "4", "credit > 100"), ("orders", "customer_id", "3", "total > 20"), ("events", "value", "5", "kind = 'login'"), ("staff", "boss_id", "2", "salary > 2200"), ("items", "product_id", "2", "quantity > 1")]
    for (table, a, b, c), form in itertools.product(tables, forms):
        text = form.format(a=a, b=b, c=c)
        key = "id"
        if table == "items":
            text, key = text.replace(" id ", " line ").replace("(id ", "(line ").replace(", id)", ", line)").replace("+ id", "+ line"), "order_id, line"
        add("conditions", f"SELECT {key} FROM {table} WHERE {text} ORDER BY {key}")
    for sql in [
        "SELECT id FROM customers WHERE id = 3", "SELECT id FROM customers WHERE id IN (1, 4, 6) ORDER BY id", "SELECT * FROM orders WHERE customer_id = 2 ORDER BY id", "SELECT COUNT(*) FROM customers WHERE TRUE", "SELECT COUNT(*) FROM customers WHERE FALSE",
        "SELECT COUNT(*) FROM customers WHERE NULL", "SELECT id FROM customers WHERE 1 = 1 AND id > 2 ORDER BY id", "SELECT id FROM customers WHERE id = 1 OR id = 5 ORDER BY id", "SELECT id FROM customers WHERE id = 1 AND id = 5",
        "SELECT id FROM customers WHERE region = 'N' COLLATE utf8mb4_bin ORDER BY id", "SELECT id FROM customers WHERE name LIKE 'a\\_%' ORDER BY id", "SELECT id FROM customers WHERE name LIKE 'A|%' ESCAPE '|' ORDER BY id", "SELECT id FROM customers WHERE grade > 1 ORDER BY id", "SELECT id FROM customers WHERE grade IN ('gold', 'silver') ORDER BY id",
    ]:
        add("conditions", sql)


def orders():
    tables = [("customers", ["name", "credit", "score", "joined", "grade", "region"], "id"), ("orders", ["total", "placed", "status"], "id"), ("items", ["quantity", "price"], "order_id, line"), ("staff", ["name", "salary", "team"], "id"), ("events", ["kind", "value"], "id"), ("products", ["name", "price", "weight"], "id")]
    for table, columns, key in tables:
        for column in columns:
            for direction in ["", " DESC"]:
                add("order", f"SELECT {key}, {column} FROM {table} ORDER BY {column}{direction}, {key}")
                add("order", f"SELECT {key} FROM {table} ORDER BY {column}{direction}, {key} LIMIT 3")
                add("order", f"SELECT {key} FROM {table} ORDER BY {column} IS NULL, {column}{direction}, {key} LIMIT 2, 4")
            add("order", f"SELECT {column} AS c, {key} FROM {table} ORDER BY 1, {key}")
            add("order", f"SELECT DISTINCT {column} FROM {table} ORDER BY {column}")
            add("order", f"SELECT DISTINCT {column} FROM {table} ORDER BY {column} DESC LIMIT 2 OFFSET 1")
            add("order", f"SELECT {key} FROM {table} ORDER BY -{column}, {key}" if column in ("credit", "score", "total", "quantity", "price", "salary", "value", "weight") else f"SELECT {key} FROM {table} ORDER BY LENGTH({column}), {key}")
        add("order", f"SELECT {', '.join(columns)} FROM {table} ORDER BY {', '.join(columns)}, {key}")
        add("order", f"SELECT DISTINCT {columns[0]}, {columns[1]} FROM {table} ORDER BY 2, 1")
        add("order", f"SELECT * FROM {table} ORDER BY {key} LIMIT 1000 OFFSET 3")
        add("order", f"SELECT {key} FROM {table} ORDER BY {key} LIMIT 0")
        add("order", f"SELECT COUNT(*) FROM (SELECT {key} FROM {table} ORDER BY {columns[0]}, {key} LIMIT 5) x")
        add("order", f"SELECT {key} FROM {table} ORDER BY {key} LIMIT 2 FOR UPDATE")
        add("order", f"SELECT {key} FROM {table} WHERE {columns[0]} IS NOT NULL ORDER BY {key} LOCK IN SHARE MODE")
    add("order", "SELECT id FROM customers ORDER BY FIELD(region, 'S', 'N'), id")
    add("order", "SELECT id, credit * 2 AS twice FROM customers ORDER BY twice + id, id")
    add("order", "SELECT region, MAX(credit) FROM customers GROUP BY region ORDER BY MAX(credit) DESC, region")
    add("order", "SELECT id FROM customers ORDER BY NULL, id")
    add("order", "SELECT id FROM customers ORDER BY name COLLATE utf8mb4_bin, id")
    add("order", "SELECT SQL_NO_CACHE id FROM customers ORDER BY id")
    add("order", "SELECT ALL id FROM customers ORDER BY id")
    add("order", "SELECT c.id FROM customers AS c FORCE INDEX (PRIMARY) ORDER BY c.id")


def changes():
    check = {"customers": "SELECT * FROM customers ORDER BY id", "orders": "SELECT * FROM orders ORDER BY id", "items": "SELECT * FROM items ORDER BY order_id, line", "events": "SELECT * FROM events ORDER BY id", "staff": "SELECT * FROM staff ORDER BY id", "products": "SELECT * FROM products ORDER BY id", "regions": "SELECT * FROM regions ORDER BY code", "refunds": "SELECT * FROM refunds ORDER BY id"}
    sets = {"customers": [("score", "score + 1"), ("credit", "credit * 1.1"), ("name", "CONCAT(name, 'x')"), ("grade", "'gold'"), ("joined", "joined + INTERVAL 1 DAY")], "orders": [("total", "total - 1"), ("status", "'done'"), ("note", "CONCAT_WS(' ', note, 'n')")], "items": [("quantity", "quantity + 1"), ("price", "ROUND(price * 1.5, 2)")], "events": [("value", "COALESCE(value, 0) + 1"), ("kind", "UPPER(kind)")], "staff": [("salary", "salary + 100"), ("team", "'ops'")], "products": [("price", "price + 0.5"), ("name", "TRIM(name)")], "regions": [("number", "number + 10")]}
    keys = {"customers": "id", "orders": "id", "items": "order_id, line", "events": "id", "staff": "id", "products": "id", "regions": "code"}
    filters = {"customers": ["id = 3", "id IN (1, 2, 9)", "credit > 100", "score IS NULL", "region = 'N' AND grade <> 'gold'"], "orders": ["customer_id = 2", "customer_id = 2 AND id = 3", "total > 60", "status = 'open'"], "items": ["order_id = 2", "quantity < 2", "order_id = 3 AND line = 1"], "events": ["id = 4", "kind = 'login'", "value IS NULL"], "staff": ["id = 2", "boss_id IS NULL", "salary < 1500"], "products": ["id = 1", "category = 'tool'"], "regions": ["code = 'N'"]}
    for table, assignments in sets.items():
        for (column, value), where in itertools.product(assignments, filters[table]):
            add("updates", f"UPDATE {table} SET {column} = {value} WHERE {where}")
        pair = ", ".join(f"{column} = {value}" for column, value in assignments[:2])
        add("updates", f"UPDATE {table} SET {pair} WHERE {filters[table][0]}")
        add("updates", f"UPDATE {table} SET {assignments[0][0]} = DEFAULT WHERE {filters[table][0]}" if table in ("customers", "events") else f"UPDATE {table} SET {pair} WHERE {filters[table][-1]} AND TRUE")
        for where in filters[table][:2]:
            add("updates", f"UPDATE {table} SET {assignments[0][0]} = {assignments[0][1]} WHERE {where} ORDER BY {keys[table]} LIMIT 2")
            add("updates", f"UPDATE {table} SET {assignments[0][0]} = {assignments[0][1]} WHERE {where} ORDER BY {keys[table]} DESC LIMIT 1")
        add("updates", f"UPDATE IGNORE {table} SET {assignments[0][0]} = {assignments[0][1]} WHERE {filters[table][0]}")
        add("updates", check[table])
    for sql in [
        "UPDATE customers SET score = (SELECT COUNT(*) FROM orders WHERE orders.customer_id = customers.id) WHERE id < 5", "UPDATE customers c JOIN orders o ON o.customer_id = c.id SET c.score = 7 WHERE o.total > 50", "UPDATE customers c, orders o SET o.note = c.region WHERE o.customer_id = c.id AND c.id = 2",
        "UPDATE orders o JOIN items i ON i.order_id = o.id SET o.note = 'has items' WHERE i.quantity > 1", "UPDATE items i JOIN products p ON p.id = i.product_id SET i.price = p.price WHERE p.category = 'tool'", "UPDATE customers SET manager_id = NULL WHERE manager_id IN (SELECT id FROM staff WHERE salary < 1200)",
        "UPDATE staff SET salary = salary + 1 WHERE id IN (SELECT manager_id FROM customers)", "UPDATE customers c LEFT JOIN orders o ON o.customer_id = c.id SET c.credit = 0 WHERE o.id IS NULL", "UPDATE orders SET total = (SELECT SUM(quantity * price) FROM items WHERE items.order_id = orders.id) WHERE id IN (SELECT order_id FROM items)",
        "UPDATE orders SET customer_id = customer_id + 1 WHERE id = 1", "UPDATE events SET value = NULL WHERE id IN (1, 2)", "UPDATE products SET price = (SELECT MAX(number) FROM regions) WHERE id = 2", "UPDATE customers SET score = 1 WHERE EXISTS (SELECT 1 FROM events e WHERE e.customer_id = customers.id)",
        "UPDATE customers SET profile = JSON_SET(profile, '$.a', 42) WHERE id > 3", "UPDATE orders SET placed = '2024-05-05 05:05:05', note = NULL WHERE total < 30", "SELECT * FROM customers ORDER BY id LIMIT 50", "SELECT * FROM orders ORDER BY id LIMIT 50", "SELECT * FROM items ORDER BY order_id, line LIMIT 50", "SELECT * FROM staff ORDER BY id LIMIT 50",
    ]:
        add("updates", sql)
    for table, some in filters.items():
        key = keys[table]
        for where in some:
            add("deletes", f"DELETE FROM {table} WHERE {where} AND {key.split(',')[0]} > " + ("'M'" if table == "regions" else "2"))
        add("deletes", f"DELETE FROM {table} WHERE {some[-1]} ORDER BY {key} LIMIT 1")
        add("deletes", f"DELETE FROM {table} WHERE {some[0]} OR {some[-1]} ORDER BY {key} DESC LIMIT 1")
        add("deletes", f"DELETE QUICK FROM {table} WHERE {some[0]}")
        add("deletes", f"DELETE IGNORE FROM {table} WHERE {some[0]}")
        add("deletes", f"SELECT COUNT(*), MIN({key.split(',')[0]}) FROM {table}")
    for sql in [
        "DELETE o FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.region = 'S'", "DELETE FROM o USING orders o JOIN customers c ON c.id = o.customer_id WHERE c.grade = 'gold' AND o.total > 90", "DELETE i FROM items i LEFT JOIN orders o ON o.id = i.order_id WHERE o.id IS NULL", "DELETE i FROM items i JOIN products p ON p.id = i.product_id WHERE p.price > 40",
        "DELETE FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE credit < 50)", "DELETE FROM events WHERE customer_id NOT IN (SELECT id FROM customers)", "DELETE FROM items WHERE order_id IN (SELECT id FROM orders WHERE status = 'open') AND quantity = 1", "DELETE FROM customers WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = customers.id) AND id > 8",
        "DELETE o, r FROM orders o JOIN refunds r ON r.customer_id = o.customer_id AND r.order_id = o.id WHERE o.total < 25", "DELETE c, e FROM customers c JOIN events e ON e.customer_id = c.id WHERE c.id = 7", "DELETE FROM staff WHERE salary < (SELECT MIN(credit) FROM customers)", "TRUNCATE TABLE refunds", "SELECT * FROM orders ORDER BY id LIMIT 60", "SELECT * FROM items ORDER BY order_id, line LIMIT 60", "SELECT * FROM events ORDER BY id LIMIT 60",
    ]:
        add("deletes", sql)
    for sql in [
        "INSERT INTO customers (id, name, region, credit, joined, score, grade) VALUES (101, 'New', 'N', 1.5, '2024-04-01', 1, 'gold')", "INSERT INTO customers (id, name) VALUES (102, 'Two'), (103, 'Three'), (104, 'Four')", "INSERT INTO customers SET id = 105, name = 'Five'", "INSERT INTO orders VALUES (201, 101, 'open', '2024-04-02 10:00:00', 11.5, NULL)", "INSERT INTO orders (id, customer_id, total) VALUES (202, 101, 1 + 2 * 3), (203, 102, ROUND(7 / 3, 2))",
        "INSERT INTO items (order_id, line, product_id, quantity, price) VALUES (201, 1, 1, 2, 3.5), (201, 2, 2, 1, 4), (202, 1, 3, 1, 5)", "INSERT INTO events (id, kind, customer_id, value) VALUES (301, CONCAT('lo', 'gin'), 101, 5), (302, UPPER('x'), NULL, NULL)", "INSERT INTO staff (id, boss_id, name, team, salary) VALUES (401, 1, 'Zed', 'ops', DEFAULT)", "INSERT INTO products (id, name, category, price, weight) VALUES (501, 'thing', 'misc', 9.99, 0.5)", "INSERT INTO regions VALUES ('Z', 'Zone', 9)",
        "INSERT IGNORE INTO customers (id, name) VALUES (101, 'again'), (106, 'Six')", "INSERT IGNORE INTO orders (id, customer_id, total) VALUES (201, 101, 5), (204, 101, 6)", "INSERT INTO customers (id, name) VALUES (101, 'dup') ON DUPLICATE KEY UPDATE name = 'dup'", "INSERT INTO customers (id, name, score) VALUES (102, 'dup', 4), (107, 'Seven', 5) ON DUPLICATE KEY UPDATE score = VALUES(score), name = CONCAT(name, '+')", "INSERT INTO orders (id, customer_id, total) VALUES (202, 101, 50) ON DUPLICATE KEY UPDATE total = total + VALUES(total)",
        "REPLACE INTO customers (id, name) VALUES (103, 'Replaced')", "REPLACE INTO orders (id, customer_id, total) VALUES (203, 102, 77), (205, 102, 78)", "REPLACE INTO regions VALUES ('Z', 'Zone 2', 10)", "REPLACE INTO products (id, name, category, price) VALUES (501, 'other', 'misc', 1)", "INSERT INTO events (id, kind, customer_id) SELECT id + 1000, 'copy', customer_id FROM events WHERE id < 5", "INSERT INTO events (id, kind, customer_id, value) SELECT o.id + 2000, o.status, o.customer_id, FLOOR(o.total) FROM orders o WHERE o.total > 30",
        "INSERT INTO orders (id, customer_id, total) SELECT id + 1000, customer_id, total FROM orders WHERE id < 4", "INSERT INTO customers (id, name, credit) SELECT customer_id + 1000, 'sum', SUM(total) FROM orders GROUP BY customer_id", "INSERT INTO refunds (id, customer_id, order_id, amount, reason) SELECT 900 + o.id, o.customer_id, o.id, 1, 'copy' FROM orders o WHERE o.customer_id = 3", "INSERT INTO items (order_id, line, product_id, quantity, price) SELECT i.order_id, i.line + 10, p.id, 1, p.price FROM items i JOIN products p ON p.id = i.product_id WHERE i.order_id < 3",
        "INSERT INTO staff (id, name, team, salary) SELECT 600 + c.id, c.name, 'sales', 1000 FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL", "INSERT INTO regions SELECT CONCAT('T', id), name, id FROM products WHERE id < 3", "INSERT INTO products (id, name, category, price) SELECT 700 + number, title, 'region', 1 FROM regions WHERE number < 4 AND code < 'T'", "INSERT IGNORE INTO events (id, kind) SELECT id, 'again' FROM events", "INSERT INTO events (id, kind, value) SELECT id, kind, 1 FROM events WHERE id < 4 ON DUPLICATE KEY UPDATE value = 99",
        "REPLACE INTO events (id, kind, value) SELECT id, 'replaced', value FROM events WHERE id IN (5, 6)", "INSERT INTO customers (id, name) SELECT 800, 'only' FROM DUAL", "INSERT INTO customers (id, name) VALUES ((SELECT MAX(id) + 1 FROM staff), 'from a query')", "INSERT INTO events (id, kind, customer_id, value) WITH w AS (SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id) SELECT 3000 + customer_id, 'with', customer_id, n FROM w", "INSERT INTO events (id, kind) SELECT 4000 + id, 'union' FROM customers WHERE id < 3 UNION SELECT 4100 + id, 'union' FROM staff WHERE id < 3",
        "START TRANSACTION", "INSERT INTO customers (id, name) VALUES (901, 'inside')", "SELECT COUNT(*) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE c.id > 900", "UPDATE customers SET score = 3 WHERE id = 901", "SELECT c.id, c.score, s.name FROM customers c LEFT JOIN staff s ON s.id = c.manager_id WHERE c.id = 901", "ROLLBACK", "SELECT COUNT(*) FROM customers WHERE id > 900",
        "SELECT * FROM customers ORDER BY id LIMIT 70", "SELECT * FROM orders ORDER BY id LIMIT 70", "SELECT * FROM items ORDER BY order_id, line LIMIT 70", "SELECT * FROM events ORDER BY id LIMIT 170", "SELECT * FROM staff ORDER BY id LIMIT 70", "SELECT * FROM refunds ORDER BY id LIMIT 70",
    ]:
        add("inserts", sql)
    for sql in ["INSERT INTO customers (id, name) VALUES (950, 'R') RETURNING id, name", "DELETE FROM customers WHERE id = 950 RETURNING name", "REPLACE INTO events (id, kind) VALUES (950, 'R') RETURNING *"]:
        add("inserts", sql, only="mariadb")


ABOUT = {
    "joins": "Joins of every kind over tables that are split alike, apart, copied and single", "subqueries": "Scalar, IN, EXISTS, ANY and ALL, correlated, derived, in every clause", "aggregates": "Aggregates, groups, HAVING", "group_concat": "GROUP_CONCAT with order, DISTINCT and separator", "rollup": "WITH ROLLUP",
    "windows": "Window functions", "set_operations": "UNION, INTERSECT and EXCEPT", "common_tables": "WITH, also recursive", "json": "JSON functions, JSON_TABLE and JSON aggregates", "strings": "Functions of strings", "numbers": "Operators and functions of numbers", "temporal": "Functions of dates and times", "session": "What a session is: variables, zones, modes, users, the time",
    "conditions": "WHERE", "order": "ORDER BY, DISTINCT, LIMIT, locks", "updates": "UPDATE of every kind, and what is there afterwards", "deletes": "DELETE of every kind, and what is left", "inserts": "INSERT, REPLACE and INSERT … SELECT, and what is there afterwards",
}

for topic in (joins, subqueries, aggregates, windows, set_operations, common_tables, json, functions, conditions, orders, changes):
    topic()
for topic, statements in topics.items():
    text = f"-- {ABOUT[topic]}. Written by tools/statements.py.\n" + "\n".join(statements) + "\n"
    (FOLDER / f"{topic}.sql").write_text(text)
    print(f"{topic:16} {len(statements):5}")
print(f"{'all':16} {len(seen):5}")
