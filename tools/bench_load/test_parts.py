"""What the tool computes by itself: run by `make unit`."""

import hashlib
import os
import pathlib
import tempfile
import types
import unittest

import dataset
import fan_out
import load
import mysql
import plot
import sysbench
import ways
from processes import Failure, shares_processors, start

SYSBENCH = """\
Threads started!

Latency histogram (values are in milliseconds)
       value  ------------- distribution ------------- count
       1.000 |***************                          50
       2.000 |****************************************  45
      10.000 |                                         5

SQL statistics:
    queries performed:
        read:                            100
        total:                           100
    transactions:                        100    (99.50 per sec.)
    queries:                             100    (99.50 per sec.)
    ignored errors:                      3      (2.99 per sec.)
    reconnects:                          0      (0.00 per sec.)
"""


class Sysbench(unittest.TestCase):
    def test_reads_rates_and_quantiles(self):
        seen = sysbench.parse(SYSBENCH)
        self.assertEqual((seen["queries"], seen["queries_s"], seen["ignored_errors"]), (100, 99.5, 3))
        self.assertAlmostEqual(seen["p50_ms"], 1.0)
        self.assertAlmostEqual(seen["p95_ms"], 2.0)
        self.assertTrue(9.8 < seen["p99_ms"] < 10)

    def test_output_without_a_histogram_is_an_error(self):
        with self.assertRaises(Failure):
            sysbench.parse(SYSBENCH.replace("|", ":"))


class Answers(unittest.TestCase):
    EOF = b"\x05\0\0\x07\xfe\0\0\x22\0"

    def test_an_eof_packet_ends_an_answer(self):
        self.assertTrue(mysql.ended(b"\x04\0\0\x06\x031.5" + self.EOF))
        self.assertFalse(mysql.ended(b"\x04\0\0\x06\x031.5" + self.EOF[:-1]))
        self.assertFalse(mysql.ended(b""))

    def test_an_err_packet_is_raised(self):
        message = b"\xff\x25\x05#HY000gone"
        with self.assertRaisesRegex(mysql.SqlError, "1317: gone"):
            mysql.ended(b"\x02\0\0\x05\x0a" + bytes([len(message), 0, 0, 6]) + message)

    def test_a_row_of_255_bytes_is_no_err_packet(self):
        self.assertFalse(mysql.ended(b"\xff\0\0#" + b"x" * 255))

    def test_text_rows(self):
        self.assertEqual(mysql.text_row(b"\x0242\xfb\xfc\x03\x00abc"), ("42", None, "abc"))

    def test_a_server_can_check_a_native_password(self):
        nonce = bytes(range(20))
        stored = hashlib.sha1(hashlib.sha1(b"secret").digest()).digest()
        sent = mysql.proof("mysql_native_password", b"secret", nonce)
        first = mysql.xor(sent, hashlib.sha1(nonce + stored).digest())
        self.assertEqual(hashlib.sha1(first).digest(), stored)
        self.assertEqual(mysql.proof("mysql_native_password", b"", nonce), b"")


class Processes(unittest.TestCase):
    def test_all_compete_thread_by_thread_and_ctrl_c_reaches_only_the_tool(self):
        with tempfile.TemporaryDirectory() as folder:
            running = start("sleep", ["sleep", 60], pathlib.Path(folder))
            try:
                self.assertTrue(shares_processors(running.pid))
                self.assertEqual(os.getsid(running.pid), os.getsid(0))
                self.assertNotEqual(os.getpgid(running.pid), os.getpgid(0))
            finally:
                running.stop()


class Ratios(unittest.TestCase):
    def cell(self, base):
        names = [types.SimpleNamespace(name=name) for name in ("haproxy", "weir")]
        cell = load.Cell("point_select", "text", 8, names, base)
        for rate, cpu in ((100, 20), (200, 30), (400, 20)):
            cell.runs["haproxy"].append({"queries_s": rate, "cpu_us": cpu, "p99_ms": 1.0})
            cell.runs["weir"].append({"queries_s": rate * 1.1, "cpu_us": cpu + 1, "p99_ms": 0.5})
        return cell

    def test_are_taken_round_by_round(self):
        median, least, greatest = self.cell("haproxy").ratio("weir", "queries_s")
        for ratio in (median, least, greatest):
            self.assertAlmostEqual(ratio, 1.1)
        self.assertIsNone(self.cell("haproxy").ratio("haproxy", "queries_s"))
        self.assertIsNone(self.cell("nobody").ratio("weir", "queries_s"))

    def test_bounds(self):
        held = {figure: holds for figure, (_, _, holds) in self.cell("haproxy").verdicts("weir").items()}
        self.assertEqual(held, {"queries_s": True, "cpu_us": False, "p99_ms": True})

    def test_each_round_begins_with_another_way(self):
        self.assertEqual(list(load.interleaved("abc", 2)), ["a", "b", "c", "b", "c", "a"])


class Plots(unittest.TestCase):
    def test_axes_have_round_marks(self):
        self.assertEqual([plot.nice_step(most) for most in (0, 5, 37, 812)], [1, 1, 10, 200])
        self.assertAlmostEqual(plot.nice_step(2.7), 1.0)
        self.assertAlmostEqual(plot.nice_step(0.9), 0.2)


class Names(unittest.TestCase):
    def test_physical_tables_are_named_as_rules_name_them(self):
        self.assertEqual(fan_out.physical(2), [("fan_0", "fan002"), ("fan_1", "fan002")])
        self.assertEqual(fan_out.physical(32)[15:17], [("fan_0", "fan032_15"), ("fan_1", "fan032_16")])
        self.assertEqual(fan_out.physical(128)[5], ("fan_0", "fan128_005"))

    def test_by_hand_asks_each_instance_once(self):
        asked = fan_out.by_hand("SELECT k FROM {table} LIMIT 1", 4)
        self.assertEqual(asked[1], (1, "(SELECT k FROM fan_1.fan004_2 LIMIT 1) UNION ALL "
                                       "(SELECT k FROM fan_1.fan004_3 LIMIT 1)"))

    def test_unused_rules_are_added(self):
        self.assertEqual(dataset.rules(tables=1, unused=9)["split"].count("dbpartition"), 10)

    def test_a_program_has_a_name_environment_and_arguments(self):
        program = ways.WeirProgram("new=THREADS=1 workers=2 instance.max_pipelined=1 /bin/true --flag 'two words'")
        self.assertEqual((program.name, program.env, program.path, program.arguments),
                         ("new", {"THREADS": "1"}, "/bin/true", ["--flag", "two words"]))
        self.assertEqual(program.limits["workers"], "2")
        self.assertEqual(program.instance, {"max_connections": "200", "max_pipelined": "1"})
        self.assertEqual(ways.WeirProgram("/bin/true").name, "weir")
        with self.assertRaises(Failure):
            ways.WeirProgram("new=/no/such/program")


if __name__ == "__main__":
    unittest.main()
