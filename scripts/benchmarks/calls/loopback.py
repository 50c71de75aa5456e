"""A small HTTP/1.1 server for machines without nginx: prepared bytes, keep-alive, no framework.

It uses far more processor time for an answer than nginx, on a core that the client may need.
"""

import asyncio
import sys

from benchmarks.calls.payloads import CHILDREN, CUSTOMERS, answer, echo
from benchmarks.calls.server import POSTS

_HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def responses() -> dict[bytes, bytes]:
    """Return the complete answers by method and path."""
    bodies = {f"GET {CUSTOMERS}/{size}": answer(size) for size in CHILDREN}
    bodies |= {f"POST /{name}": echo() for name in POSTS}
    return {line.encode(): _HEAD % (b"200 OK", len(body)) + body for line, body in bodies.items()}


class Connection(asyncio.Protocol):
    """One connection with any number of requests, one after the other."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, to write answers to it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            whole = end + 4 + _content_length(head)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            self._transport.write(self._answers.get(_request_line(head), _HEAD % (b"404 Not Found", 0)))


def _request_line(head: bytes) -> bytes:
    """Return a request's method and path, without its query."""
    return b" ".join(head.partition(b"\r\n")[0].split(b" ")[:2]).partition(b"?")[0]


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    answers = responses()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(answers), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
