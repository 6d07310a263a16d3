"""What an idle client costs in memory."""

import time

import report
from mysql import Connection
from processes import Failure, memory_kib, raise_file_limit
from servers import PASSWORD, USER

IDLE = (10, 100, 1_000, 10_000)
BOUND_KIB = 8.0


def run(stage):
    allow_files()
    weir = stage.weir()
    stage.data.warm()
    memory = idle_memory(stage, weir)
    report.write_json(stage.folder / "idle.json", "idle", stage.options, {"memory": memory})
    return all(counts[IDLE[-1]] <= BOUND_KIB for counts in memory.values())


def allow_files():
    files = raise_file_limit(2 * IDLE[-1])
    if files < IDLE[-1] + 500:
        raise Failure(f"{IDLE[-1]:,} clients need as many open files, this shell allows {files:,}; raise it by ulimit -n")


def settled_kib(pid):
    """Resident memory once it has stopped to move."""
    last = memory_kib(pid)
    while True:
        time.sleep(0.3)
        now = memory_kib(pid)
        if abs(now - last) <= 64:
            return now
        last = now


def idle_memory(stage, weir):
    """KiB a client for growing numbers of clients that have logged in, then that have also run a statement each."""
    with Connection(weir.port, USER, PASSWORD, "split") as warming:
        for number in range(1, 1001):
            warming.query(f"SELECT c FROM sbtest1 WHERE id = {number}")
    empty = settled_kib(weir.pid)
    clients, seen = [], {"logged in": {}, "after a statement": {}}
    for count in IDLE:
        while len(clients) < count:
            clients.append(Connection(weir.port, USER, PASSWORD, "split"))
        seen["logged in"][count] = (settled_kib(weir.pid) - empty) / count
    done = 0
    for count in IDLE:
        # Those beyond `done` have only logged in; what they gain by a statement is counted over those that ran one.
        for client in clients[done:count]:
            client.query(f"SELECT c FROM sbtest1 WHERE id = {1 + done % stage.options.rows}")
        done = count
        gained = settled_kib(weir.pid) - empty - seen["logged in"][IDLE[-1]] * IDLE[-1]
        seen["after a statement"][count] = seen["logged in"][count] + gained / count
    stage.stack.callback(lambda: [client.socket.close() for client in clients])
    lines = [["idle clients", "KiB each, logged in", "KiB each, after a statement"]]
    lines += [[f"{count:,}", f"{seen['logged in'][count]:.1f}", f"{seen['after a statement'][count]:.1f}"]
              for count in IDLE]
    print(f"\nmemory of weir for each idle client (bound at 10,000: {BOUND_KIB} KiB); {empty / 1024:.1f} MiB without\n"
          + report.aligned(lines), flush=True)
    return seen
