"""What a measurement stands on: both servers, their data, and the ways to them, all ended when it ends."""

import contextlib

import dataset
import servers
import ways


class Stage(contextlib.AbstractContextManager):
    """Servers up and the plain tables filled; ways are added by the mode that runs."""

    def __init__(self, options):
        self.options = options
        self.folder = options.scratch.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.programs = [ways.WeirProgram(text) for text in options.weir or ["target/release/weir"]]
        self.servers = servers.pair(options.server, self.folder)
        self.data = dataset.Dataset(self.servers, self.folder, options.rows)
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        try:
            for server in self.servers:
                self.stack.callback(self.release, server)
                server.up()
            if any(server.fresh for server in self.servers):
                self.data.forget()
            self.data.plain()
            self.fill_split()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_):
        self.stack.close()

    def release(self, server):
        if self.options.keep and server.running is not None:
            print(f"instance {server.name} stays at 127.0.0.1:{server.port} (pid {server.pid})")
        else:
            server.down()

    @property
    def pids(self):
        return [server.pid for server in self.servers]

    def kept(self, way):
        self.stack.callback(way.down)
        return way

    def direct(self):
        return ways.direct(self.servers[0])

    def haproxy(self, prefix=()):
        return self.kept(ways.haproxy(self.servers[:1], self.folder, prefix=prefix))

    def haproxy2(self):
        """In front of both instances, as Weir is: what a second instance on the same machine costs by itself."""
        return self.kept(ways.haproxy(self.servers, self.folder, "haproxy2"))

    def fill_split(self):
        """The split tables are filled through a Weir, which knows where rows live."""
        if not self.data.has_split():
            self.data.split_databases()
            way = ways.weir(self.programs[0], self.servers, dataset.rules(), self.folder, "weir-filling")
            try:
                self.data.split(way)
            finally:
                way.down()

    def weir(self, rules=None, name=None, program=None):
        program = program or self.programs[0]
        return self.kept(ways.weir(program, self.servers, rules or dataset.rules(), self.folder, name))

    def peers(self):
        found = [ways.peer(text) for text in self.options.peer]
        return found + [self.kept(ways.started_peer(text, self.servers[0], self.folder))
                        for text in self.options.peer_run]
