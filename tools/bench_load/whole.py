"""What a whole Weir does in user space for a query: instructions under callgrind, while sysbench runs against it.

Instructions of one build repeat within a few percent whatever else the machine does, where CPU time moves by a third.
callgrind slows Weir down thirtyfold, so more events wait whenever it wakes than at full speed: waiting costs less here.
"""

import re
import shutil
import subprocess

import load
import report
import sysbench
import ways
from dataset import TABLES
from processes import Failure

WARM, COUNTED, THREADS = 2_000, 10_000, 8


def run(stage):
    if shutil.which("valgrind") is None:
        raise Failure("valgrind is not installed; tools/setup-test-deps.sh installs it")
    options = stage.options
    rows, record = [], []
    for workload in options.only:
        for protocol in options.protocols:
            for program in stage.programs:
                count = counted(stage, program, workload, protocol)
                rows.append([f"{workload} {protocol}", program.name, f"{count:,.0f}"])
                record.append({"workload": workload, "protocol": protocol, "weir": program.name, "instructions": count})
    print(report.aligned([["workload", "way", "instructions/query"], *rows]))
    report.write_json(stage.folder / "instructions.json", "instructions", options, {"counts": record})
    return True


def counted(stage, program, workload, protocol):
    """User instructions for each query, connecting included."""
    script, schema, _ = load.WORKLOADS[workload]
    settings = {"tables": TABLES, "table-size": stage.options.rows, "threads": THREADS, "time": 0,
                "db-ps-mode": load.PROTOCOLS[protocol]}
    name = f"{program.name}-{workload}-{protocol}"
    collected, text = collect(stage, of_weir(stage, program), (script, schema, settings), name)
    queries = re.search(r"total:\s+(\d+)", text)
    if queries is None:
        raise Failure(f"sysbench said something unexpected:\n{text[-2000:]}")
    return collected / int(queries.group(1))


def events(stage, way, run, name):
    """User instructions for each event of a script."""
    collected, _ = collect(stage, way, run, name)
    return collected / COUNTED


def of_weir(stage, program):
    """Starts Weir under a command."""
    def start(prefix):
        program.prefix = prefix
        try:
            return stage.weir(program=program)
        finally:
            program.prefix = []
    return start


def collect(stage, start, run, name):
    """User instructions of a run through what `start` starts, connecting included, and what sysbench said."""
    script, schema, settings = run
    out = stage.folder / f"callgrind-{name}"
    way = start(["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"])
    try:
        send(script, way, schema, {**settings, "events": WARM})
        control("on", way.pid)
        text = send(script, way, schema, {**settings, "events": COUNTED})
        control("off", way.pid)
    finally:
        way.down()
    collected = re.search(r"Collected : (\d+)", way.running.log.read_text(errors="replace"))
    if collected is None:
        raise Failure(f"callgrind said something unexpected; see {way.running.log}")
    return int(collected.group(1)), text


def send(script, way, schema, settings):
    return sysbench.call([*sysbench.command(script, way.port, way.schema(schema), settings), "run"])


def control(state, pid):
    subprocess.run(["callgrind_control", "-i", state, str(pid)], check=True, stdout=subprocess.DEVNULL)
