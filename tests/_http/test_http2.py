"""HTTP/2 for real, over a caller's client: no log line of any library shows the secret, which is in `:path`."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from pyttributionio import AsyncClient, AuthenticationError, Client
from support.faults import KINDS, connect
from support.surfaces import SECRET, Logs, check_error, check_object

h2_config = pytest.importorskip("h2.config", reason="it comes with the tools for development")
h2_connection = pytest.importorskip("h2.connection", reason="it comes with the tools for development")
h2_events = pytest.importorskip("h2.events", reason="it comes with the tools for development")


class HTTP2Server:
    """Answer each request with a status, and repeat its path in a header and in the body."""

    def __init__(self, status: int) -> None:
        self.paths: list[str] = []
        self._status = status
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            protocol = h2_connection.H2Connection(h2_config.H2Configuration(client_side=False))
            protocol.initiate_connection()
            connection.sendall(protocol.data_to_send())
            while data := connection.recv(65536):
                for event in protocol.receive_data(data):
                    if isinstance(event, h2_events.RequestReceived):
                        self._answer(protocol, event)
                connection.sendall(protocol.data_to_send())

    def _answer(self, protocol: Any, event: Any) -> None:
        path = next(value for name, value in event.headers if name in {b":path", ":path"})
        path = path.decode() if isinstance(path, bytes) else path
        self.paths.append(path)
        headers = [(":status", str(self._status)), ("content-location", path), ("content-type", "application/json")]
        protocol.send_headers(event.stream_id, headers)
        protocol.send_data(event.stream_id, f'{{"customer":{{"x":"{path}"}}}}'.encode(), end_stream=True)

    def close(self) -> None:
        """Stop after the client has disconnected."""
        self._thread.join(10)
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[[int], HTTP2Server]]:
    """Start servers, and stop them."""
    servers: list[HTTP2Server] = []

    def start(status: int) -> HTTP2Server:
        servers.append(HTTP2Server(status))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Catch what all loggers say at DEBUG, and look at it at the end."""
    root, caught = logging.getLogger(), Logs()
    before = root.level
    root.addHandler(caught)
    root.setLevel(logging.DEBUG)
    yield caught
    root.removeHandler(caught)
    root.setLevel(before)
    caught.check()


def over_http2(kind: Any) -> Any:
    """Make a client that speaks HTTP/2 without an upgrade."""
    own = {Client: httpx.Client, AsyncClient: httpx.AsyncClient}[kind]
    return own(http1=False, http2=True, verify=False)


@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("kind", KINDS, ids=["sync", "async"])
def test_no_log_line_of_http2_shows_the_secret(
    kind: Any, status: int, serve: Callable[[int], HTTP2Server], logs: Logs
) -> None:
    """The library for headers logs each one that it encodes or decodes, and the compressed blocks."""
    server, http_client = serve(status), over_http2(kind)
    with connect(kind, server.url, api_secret=SECRET, max_retries=0, http_client=http_client) as caller:
        if status == 200:
            check_object(caller.get(), "the customer")
        else:
            with pytest.raises(AuthenticationError) as caught:
                caller.get()
            check_error(caught.value)
        caller.run(http_client.close() if kind is Client else http_client.aclose())
    server.close()
    assert server.paths == ["/api/v1/KEY/customers/c-1?secret=S3cr3t%2F%2B%3D%25%26value%21"]
    assert any("HTTP/2" in line and "secret=[secret]" in line for line in logs.lines("httpx"))
    lines = logs.lines("hpack")
    assert any(":path" in line and "secret=[secret]" in line for line in lines)
    assert any(line.endswith(" bytes") for line in lines)
    assert not any("\\x" in line for line in lines)
