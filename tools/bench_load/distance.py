"""Servers that are far away: relays that hold every piece of either direction back for a while."""

import socket
import threading
import time

from processes import free_port


class Distant:
    """An instance as it is seen from afar: its name, and a port of its own."""

    def __init__(self, server, delay_ms):
        self.name, self.delay = server.name, delay_ms / 1000
        self.target = server.port
        self.port = free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=ends, daemon=True).start()

    def carry(self, source, target):
        """Questions and answers take turns, so no piece waits behind another one."""
        try:
            while piece := source.recv(1 << 16):
                time.sleep(self.delay)
                target.sendall(piece)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
