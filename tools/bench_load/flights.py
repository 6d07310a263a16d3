"""Ways to ask an instance for many of its tables, without Weir: what decided how a scatter is sent.

Each way asks both instances side by side and reads all bytes of all answers, without looking at them.
"""

import itertools
import select
import statistics
import time

import fan_out
import report
from mysql import EOF_PACKET, ERR_PACKET, OK_PACKET, SqlError, framed, length_encoded
from mysql import Connection
from servers import PASSWORD, USER

TABLES = (8, 32)
MORE_RESULTS = 8
STATEMENTS = {
    "top 100": "SELECT id, k, c FROM {table} ORDER BY k LIMIT 100",
    "by a key": "SELECT id, k, c FROM {table} WHERE k = 5",
}
WAYS = {
    "one by one": lambda texts: [[text] for text in texts],
    "in flight": lambda texts: [texts],
    "with warnings": lambda texts: [[part for text in texts for part in (text, "SHOW WARNINGS")]],
    "one text": lambda texts: [["; ".join(texts)]],
    "UNION ALL": lambda texts: [[" UNION ALL ".join(f"({text})" for text in texts)]],
}
BASE = "UNION ALL"


class Steps:
    """One way's flights over one connection: each as the bytes to send and how many come back."""

    def __init__(self, connection, flights):
        self.socket, self.steps = connection.socket, []
        for texts in flights:
            sent = b"".join(framed(b"\x03" + text.encode()) for text in texts)
            connection.socket.sendall(sent)
            self.steps.append((sent, sum(answer_size(connection) for _ in texts)))
        self.at = self.left = 0

    def begin(self, at=0):
        self.at = at
        sent, self.left = self.steps[at]
        self.socket.sendall(sent)

    def read(self):
        """Whether that was all."""
        count = self.socket.recv_into(Connection.buffer, min(self.left, len(Connection.buffer)))
        if not count:
            raise ConnectionError("the connection was closed in the middle of a result")
        self.left -= count
        if self.left == 0 and self.at + 1 < len(self.steps):
            self.begin(self.at + 1)
        return self.left == 0


def answer_size(connection):
    """Reads the answer to one text, results behind results among them; its bytes."""
    size, more = 0, True
    while more:
        payload = connection.packet()
        size += 4 + len(payload)
        if payload[0] == ERR_PACKET:
            raise SqlError(payload)
        if payload[0] == OK_PACKET:
            return size
        columns, _ = length_encoded(payload, 0)
        for _ in range(columns + 1):
            size += 4 + len(connection.packet())
        while True:
            payload = connection.packet()
            size += 4 + len(payload)
            if payload[0] == EOF_PACKET and len(payload) < 9:
                break
        more = payload[3] & MORE_RESULTS
    return size


def timed(ways):
    begun = time.perf_counter()
    poll, waiting = select.poll(), {}
    for way in ways:
        way.begin()
        waiting[way.socket.fileno()] = way
        poll.register(way.socket, select.POLLIN)
    while waiting:
        for place, _ in poll.poll():
            if place in waiting and waiting[place].read():
                poll.unregister(place)
                del waiting[place]
    return 1000 * (time.perf_counter() - begun)


def run(stage):
    fan_out.fill(stage)
    straight = [Connection(server.port, USER, PASSWORD) for server in stage.servers]
    seen, lines = [], [["statement", "tables", "way", "ms", "ratio to UNION ALL"]]
    for (name, sql), count in itertools.product(STATEMENTS.items(), TABLES):
        texts = [[], []]
        for database, table in fan_out.physical(count):
            texts[int(database[-1])].append(sql.format(table=f"{database}.{table}"))
        ways = {way: [Steps(connection, flights(own)) for connection, own in zip(straight, texts)]
                for way, flights in WAYS.items()}
        for way, (middle, ratio) in compare(stage.options, ways).items():
            seen.append({"statement": name, "tables": count, "way": way, "ms": middle, "ratio": ratio})
            lines.append([name, str(count), way, f"{middle:.3f}", report.shown_ratio(ratio)])
    print(f"\ntables of two instances, asked without Weir in several ways\n{report.aligned(lines)}", flush=True)
    report.write_json(stage.folder / "flights.json", "flights", stage.options, {"points": seen})
    return True


def compare(options, ways):
    """All in turn, statement by statement: the median of each, and of the rounds' ratios."""
    medians, ratios = {way: [] for way in ways}, {way: [] for way in ways}
    for turn in range(options.rounds + 1):
        times, ends = {way: [] for way in ways}, time.monotonic() + max(0.3, options.seconds / 5)
        while time.monotonic() < ends:
            for way, steps in ways.items():
                times[way].append(timed(steps))
        if turn == 0:
            continue  # the first round warms the servers
        for way, own in times.items():
            medians[way].append(statistics.median(own))
            ratios[way].append(medians[way][-1] / statistics.median(times[BASE]))
    return {way: (statistics.median(medians[way]), (statistics.median(own), min(own), max(own)))
            for way, own in ratios.items()}
