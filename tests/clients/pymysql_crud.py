"""What an application does through pymysql; run as: pymysql_crud.py PORT USER PASSWORD."""
import datetime
import decimal
import sys

import pymysql
import pymysql.cursors

port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
connect = lambda **more: pymysql.connect(host="127.0.0.1", port=port, user=user, password=password, database="shop", **more)


def fails(errno, kind, statement, *args):
    try:
        with db.cursor() as cursor:
            cursor.execute(statement, *args)
    except kind as error:
        assert error.args[0] == errno, f"{statement}: {error}"
    else:
        raise AssertionError(f"{statement}: no error")


def one(statement, *args):
    with db.cursor() as cursor:
        cursor.execute(statement, *args)
        return cursor.fetchone()


db = connect(autocommit=True)
with db.cursor() as cursor:
    cursor.execute("DROP TABLE IF EXISTS py_people")
    cursor.execute(
        "CREATE TABLE py_people (id INT NOT NULL PRIMARY KEY, name VARCHAR(40), paid DECIMAL(30,10), born DATE,"
        " seen DATETIME(6), raw VARBINARY(40), ratio DOUBLE, big BIGINT UNSIGNED, lasted TIME)"
    )
    row = (
        1, "Zoë 😀 O'Hara \\ \"q\"", decimal.Decimal("-12345678901234567890.0123456789"), datetime.date(1999, 12, 31),
        datetime.datetime(2026, 2, 28, 23, 59, 59, 999999), bytes(range(32)), 0.1, 2**64 - 1, datetime.timedelta(hours=-3),
    )
    assert cursor.execute("INSERT INTO py_people VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", row) == 1
    cursor.execute("SELECT * FROM py_people WHERE id = %s", (1,))
    assert cursor.fetchone() == row
    assert [d[0] for d in cursor.description][:3] == ["id", "name", "paid"]
    assert cursor.executemany("INSERT INTO py_people (id, name) VALUES (%s, %s)", [(n, f"n{n}") for n in range(2, 101)]) == 99
    assert cursor.execute("UPDATE py_people SET ratio = id / 4 WHERE id > %s", (50,)) == 50
    assert cursor.execute("DELETE FROM py_people WHERE id IN %s", ([98, 99, 100],)) == 3
    cursor.execute("SELECT id FROM py_people ORDER BY id DESC LIMIT 3")
    assert cursor.fetchall() == ((97,), (96,), (95,))
assert one("SELECT COUNT(*), MIN(id), MAX(id), SUM(id) FROM py_people") == (97, 1, 97, decimal.Decimal(97 * 98 // 2))
assert one("SELECT name FROM py_people WHERE id = 1000") is None
fails(1062, pymysql.err.IntegrityError, "INSERT INTO py_people (id) VALUES (1)")
fails(1146, pymysql.err.ProgrammingError, "SELECT * FROM py_nothing")
fails(1064, pymysql.err.ProgrammingError, "SELEC 1")
fails(1054, pymysql.err.OperationalError, "SELECT nothing FROM py_people")
assert one("SELECT 1") == (1,), "usable after errors"

db.begin()
one("UPDATE py_people SET name = 'changed' WHERE id = 2")
assert one("SELECT name FROM py_people WHERE id = 2") == ("changed",)
db.rollback()
assert one("SELECT name FROM py_people WHERE id = 2") == ("n2",)
db.begin()
one("UPDATE py_people SET name = 'kept' WHERE id = 2")
db.commit()
other = connect(cursorclass=pymysql.cursors.SSDictCursor)
with other.cursor() as cursor:
    cursor.execute("SELECT id, name FROM py_people WHERE id < 4 ORDER BY id")
    assert list(cursor)[1] == {"id": 2, "name": "kept"}
other.close()
db.ping(reconnect=False)
db.select_db("shop")
assert one("SELECT DATABASE()") == ("shop",)
one("DROP TABLE py_people")
db.close()
print("pymysql: all well")
