"""A small MySQL client: logs in, sends texts, reads answers as rows or only to their end. Blocking, one packet a call.

It is here so that the tool needs nothing beside Python. `drain` looks only for the end of an answer, so that the cost
of a client in Python does not drown what is measured.
"""

import hashlib
import select
import socket
import struct

PROTOCOL_41, SECURE, PLUGIN_AUTH, CONNECT_WITH_DB, TRANSACTIONS = 0x200, 0x8000, 0x80000, 8, 0x2000
LONG_PASSWORD, LONG_FLAG = 1, 4
MULTI = 0x10000 | 0x20000
EOF_PACKET, ERR_PACKET, OK_PACKET = 0xFE, 0xFF, 0
TAIL = 600  # bytes kept to see how an answer ends; an ERR packet is shorter


class SqlError(Exception):
    """An ERR packet."""

    def __init__(self, payload):
        self.number = struct.unpack_from("<H", payload, 1)[0]
        super().__init__(f"{self.number}: {payload[9:].decode(errors='replace')}")


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right))


def proof(plugin, password, nonce):
    """What a login packet says of the password."""
    if not password:
        return b""
    if plugin == "mysql_native_password":
        first = hashlib.sha1(password).digest()
        return xor(first, hashlib.sha1(nonce + hashlib.sha1(first).digest()).digest())
    if plugin == "caching_sha2_password":
        first = hashlib.sha256(password).digest()
        return xor(first, hashlib.sha256(hashlib.sha256(first).digest() + nonce).digest())
    raise ConnectionError(f"the server wants the unknown authentication plugin {plugin}")


class Greeting:
    """What login needs of the server's first packet."""

    def __init__(self, payload):
        if payload[0] == ERR_PACKET:
            raise SqlError(payload)
        at = payload.index(0, 1) + 1 + 4
        first = payload[at:at + 8]
        at += 8 + 1 + 2 + 1 + 2 + 2 + 1 + 10
        end = payload.index(0, at)
        self.nonce = first + payload[at:end]
        self.plugin = payload[end + 1:].split(b"\0")[0].decode() or "mysql_native_password"


def login_packet(greeting, user, password, schema):
    flags = PROTOCOL_41 | SECURE | PLUGIN_AUTH | TRANSACTIONS | LONG_PASSWORD | LONG_FLAG | MULTI
    if schema:
        flags |= CONNECT_WITH_DB
    answer = proof(greeting.plugin, password.encode(), greeting.nonce)
    named = schema.encode() + b"\0" if schema else b""
    return (struct.pack("<IIB23x", flags, 1 << 24, 45) + user.encode() + b"\0" + bytes([len(answer)]) + answer + named
            + greeting.plugin.encode() + b"\0")


def framed(payload, sequence=0):
    return struct.pack("<I", len(payload))[:3] + bytes([sequence & 255]) + payload


def length_encoded(payload, at):
    """A length-encoded integer (None for NULL) and where it ends."""
    first = payload[at]
    if first < 0xFB:
        return first, at + 1
    if first == 0xFB:
        return None, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(payload[at + 1:at + 1 + size], "little"), at + 1 + size


def text_row(payload):
    values, at = [], 0
    while at < len(payload):
        size, at = length_encoded(payload, at)
        values.append(None if size is None else payload[at:at + size].decode(errors="replace"))
        at += size or 0
    return tuple(values)


def ended(tail):
    """Whether an answer's last bytes are its EOF packet; an ERR packet there is raised."""
    if len(tail) >= 9 and tail[-9:-6] == b"\x05\0\0" and tail[-5] == EOF_PACKET:
        return True
    at = tail.rfind(b"\xff")
    if at >= 4 and tail[at + 3:at + 4] == b"#" and int.from_bytes(tail[at - 4:at - 1], "little") == len(tail) - at:
        raise SqlError(tail[at:])
    return False


