"""Real TLS servers on loopback, with certificates of an authority made up for the test."""

import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from faults import CUSTOMER, Received

trustme = pytest.importorskip("trustme", reason="it comes with the tools for development")


class Authority:
    """An authority that nobody knows, but whoever is given its file."""

    def __init__(self, folder: Path) -> None:
        self._ca: Any = trustme.CA()
        self.file = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def context(self, *names: str, until: datetime | None = None) -> ssl.SSLContext:
        """Return what a server of these names needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        dates = {"not_after": until, "not_before": datetime(2020, 1, 1, tzinfo=UTC)} if until else {}
        self._ca.issue_cert(*names, **dates).configure_cert(context)
        return context


class TLSServer:
    """Answer every request with a customer."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.requests: list[Received] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads.append(threading.Thread(target=self._accept, daemon=True))
        self._threads[0].start()
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

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), self._context.wrap_socket(connection, server_side=True) as secured:
            while request := _read(secured):
                self.requests.append(request)
                secured.sendall(CUSTOMER)


def _read(connection: ssl.SSLSocket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    while len(body) < int(length or 0):
        body += connection.recv(65536)
    return Received(head, body)
