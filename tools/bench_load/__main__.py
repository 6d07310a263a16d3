"""What a hop through Weir costs, beside HAProxy, a direct connection and other proxies.

    python3 tools/bench_load load --weir target/release/weir --only point_select --threads 8,64 --rounds 5 --seconds 3
    python3 tools/bench_load curves --only shards

Servers and data lie in a scratch folder and are used again by the next call. Rounds are interleaved, because machines
are noisy: compare ratios, not single figures. docs/performance.md says what each figure means.
"""

import argparse
import pathlib
import signal
import sys

import bounds
import clients
import fan_out
import flights
import idle
import load
import markdown
import result_size
import rule_count
import servers
import transactions
import whole
from processes import Failure, raise_file_limit
from stage import Stage

CURVES = {"clients": clients, "idle": idle, "shards": fan_out, "flights": flights, "rules": rule_count, "rows": result_size,
          "bounds": bounds}


def arguments():
    parser = argparse.ArgumentParser(prog="python3 tools/bench_load", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--scratch", type=pathlib.Path, default=pathlib.Path("target/bench"), metavar="FOLDER")
    common.add_argument("--server", choices=["mariadb", "mysql9"], default="mariadb", help="brand of both instances")
    common.add_argument("--weir", action="append", default=[], metavar="[NAME=][KEY=VALUE ][limit=VALUE ]PATH[ ARGUMENT]",
                        help="a release build, with environment and arguments; may be repeated under several names")
    common.add_argument("--rounds", type=int, default=5)
    common.add_argument("--seconds", type=int, default=5, help="of each run")
    common.add_argument("--rows", type=int, default=10_000, help="of each of the four tables")
    common.add_argument("--keep", action="store_true", help="leave the servers running; the next run takes them over")
    common.add_argument("--check", action="store_true", help="compare with the bounds that Weir should hold")
    common.add_argument("--strict", action="store_true", help="with --check: exit status 1 if a bound does not hold")
    modes = parser.add_subparsers(dest="mode", required=True)
    one = modes.add_parser("load", parents=[common], help="sysbench through every way")
    one.add_argument("--only", type=listed(load.WORKLOADS), default=list(load.CHECKED), metavar="WORKLOAD,…",
                     help=", ".join(load.WORKLOADS))
    one.add_argument("--protocols", type=listed(load.PROTOCOLS), default=list(load.PROTOCOLS), metavar="PROTOCOL,…")
    one.add_argument("--threads", type=numbers, default=[8, 64], metavar="N,…")
    one.add_argument("--ways", type=listed(load.WAYS), default=["direct", "haproxy"], metavar="WAY,…",
                     help=f"what runs beside Weir: {', '.join(load.WAYS)} (HAProxy in front of both instances)")
    one.add_argument("--base", default="haproxy", metavar="WAY", help="what ratios are taken to")
    one.add_argument("--peer", action="append", default=[], metavar="NAME=HOST:PORT[:PID]",
                     help="another proxy in front of instance a, already running (--keep shows the instance's port)")
    one.add_argument("--peer-run", action="append", default=[], metavar="NAME=COMMAND",
                     help="another proxy to start; {port} and {server} in its command are its port and instance a's")
    curves = modes.add_parser("curves", parents=[common], help="how cost grows with clients, tables, rules, rows")
    curves.add_argument("--only", type=listed(CURVES), default=[name for name in CURVES if name not in ("flights", "bounds", "idle")], metavar="CURVE,…", help=", ".join(CURVES))
    commits = modes.add_parser("transactions", parents=[common], help="on one instance, over two, beside snapshots")
    commits.add_argument("--only", type=listed(transactions.PARTS), default=list(transactions.PARTS), metavar="PART,…",
                         help=", ".join(transactions.PARTS))
    count = modes.add_parser("instructions", parents=[common], help="user instructions of a whole Weir for each query")
    count.add_argument("--only", type=listed(load.WORKLOADS), default=["point_select"], metavar="WORKLOAD,…")
    count.add_argument("--protocols", type=listed(load.PROTOCOLS), default=list(load.PROTOCOLS), metavar="PROTOCOL,…")
    modes.add_parser("markdown", parents=[common], help="the results in the scratch folder as tables for the docs")
    modes.add_parser("stop", parents=[common], help="stop the servers that --keep has left")
    return parser.parse_args()


def listed(known):
    def parse(text):
        names = [name for name in text.replace(",", " ").split() if name]
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(known)}")
        return names
    return parse


def numbers(text):
    return [int(word) for word in text.replace(",", " ").split()]


def run_load(options):
    with Stage(options) as stage:
        return load.run(stage)


def run_curves(options):
    held = []
    for name in options.only:
        with Stage(options) as stage:
            held.append(CURVES[name].run(stage))
        if options.check:
            print(f"check of {name}: {'pass' if held[-1] else 'FAIL'}", flush=True)
    print(f"\nwritten: JSON and SVG files of {', '.join(options.only)} in {options.scratch}")
    return all(held)


def run_transactions(options):
    with Stage(options) as stage:
        return transactions.run(stage)


def run_instructions(options):
    with Stage(options) as stage:
        return whole.run(stage)


def run_stop(options):
    for server in servers.pair(options.server, options.scratch.resolve()):
        if server.take_over():
            server.down()
    return True


def main():
    options = arguments()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell starts it in the background
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    raise_file_limit(30_000)
    try:
        held = {"load": run_load, "curves": run_curves, "transactions": run_transactions, "stop": run_stop,
                "instructions": run_instructions,
                "markdown": lambda asked: markdown.run(asked.scratch)}[options.mode](options)
    except Failure as failure:
        print(f"bench_load: {failure}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 1 if options.strict and options.check and not held else 0


if __name__ == "__main__":
    sys.exit(main())