class Connection:
    """One logged-in connection, over TCP to 127.0.0.1 or over a Unix socket."""

    buffer = bytearray(1 << 20)  # of all connections: what is read there is not looked at again

    def __init__(self, place, user, password, schema=None, timeout=600):
        if isinstance(place, int):
            self.socket = socket.create_connection(("127.0.0.1", place), timeout=timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.local = False
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(place))
            self.local = True
        self.unread, self.sequence, self.tail, self.received = b"", 0, b"", 0
        greeting = Greeting(self.packet())
        self.send(login_packet(greeting, user, password, schema), self.sequence + 1)
        self.finish_login(greeting.nonce, password.encode())

    def finish_login(self, nonce, password):
        while True:
            payload = self.packet()
            if payload[0] == OK_PACKET:
                return
            if payload[0] == ERR_PACKET:
                raise SqlError(payload)
            if payload[0] == EOF_PACKET:
                plugin, _, rest = payload[1:].partition(b"\0")
                nonce = rest.rstrip(b"\0")
                self.send(proof(plugin.decode(), password, nonce), self.sequence + 1)
            elif payload == b"\x01\x04":
                if not self.local:
                    raise ConnectionError("the server wants the password in clear; log in over its Unix socket first")
                self.send(password + b"\0", self.sequence + 1)
            elif payload != b"\x01\x03":
                raise ConnectionError(f"unexpected packet in a login: {payload[:20]!r}")

    def send(self, payload, sequence=0):
        self.socket.sendall(framed(payload, sequence))

    def read(self, size):
        while len(self.unread) < size:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("the connection was closed")
            self.unread += more
        got, self.unread = self.unread[:size], self.unread[size:]
        return got

    def packet(self):
        head = self.read(4)
        self.sequence = head[3]
        return self.read(int.from_bytes(head[:3], "little"))

    def query(self, sql):
        """Sends one text; its rows as tuples of str, or None for an answer without rows."""
        self.send(b"\x03" + sql.encode())
        first = self.packet()
        if first[0] == ERR_PACKET:
            raise SqlError(first)
        if first[0] == OK_PACKET:
            return None
        columns, _ = length_encoded(first, 0)
        for _ in range(columns + 1):
            self.packet()
        rows = []
        while True:
            payload = self.packet()
            if payload[0] == ERR_PACKET:
                raise SqlError(payload)
            if payload[0] == EOF_PACKET and len(payload) < 9:
                return rows
            rows.append(text_row(payload))

    def send_query(self, sql):
        self.send(b"\x03" + sql.encode())

    def drain(self, sql):
        """Sends one text that gives rows and reads its answer to the end without looking at rows; bytes received.

        The end is known by the EOF packet that the last bytes received are: a row of text cannot look like one,
        because both its length and its first byte would have to be small binary numbers.
        """
        self.send_query(sql)
        self.drain_head()
        return self.drain_rest()

    def drain_rest(self):
        while not ended(self.tail):
            self.drain_more()
        return self.received

    def drain_head(self):
        """Reads an answer up to its first row."""
        first = self.packet()
        if first[0] == ERR_PACKET:
            raise SqlError(first)
        columns, _ = length_encoded(first, 0)
        self.received = 4 + len(first)
        for _ in range(columns + 1):
            self.received += 4 + len(self.packet())
        self.received += len(self.unread)
        self.tail, self.unread = self.unread[-TAIL:], b""

    def drain_more(self):
        count = self.socket.recv_into(self.buffer)
        if not count:
            raise ConnectionError("the connection was closed in the middle of a result")
        self.received += count
        self.tail = (self.tail + bytes(self.buffer[max(count - TAIL, 0):count]))[-TAIL:]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.send(b"\x01")
        except OSError:
            pass
        self.socket.close()


def drain_side_by_side(asked):
    """Sends texts to several connections at once and reads all answers as they come: (connection, text) pairs."""
    for connection, sql in asked:
        connection.send_query(sql)
    waiting = {}
    for connection, _ in asked:
        connection.drain_head()
        if not ended(connection.tail):
            waiting[connection.socket.fileno()] = connection
    poll = select.poll()
    for place in waiting:
        poll.register(place, select.POLLIN)
    while waiting:
        for place, _ in poll.poll():
            waiting[place].drain_more()
            if ended(waiting[place].tail):
                poll.unregister(place)
                del waiting[place]
