"""Real proxies on loopback: one of HTTP, which forwards plain requests and opens tunnels for the others, and SOCKS."""

import select
import socket
from contextlib import suppress

from support.faults import Received
from support.listening import Listening


class Proxy(Listening):
    """Notes what it was asked; sends every connection on to one server, whatever its name."""

    def __init__(self, port: int, *, refusal: bytes = b"") -> None:
        super().__init__()
        self._target = ("127.0.0.1", port)
        self._refusal = refusal
        self.requests: list[Received] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                data = connection.recv(65536)
                if not data:
                    return
                head += data
            self.requests.append(Received(*head.split(b"\r\n\r\n", 1)))
            if self._refusal:
                connection.sendall(self._refusal)
                return
            server = socket.create_connection(self._target)
            self._open.append(server)
            if head.startswith(b"CONNECT "):
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                server.sendall(head)
            _pump(connection, server)


class SocksProxy(Proxy):
    """A SOCKS proxy (RFC 1928); a login is asked for where one is set (RFC 1929)."""

    def __init__(self, port: int, *, login: tuple[str, str] | None = None, refuses: bool = False) -> None:
        super().__init__(port)
        self._login = login
        self._refuses = refuses
        self.asked: list[tuple[bytes, int]] = []
        """The hosts and ports it was to connect to."""

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            _, methods = _exactly(connection, 2)
            _exactly(connection, methods)
            connection.sendall(b"\5\0" if self._login is None else b"\5\2")
            if self._login is not None:
                _exactly(connection, 1)
                given = tuple(_exactly(connection, _exactly(connection, 1)[0]).decode() for _ in range(2))
                connection.sendall(b"\1\0" if given == self._login else b"\1\1")
            *_, kind = _exactly(connection, 4)
            size = {1: 4, 4: 16}.get(kind) or _exactly(connection, 1)[0]
            self.asked.append((_exactly(connection, size), int.from_bytes(_exactly(connection, 2))))
            connection.sendall(bytes([5, 2 if self._refuses else 0, 0, 1, *[0] * 6]))
            if not self._refuses:
                server = socket.create_connection(self._target)
                self._open.append(server)
                _pump(connection, server)


def _exactly(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = client.recv(size - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side has no more."""
    while True:
        for ready in select.select([one, other], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                one.shutdown(socket.SHUT_RDWR)
                other.shutdown(socket.SHUT_RDWR)
                return
            (other if ready is one else one).sendall(data)
