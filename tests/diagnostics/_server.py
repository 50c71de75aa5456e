"""A server of reads on loopback, with TLS or without, and the findings about it."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from pyttributionio.diagnostics import Finding, Subject, run
from support.faults import Received, answer
from support.listening import Listening

HANDSHAKE = b"\x16"
"""The first byte of TLS."""
KEY, SECRET = "Kd81nf02", "s3cr3t-Value-9000"
Answering = Callable[[Received], bytes]


def dated(status: int, body: str = '{"error": "none"}', *, ahead: timedelta = timedelta()) -> bytes:
    """Return an answer with the time of a clock that may be wrong."""
    return answer(body, status, [("Date", format_datetime(datetime.now(UTC) + ahead, usegmt=True))])


def not_found(_: Received) -> bytes:
    """Answer as the vendor does for an unknown customer."""
    return dated(404)


class APIServer(Listening):
    """Answer each request by a function; None is never answered."""

    def __init__(self, answering: Answering | None = not_found, context: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self._answering = answering
        self._context = context
        self.requests: list[Received] = []

    def url(self, path: str = "", host: str = "localhost") -> str:
        """Return its URL."""
        return f"{'https' if self._context else 'http'}://{host}:{self.port}{path}"

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            while request := _read(connection):
                if request.head == HANDSHAKE:
                    connection.sendall(answer("The plain HTTP request was expected", 400))
                    return
                self.requests.append(request)
                if self._answering is None:
                    connection.recv(1)
                    return
                data = self._answering(request)
                connection.sendall(data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if request.method == "HEAD" else data)


def _read(connection: socket.socket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
        if data.startswith(HANDSHAKE):
            return Received(HANDSHAKE, data)
    return Received(*data.split(b"\r\n\r\n", 1))


def findings(
    server: str,
    *,
    key: str | None = KEY,
    secret: str | None = SECRET,
    path: str = "/api/v1",
    timeout: float = 20.0,
    known_keys: tuple[str, ...] = (),
    outbox_directory: str | None = None,
) -> list[Finding]:
    """Examine a server that is both of reads and of posts."""
    subject = Subject(
        api_key=key,
        api_secret=secret,
        base_url=f"{server}{path}",
        tracking_url=server,
        timeout=timeout,
        known_keys=known_keys,
        outbox_directory=outbox_directory,
        use_environment=False,
    )
    return [*run(subject)]


def problems(found: list[Finding]) -> list[Finding]:
    """Return the findings that say what to do, except those of variables and the outbox."""
    return [each for each in found if each.level in {"warning", "error"} and each.check not in {"variables", "outbox"}]


def only_problem(found: list[Finding]) -> Finding:
    """Return the one problem, which is said in one line."""
    (problem,) = problems(found)
    assert problem.message
    assert problem.advice
    assert "\n" not in problem.message + problem.advice
    return problem
