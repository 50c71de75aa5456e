"""Real proxies on loopback: one of HTTP, which forwards plain requests and opens tunnels for the others, and SOCKS."""

import select
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from faults import Received


class Proxy:
    """Notes what it was asked; sends every connection on to one server, whatever its name."""

    def __init__(self, port: int, *, refusal: bytes = b"") -> None:
        self._target = ("127.0.0.1", port)
        self._refusal = refusal
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.requests: list[Received] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()
        for connection in (self._listener, *self._open):
            connection.close()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self._start(self._serve, connection)

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                data = client.recv(65536)
                if not data:
                    return
                head += data
            self.requests.append(Received(*head.split(b"\r\n\r\n", 1)))
            if self._refusal:
                client.sendall(self._refusal)
                return
            server = socket.create_connection(self._target)
            self._open.append(server)
            if head.startswith(b"CONNECT "):
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                server.sendall(head)
            _pump(client, server)


class SocksProxy(Proxy):
    """A SOCKS proxy (RFC 1928); a login is asked for where one is set (RFC 1929)."""

    def __init__(self, port: int, *, login: tuple[str, str] | None = None, refuses: bool = False) -> None:
        super().__init__(port)
        self._login = login
        self._refuses = refuses
        self.asked: list[tuple[bytes, int]] = []
        """The hosts and ports it was to connect to."""

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            _, methods = _exactly(client, 2)
            _exactly(client, methods)
            client.sendall(b"\5\0" if self._login is None else b"\5\2")
            if self._login is not None:
                _exactly(client, 1)
                given = tuple(_exactly(client, _exactly(client, 1)[0]).decode() for _ in range(2))
                client.sendall(b"\1\0" if given == self._login else b"\1\1")
            *_, kind = _exactly(client, 4)
            size = {1: 4, 4: 16}.get(kind) or _exactly(client, 1)[0]
            self.asked.append((_exactly(client, size), int.from_bytes(_exactly(client, 2))))
            client.sendall(bytes([5, 2 if self._refuses else 0, 0, 1, *[0] * 6]))
            if not self._refuses:
                server = socket.create_connection(self._target)
                self._open.append(server)
                _pump(client, server)


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
