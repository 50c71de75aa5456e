"""Requests to ASGI and WSGI applications, byte by byte and without a server: the tests decide on each header."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, NamedTuple

Headers = list[tuple[bytes, bytes]]
COOKIE = (b"cookie", b"session=s3ss10n; AttrioP_KEY=visitor-7; consent=marketing")
AGENT = (b"user-agent", b"Firefox/145.0")
USUAL: Headers = [(b"host", b"shop.example"), AGENT, COOKIE]
PERSONAL = ("visitor-7", "s3ss10n", "AttrioP_")
"""Parts of the cookies, which no log line may have."""


class Answer(NamedTuple):
    """A response: its status, its headers in order, and its body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Return the values of a header."""
        return [value for key, value in self.headers if key.lower() == name]


@dataclass
class Body:
    """A request's body that counts how often it was read."""

    content: bytes = b""
    reads: int = 0
    stream: BytesIO = field(init=False)

    def __post_init__(self) -> None:
        self.stream = BytesIO(self.content)

    def __getattr__(self, name: str) -> Any:
        if name in {"read", "readline", "readlines", "__iter__"}:
            self.reads += 1
        return getattr(self.stream, name)


async def ask_asgi_async(app: Any, path: str, headers: Headers, body: Body | None = None, **scope: Any) -> Answer:
    """Send one request to an ASGI application, within an event loop."""
    body = body or Body()
    path, _, query = path.partition("?")
    given = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST" if body.content else "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1234),
        "server": ("127.0.0.1", 80),
        **scope,
    }
    sent: list[Any] = []
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if body.reads:
            await gone.wait()
            return {"type": "http.disconnect"}
        body.reads += 1
        return {"type": "http.request", "body": body.content, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(given, receive, send)
    start, *rest = sent
    shown = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    return Answer(start["status"], shown, b"".join(each.get("body", b"") for each in rest))


def ask_asgi(app: Any, path: str, headers: Headers, body: Body | None = None) -> Answer:
    """Send one request to an ASGI application."""
    return asyncio.run(ask_asgi_async(app, path, headers, body))


def ask_wsgi(app: Any, path: str, headers: Headers, body: Body | None = None, **more: Any) -> Answer:
    """Send one request to a WSGI application, as a server would (PEP 3333)."""
    body = body or Body()
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST" if body.content else "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body.content)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **more,
    }
    for name, value in headers:
        key = f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]}; {text}" if key in environ else text
    started: list[Any] = []

    def start_response(status: str, answered: Any, exc_info: Any = None) -> Callable[[bytes], object]:
        started[:] = [int(status.split()[0]), answered]
        return lambda _: None

    result: Iterable[bytes] = app(environ, start_response)
    try:
        content = b"".join(result)
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    return Answer(started[0], started[1], content)
