"""A kept connection is used again only if it is alive and silent, in every form in which TCP and TLS end one."""

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trio

from pyttributionio import AsyncClient, Client
from support.faults import CUSTOMER, PATIENCE
from support.listening import Listening
from support.tls import Authority

RUNS: dict[str, Callable[[Callable[[], Awaitable[Any]]], Any]] = {
    "asyncio": lambda work: asyncio.run(work()),  # type: ignore[arg-type]
    "trio": lambda work: trio.run(work),  # type: ignore[arg-type]
}


class EndingServer(Listening):
    """Answer the first request of the first connection, and end that connection; serve all others.

    Args:
        context: For TLS.
        how: "reset", "close", or "notify" (TLS's own end, before the close).
        when: "idle" ends it after the answer; "request" on receipt of the second request.
    """

    def __init__(self, context: ssl.SSLContext | None, how: str, when: str) -> None:
        super().__init__()
        self.context, self.how, self.when = context, how, when
        self.requests = 0
        self.answered, self.ended = threading.Event(), threading.Event()
        self.connections = 0

    def _serve(self, connection: socket.socket) -> None:
        self.connections += 1
        is_first = self.connections == 1
        with suppress(OSError):
            spoken = connection
            if self.context is not None:
                spoken = self.context.wrap_socket(connection, server_side=True)
            while _read(spoken):
                self.requests += 1
                if is_first and self.when == "request" and self.requests == 2:
                    break
                spoken.sendall(CUSTOMER)
                if is_first and self.when == "idle":
                    assert self.answered.wait(PATIENCE)  # a reset takes back what was not read yet
                    break
            self._end(spoken)
            self.ended.set()

    def _end(self, connection: socket.socket) -> None:
        if self.how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if self.how == "notify" and isinstance(connection, ssl.SSLSocket):
            connection.settimeout(0.05)
            with suppress(OSError):
                connection.unwrap()
        connection.close()


def _read(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    return data


@pytest.fixture(params=["plain", "tls"])
def context(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext | None:
    """Take a server with TLS, and one without."""
    if request.param == "plain":
        return None
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority.context("localhost")


def url_of(server: Listening, context: ssl.SSLContext | None) -> str:
    """Return the address of a server by the name that its certificate has."""
    return f"{'https' if context else 'http'}://localhost:{server.port}"


def attempts_of_two_calls(kind: str, url: str, server: EndingServer) -> list[int]:
    """Read twice on one connection; return the attempts of each call."""

    def wait() -> None:
        server.answered.set()
        if server.when == "idle":
            assert server.ended.wait(PATIENCE)

    if kind == "sync":
        with Client("KEY", "hush", base_url=url, max_retries=0) as client:
            first = client.customers.with_raw_response.get("c-1").attempts
            wait()
            return [first, client.customers.with_raw_response.get("c-1").attempts]

    async def work() -> list[int]:
        async with AsyncClient("KEY", "hush", base_url=url, max_retries=0) as client:
            first = (await client.customers.with_raw_response.get("c-1")).attempts
            wait()
            return [first, (await client.customers.with_raw_response.get("c-1")).attempts]

    found: list[int] = RUNS[kind](work)
    return found


@pytest.mark.parametrize("kind", ["sync", *RUNS])
@pytest.mark.parametrize("how", ["reset", "close", "notify"])
@pytest.mark.parametrize("when", ["idle", "request"])
def test_a_connection_that_the_server_ended_is_replaced(
    context: ssl.SSLContext | None, kind: str, how: str, when: str
) -> None:
    """By a new one, without an attempt being counted: it says nothing about how the server is doing."""
    with EndingServer(context, how, when) as server:
        assert attempts_of_two_calls(kind, url_of(server, context), server) == [1, 1]
        assert (server.connections, server.requests) == (2, 2 if when == "idle" else 3)


class StrayServer(Listening):
    """Send after each answer a second one that answers no request, in the same segment but its own TLS record."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self.context = context

    def _serve(self, connection: socket.socket) -> None:
        received, written = ssl.MemoryBIO(), ssl.MemoryBIO()
        secured = self.context.wrap_bio(received, written, server_side=True)

        def step(work: Callable[..., Any], *arguments: object) -> Any:
            while True:
                try:
                    found = work(*arguments)
                except ssl.SSLWantReadError:
                    if written.pending:
                        connection.sendall(written.read())
                    data = connection.recv(65536)
                    if not data:
                        return b""
                    received.write(data)
                else:
                    return found

        with suppress(OSError):
            step(secured.do_handshake)
            while head := step(secured.read, 65536):
                name = head.split(b" ")[1].split(b"?")[0].rsplit(b"/", 1)[1]
                for each in (name, b"stray"):
                    body = b'{"customer": {"client_id": "%s"}}' % each
                    secured.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                connection.sendall(written.read())


@pytest.mark.parametrize("kind", ["sync", *RUNS])
def test_a_stray_answer_in_a_tls_record_of_its_own_is_not_the_next_calls(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS holds it in memory, where the socket does not show it. It was read as the next customer's data."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    names = ["ada", "bob", "eve"]
    with StrayServer(context := authority.context("localhost")) as server:
        url = url_of(server, context)
        if kind == "sync":
            with Client("KEY", "hush", base_url=url, max_retries=0) as client:
                found = [client.customers.get(name).client_id for name in names]
        else:

            async def read() -> list[str | None]:
                async with AsyncClient("KEY", "hush", base_url=url, max_retries=0) as client:
                    return [(await client.customers.get(name)).client_id for name in names]

            found = RUNS[kind](read)
    assert found == names
