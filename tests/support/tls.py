"""Real TLS servers on loopback, with certificates of an authority made up for the test."""

import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from support.faults import CUSTOMER, Received
from support.listening import Listening

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


class TLSServer(Listening):
    """Answer every request with a customer."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self._context = context
        self.requests: list[Received] = []

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
