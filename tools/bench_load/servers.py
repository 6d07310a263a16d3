"""Two private servers in the scratch folder, made once and started again in seconds."""

import os
import shutil
import subprocess

from mysql import Connection
from processes import Failure, Running, free_port, shares_processors, start, wait_for_greeting

USER, PASSWORD = "app", "secret"

# The same for both brands: all data in memory, no log that a proxy has no part in, no limit that a client could meet.
SETTINGS = [
    "--bind-address=127.0.0.1", "--skip-name-resolve", "--performance-schema=OFF", "--skip-log-bin",
    "--innodb-buffer-pool-size=1G", "--innodb-flush-log-at-trx-commit=2", "--character-set-server=utf8mb4",
    "--max-connections=4000", "--back-log=4096", "--table-open-cache=8000", "--open-files-limit=18000",
    "--max-prepared-stmt-count=1000000", "--thread-cache-size=1000", "--max-allowed-packet=64M",
]
OWN_SETTINGS = {
    "mariadb": ["--innodb-log-file-size=512M"],
    "mysql9": ["--innodb-redo-log-capacity=512M", "--mysqlx=OFF", "--secure-file-priv="],
}
MYSQL_SCRIPT = "tools/mysql9.sh"


class Server:
    """One instance: `a` or `b`."""

    def __init__(self, name, brand, folder):
        self.name, self.brand = name, brand
        self.folder = folder / f"{brand}-{name}"
        self.data = self.folder / "data"
        self.socket = self.folder / "s"
        self.port, self.running, self.fresh = None, None, False
        if len(str(self.socket)) > 100:
            raise Failure(f"{self.socket} is too long for a Unix socket; choose a shorter --scratch folder")

    @property
    def pid(self):
        return self.running.pid

    def up(self):
        """Starts the server, or takes over the one that an earlier run with --keep has left."""
        if self.take_over():
            if shares_processors(self.pid):
                return
            self.down()
        self.fresh = not self.data.exists()
        if self.fresh:
            self.install()
        self.port = free_port()
        self.running = start(f"{self.brand} {self.name}", self.command(), self.folder)
        wait_for_greeting(self.running, self.port)
        (self.folder / "running").write_text(f"{self.running.pid} {self.port}")
        with self.connect("root", "") as root:
            root.query(f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'")
            root.query(f"GRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION")
        # MySQL 9 knows a password by its digest only after it has seen it once in clear, which a local socket may do.
        self.connect().close()

    def take_over(self):
        try:
            pid, port = map(int, (self.folder / "running").read_text().split())
            with open(f"/proc/{pid}/cmdline", "rb") as command:
                if f"--datadir={self.data}".encode() not in command.read():
                    return False
        except (OSError, ValueError):
            return False
        self.port, self.running = port, Running(f"{self.brand} {self.name}", pid, self.folder / "log")
        wait_for_greeting(self.running, port)
        return True

    def install(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.brand == "mariadb":
            command = ["mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal",
                       "--skip-test-db"]
        else:
            subprocess.run(["bash", MYSQL_SCRIPT, "get", self.mysql_root()], check=True)
            command = [*self.program(), "--initialize-insecure"]
        command += [f"--datadir={self.data}", *as_root()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Failure(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")

    def mysql_root(self):
        return str(self.folder.parent.parent / "mysql9")

    def program(self):
        if self.brand == "mariadb":
            return ["mariadbd", "--no-defaults"]
        return ["bash", MYSQL_SCRIPT, "exec", self.mysql_root()]

    def command(self):
        place = [f"--datadir={self.data}", f"--port={self.port}", f"--socket={self.socket}",
                 f"--pid-file={self.folder / 'pid'}"]
        return [*self.program(), *place, *SETTINGS, *OWN_SETTINGS[self.brand], *as_root()]

    def connect(self, user=USER, password=PASSWORD, schema=None):
        return Connection(self.socket, user, password, schema)

    def down(self):
        if self.running is not None:
            self.running.stop()
            (self.folder / "running").unlink(missing_ok=True)


def as_root():
    return ["--user=root"] if os.geteuid() == 0 else []


def pair(brand, folder):
    """Both servers, a and b, not started yet."""
    program = "mariadbd" if brand == "mariadb" else "bash"
    if shutil.which(program) is None:
        raise Failure(f"{program} is not installed; tools/setup-bench-deps.sh installs what is missing")
    return [Server(name, brand, folder) for name in "ab"]
