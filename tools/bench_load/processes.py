"""Processes of a measurement: started with a log, awaited, looked at from outside, and ended in good order."""

import os
import pathlib
import resource
import shlex
import signal
import socket
import subprocess
import time


class Failure(Exception):
    """What a person must know and can mend; shown without a traceback."""


class Running:
    """A process that this run has started, or found running in its own scratch folder."""

    def __init__(self, name, pid, log, child=None):
        self.name, self.pid, self.log, self.child = name, pid, log, child

    def alive(self):
        if self.child is not None:
            return self.child.poll() is None
        return os.path.exists(f"/proc/{self.pid}")

    def stop(self, limit=60):
        """SIGTERM, and SIGKILL for what does not end in `limit` seconds."""
        for sign, wait in ((signal.SIGTERM, limit), (signal.SIGKILL, 10)):
            if not self.alive():
                return
            os.kill(self.pid, sign)
            ends = time.monotonic() + wait
            while self.alive() and time.monotonic() < ends:
                time.sleep(0.02)

    def tail(self, lines=15):
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def start(name, command, folder, env=None):
    """Starts a command in a process group of its own, so that Ctrl-C reaches only this tool, which then ends it.

    Not in a session of its own: see `shares_processors`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    with open(log, "wb") as out:
        try:
            child = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                preexec_fn=os.setpgrp, env={**os.environ, **(env or {})},
            )
        except OSError as error:
            raise Failure(f"{name} does not start: {shlex.join(map(str, command))}: {error}") from error
    return Running(name, child.pid, log, child)


def shares_processors(pid):
    """Whether a process competes for the processors with what this tool starts, thread by thread.

    Linux may give every session the same share of them (`kernel.sched_autogroup_enabled`). Two servers in sessions of
    their own would then have twice the share of one, and what stands in front of two would be measured with less.
    """
    try:
        grouped = pathlib.Path("/proc/sys/kernel/sched_autogroup_enabled").read_text().strip() == "1"
        return not grouped or os.getsid(pid) == os.getsid(0)
    except OSError:
        return True


def wait_for_greeting(running, port, limit=60):
    """Waits until a MySQL server or a proxy in front of one sends its first packet."""
    ends = time.monotonic() + limit
    while time.monotonic() < ends:
        if not running.alive():
            raise Failure(f"{running.name} has ended; the last lines of {running.log}:\n{running.tail()}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
                if probe.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise Failure(f"{running.name} does not answer on port {port}; the last lines of {running.log}:\n{running.tail()}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_us(pid):
    """CPU time of a process in microseconds: the kernel's sum that /proc/PID/stat shows in ticks of 10 ms.

    The clock of another process is named as clock_getcpuclockid(3) does it; without it the ticks must do.
    """
    try:
        return time.clock_gettime_ns((~pid << 3) | 2) / 1000
    except OSError:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1_000_000 / os.sysconf("SC_CLK_TCK")


def memory_kib(pid, field="VmRSS"):
    """Resident memory of a process now (VmRSS), or the most it ever had (VmHWM)."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


def raise_file_limit(wanted):
    """Lets this process and its children open at least so many files, as far as the machine allows; says how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        for most in (max(wanted, hard), hard):
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, most), most))
                break
            except (ValueError, OSError):
                continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
