"""The ways to the data that are compared: a server itself, HAProxy, one or more Weirs, peers."""

import os
import re
import shlex
import shutil

from processes import Failure, Running, free_port, start, wait_for_greeting
from servers import PASSWORD, USER

HAPROXY = """\
global
  nbthread 2
  maxconn 8000
defaults
  mode tcp
  timeout connect 10s
  timeout client 1h
  timeout server 1h
listen mysql
  bind 127.0.0.1:{port} backlog 4096
  balance roundrobin
"""

WEIR = """\
listen: 127.0.0.1:{port}
rules: ./rules
users:
  {user}: {{ password: {password} }}
instances:
  a: {{ address: "127.0.0.1:{a}", user: {user}, password: {password}, {instance} }}
  b: {{ address: "127.0.0.1:{b}", user: {user}, password: {password}, {instance} }}
limits: {{ {limits} }}
"""


class Way:
    """A name, a port, and the process in between if there is one. `schemas` renames schemas on this way."""

    def __init__(self, name, port, running=None, schemas=None):
        self.name, self.port, self.running = name, port, running
        self.schemas = schemas or {}

    @property
    def pid(self):
        return self.running.pid if self.running else None

    def schema(self, logical):
        return self.schemas.get(logical, "sbtest")

    def down(self):
        if self.running is not None and self.running.child is not None:
            self.running.stop()


class WeirProgram:
    """`[NAME=][KEY=VALUE …] PATH [ARGUMENT …]`, as a shell would read it after the name.

    A KEY in capitals is a variable of the environment, one in lower case a key of `limits:` in weir.yaml, and behind
    `instance.` one of every instance.
    """

    def __init__(self, text):
        name, has_name, rest = text.partition("=")
        if not has_name or not re.fullmatch(r"[a-z][a-z0-9_.-]*", name):
            name, rest = "weir", text
        words = shlex.split(rest)
        self.name, self.env = name, {}
        self.limits, self.instance = {"max_client_connections": "20000"}, {"max_connections": "200"}
        while words and re.match(r"([A-Z_][A-Z0-9_]*|(instance\.)?[a-z][a-z_]*)=", words[0]):
            key, _, value = words.pop(0).partition("=")
            of_instance = key.removeprefix("instance.")
            if of_instance != key:
                self.instance[of_instance] = value
            else:
                (self.limits if key.islower() else self.env)[key] = value
        if not words:
            raise Failure(f"--weir {text!r} names no program")
        self.path, self.arguments = words[0], words[1:]
        # What it runs under.
        self.prefix = []
        if not os.access(self.path, os.X_OK):
            raise Failure(f"there is no program {self.path}; cargo build --release makes target/release/weir")


def direct(server):
    return Way("direct", server.port)


def haproxy(servers, folder, name="haproxy", prefix=()):
    """HAProxy in TCP mode, under a command if one is given; with two servers connections go to them in turn."""
    program = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        raise Failure("haproxy is not installed; tools/setup-bench-deps.sh installs it")
    port = free_port()
    folder = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    behind = "".join(f"  server {server.name} 127.0.0.1:{server.port} maxconn 8000\n" for server in servers)
    (folder / "cfg").write_text(HAPROXY.format(port=port) + behind)
    running = start(name, [*prefix, program, "-db", "-f", folder / "cfg"], folder)
    wait_for_greeting(running, port)
    return Way(name, port, running)


def weir(program, servers, rules, folder, name=None):
    """Starts `weir serve` with these rule files (schema → text)."""
    name = name or program.name
    folder = folder / (name if name.startswith("weir") else f"weir-{name}")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "rules").mkdir(parents=True)
    for schema, text in rules.items():
        (folder / "rules" / f"{schema}.yaml").write_text(text)
    port = free_port()
    places = {server.name: server.port for server in servers}
    said = {part: ", ".join(f"{key}: {value}" for key, value in settings.items())
            for part, settings in (("limits", program.limits), ("instance", program.instance))}
    (folder / "weir.yaml").write_text(WEIR.format(port=port, user=USER, password=PASSWORD, **said, **places))
    command = [*program.prefix, program.path, "serve", "--config", folder / "weir.yaml", *program.arguments]
    running = start(name, command, folder, program.env)
    wait_for_greeting(running, port)
    return Way(name, port, running, {schema: schema for schema in rules})


def peer(text):
    """`NAME=HOST:PORT[:PID]`: something that a person has started in front of instance a."""
    found = re.fullmatch(r"([\w.-]+)=(?:127\.0\.0\.1|localhost):(\d+)(?::(\d+))?", text)
    if found is None:
        raise Failure(f"--peer {text!r} is not NAME=127.0.0.1:PORT[:PID]")
    name, port, pid = found.groups()
    return Way(name, int(port), Running(name, int(pid), None) if pid else None)


def started_peer(text, server, folder):
    """`NAME=COMMAND` with {port} and {server} in it: a proxy in front of instance a that this run starts."""
    name, has_name, command = text.partition("=")
    if not has_name or "{port}" not in command or "{server}" not in command:
        raise Failure(f"--peer-run {text!r} is not NAME=COMMAND with {{port}} and {{server}} in it")
    port = free_port()
    words = [word.format(port=port, server=server.port) for word in shlex.split(command)]
    running = start(name, words, folder / f"peer-{name}")
    wait_for_greeting(running, port)
    return Way(name, port, running)
