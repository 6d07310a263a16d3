#!/usr/bin/env python3
"""Counts the instructions of the hot steps under callgrind and compares them with benches/instructions.txt.

    tools/instructions.py            fails when a step takes more instructions than recorded (10 %), or when 10,000 table
                                     rules cost more than 10 (2 %)
    WEIR_UPDATE_INSTRUCTIONS=1 …     writes the file
    tools/instructions.py road       only steps whose name contains a word; nothing is written

Counts of one build repeat exactly. Between builds what the compiler inlines changes with code elsewhere, which has moved
untouched steps by 5 %. Counts depend on the compiler and the C library: with others than those recorded they are printed
and the comparison with the file is skipped; that of 10,000 rules with 10 never is.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "benches/instructions.txt"
TOLERANCE = 0.10
# Steps that differ in the number of table rules alone, and how much more the second may take.
ALIKE = [
    ("road/text_of_10_tables", "road/text_of_10000_tables"),
    ("rules/lookup_of_10", "rules/lookup_of_10000"),
    ("catalog/lookup_of_10", "catalog/lookup_of_10000"),
]
ALIKE_TOLERANCE = 0.02


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout


def made_with():
    """What counts depend on beside the code."""
    version = output(os.environ.get("RUSTC", "rustc"), "-vV")
    field = lambda name: re.search(rf"^{name}: (.*)$", version, re.M).group(1)
    libc = " ".join(platform.libc_ver())
    return f"rustc {field('release')} ({field('commit-hash')[:9]}) {field('host')}, {libc}"


def built():
    """The bench program, built as `cargo bench` builds it."""
    command = [os.environ.get("CARGO", "cargo"), "bench", "--bench", "layers", "--no-run", "--message-format=json"]
    for line in output(*command).splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message["target"]["name"] == "layers":
            return message["executable"]
    sys.exit("cargo built no layers")


def count(program, step):
    command = ["valgrind", "--tool=callgrind", "--toggle-collect=*layers*counted*", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*command, program, "instructions", step], text=True, stderr=subprocess.PIPE)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not collected or collected.group(1) == "0":
        sys.exit(f"{step} was not counted:\n{done.stderr}")
    return int(collected.group(1))


def recorded():
    """The first line of the file says what it was made with, the others name steps and counts."""
    if not FILE.exists():
        return None, {}
    first, *lines = FILE.read_text().splitlines()
    counts = (line.split() for line in lines if line and not line.startswith("#"))
    return first.removeprefix("# "), {name: float(per_unit) for name, per_unit, _ in counts}


def main():
    if not shutil.which("valgrind"):
        print("SKIPPED instructions: no valgrind; tools/setup-test-deps.sh installs it")
        return 0
    update = bool(os.environ.get("WEIR_UPDATE_INSTRUCTIONS"))
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    program = built()
    made, (known, before) = made_with(), recorded()
    steps = [line.split() for line in output(program, "instructions").splitlines()]
    counts, failures = {}, []
    for name, units, unit in steps:
        if word not in name:
            continue
        now = counts[name] = count(program, name) / int(units)
        then = before.get(name)
        change = f"{now / then - 1:+8.2%}" if then else "     new"
        print(f"{name:30} {now:12.1f} a {unit:10} {change}", flush=True)
        if known == made and not update and (not then or now / then - 1 > TOLERANCE):
            failures.append(f"{name}: {then or 'nothing'} recorded, {now:.1f} counted")
    for few, many in ALIKE:
        if few in counts and many in counts:
            more = counts[many] / counts[few] - 1
            print(f"{many} costs {more:+.2%} over {few}")
            if more > ALIKE_TOLERANCE:
                failures.append(f"{many} costs {more:+.2%} over {few}")
    if update and not word:
        units = {name: unit for name, _, unit in steps}
        lines = [f"{name} {per_unit:.1f} {units[name]}" for name, per_unit in counts.items()]
        FILE.write_text("\n".join([f"# {made}", *lines]) + "\n")
    elif known != made:
        print(f"SKIPPED comparison of instructions: recorded with {known}, here is {made}")
    if failures:
        print("\nInstructions changed; WEIR_UPDATE_INSTRUCTIONS=1 tools/instructions.py records what is meant:")
        print("\n".join(f"  {failure}" for failure in failures))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
